"""Faults on calls to foreign systems: timeouts before and after the effect, 5xx, 429, outages; and on feeds,
records that come twice and out of order."""

from __future__ import annotations

from contracts.ports import ForeignRequest, ForeignResponse, ForeignSystems, NotSent

from .schedule import FaultSchedule

# Longer than any caller's deadline: the caller gives up first.
NEVER_MS = 3_600_000
FEEDS = frozenset(
    {
        "confirmations",
        "events",
        "receipts",
        "acknowledgments",
        "ship_notices",
        "invoices",
        "settlement_files",
        "till_files",
    }
)


class FaultyForeign:
    """Wraps the ForeignSystems port."""

    def __init__(self, inner: ForeignSystems, schedule: FaultSchedule) -> None:
        self._inner = inner
        self._schedule = schedule

    async def call(self, request: ForeignRequest) -> ForeignResponse:
        """The call, or what a fault makes of it."""
        schedule = self._schedule
        system, operation = request.system, request.operation
        label = f"connector:{system}:{operation}"
        if schedule.outage(system):
            schedule.note("outage", label, request.subject)
            raise NotSent(f"{system} is unreachable")
        if operation in FEEDS:
            return await self._feed(request)
        fault = schedule.strike("connector", system, operation, request.subject)
        if fault is None:
            return await self._inner.call(request)
        kind = fault.kind
        if kind == "error_5xx":
            schedule.note(kind, label, request.subject)
            return ForeignResponse(fault.parameter or 503, {"error": {"code": "unavailable"}})
        if kind == "throttle_429":
            schedule.note(kind, label, request.subject)
            return ForeignResponse(429, {"error": {"code": "too_many_requests"}}, fault.parameter or 1_000)
        if kind == "timeout_after":
            await self._inner.call(request)
        # It takes effect here: the caller will wait in vain.
        schedule.note(kind, label, request.subject)
        await schedule.clock.sleep_until_ms(schedule.clock.now_ms() + NEVER_MS)
        raise NotSent("never answered")

    async def _feed(self, request: ForeignRequest) -> ForeignResponse:
        response = await self._inner.call(request)
        records = response.body.get("records")
        if not records:
            return response
        fault = self._schedule.strike("channel", request.system, request.operation, request.subject)
        if fault is None:
            return response
        label = f"channel:{request.system}:{request.operation}"
        kind = fault.kind
        if kind == "drop":
            self._schedule.note(kind, label, request.subject)
            return ForeignResponse(200, {"records": [], "last": request.body["after"]})
        if kind == "duplicate_delivery":
            records = [*records, *records]
        elif len(records) > 1:
            records = records[::-1]
        else:
            return response
        self._schedule.note("duplicate_delivery" if kind == "duplicate_delivery" else "reorder", label, "")
        return ForeignResponse(200, {**response.body, "records": records})
