"""The operators of a simulated run: they work the list of exceptions, a share of it, each as its class asks.

They claim one, look at what it is about, have done what its next step says, and resolve it with a decision; an order
that waits for one is given the end that it can have. Now and then they name another end first, and are refused. What
ends with its own cause (a corrected file, a dispute that is over) is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import msgspec

from actors.system import System
from actors.views.exceptions import OpenException
from contracts.exceptions import EXCEPTING
from contracts.holds import ACCEPT, FRAUD_REVIEW, REJECT, ReviewOrder
from contracts.ids import gift_card_id_of, is_order_id
from contracts.purchasing import CancelPurchase, ClosePurchase
from contracts.refunds import PayCredit
from contracts.settlement import ResolveDiscrepancy
from contracts.turn import DEFAULT_TENANT
from contracts.worklist import ClaimException, ResolveException

from .calls import call_of
from .clients import Clients
from .timeline import Timeline

# How often they look at the work list, and how long an order is left to come to what rest it can.
LOOK_MS = 2_000
LEFT_MS = 10_000
# How long a line in suspense, or a parcel, is left: our own record may come late, and a parcel be found.
FOUND_MS = 60_000
OPERATOR = "olga"
_LEFT = ("dispatched", "partly_dispatched")
_CLOSED = frozenset(
    {"goods-short", "goods-over-delivered", "invoice-price-differs", "invoice-quantity-differs"}
)
_REVIEW, _REJECTED, _MISMATCH, _LOST = (
    "fraud-review",
    "purchase-order-rejected",
    "settlement-mismatch",
    "parcel-lost",
)
# What of a credit could not be refunded is paid onto a gift card.
_OWED = frozenset({"refund-failed", "refund-short"})
_WAIT_MS = {_MISMATCH: FOUND_MS, _LOST: FOUND_MS}


class Operators:
    """Everybody who works on the list."""

    def __init__(self, clients: Clients, timeline: Timeline) -> None:
        self.clients = clients
        self.timeline = timeline
        self.resolved = 0
        self._tried: set[str] = set()
        self._busy = False

    @property
    def open(self) -> bool:
        """Whether they have something to do still, or are at it."""
        return self._busy or any(True for _ in self._due(at_once=True))

    def _due(self, *, at_once: bool = False) -> Iterator[OpenException]:
        """What of the list is theirs: three of four, by the exception's id."""
        system = self.clients.door.system
        now = self.timeline.now_ms()
        for row in system.work_list.of() if system is not None else ():
            if row.exception_id in self._tried or not _draw(row.exception_id) % 4:
                continue
            left_ms = 0 if at_once else _WAIT_MS.get(row.category, LEFT_MS)
            if system is not None and row.opened_at_ms + left_ms <= now and _is_theirs(system, row):
                yield row

    async def run(self) -> None:
        """Look at the list for ever."""
        while True:
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + LOOK_MS)
            self._busy = True
            for row in list(self._due()):
                self._tried.add(row.exception_id)
                await self._work_on(row)
            self._busy = False

    async def _work_on(self, row: OpenException) -> None:
        if row.category == _REVIEW:
            # It ends with the decision.
            await self._review(row)
            return
        if await self._say("claim", row, ClaimException(row.exception_id, OPERATOR)) != 200:
            return
        while (system := self.clients.door.system) is None:
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + LOOK_MS)
        if row.category in _CLOSED:
            close = ClosePurchase(row.order_id, f"agreed with the supplier: {row.category}", True)
            await self._do("purchases/close", "purchasing", row.order_id, close, row)
        elif row.category == _REJECTED:
            taken_back = CancelPurchase(row.order_id, "bought elsewhere")
            await self._do("purchases/cancel", "purchasing", row.order_id, taken_back, row)
        elif row.category == _MISMATCH:
            await self._write_off(system, row)
            return
        elif row.category in _OWED:
            await self._pay_otherwise(row)
            return
        await self._resolve(row, _ends(system, row))

    async def _resolve(self, row: OpenException, ends: list[str]) -> None:
        for end in ends:
            said = ResolveException(row.exception_id, OPERATOR, end, f"looked into: {end}")
            if await self._say(f"resolve-{end}", row, said) == 200:
                self.resolved += 1
                return

    async def _review(self, row: OpenException) -> None:
        decision = REJECT if _draw(row.exception_id) % 8 == 1 else ACCEPT
        said = ReviewOrder(row.order_id, decision, OPERATOR, "looked at the order")
        hold = f"/v1/orders/{row.order_id}/holds/{FRAUD_REVIEW}/decision"
        self.resolved += await self._do(hold, "orders", row.order_id, said, row) == 200

    async def _write_off(self, system: System, row: OpenException) -> None:
        """A line that nothing explains. With the decision the exception ends, once the book has followed."""
        found = _line_of(system, row)
        if found is not None:
            provider, file_id, line_id = found
            decided = ResolveDiscrepancy(
                provider, file_id, line_id, "write_off", "", OPERATOR, "nobody knows it"
            )
            route = f"/v1/settlements/{provider}:{file_id}/discrepancies/{line_id}/resolution"
            status = await self._do(route, "settlement", provider, decided, row, subject=file_id)
            self.resolved += status == 202

    async def _pay_otherwise(self, row: OpenException) -> None:
        """What of a return's credit is owed; with the payment all exceptions about it end."""
        return_id = _return_of(row)
        card_id = gift_card_id_of(DEFAULT_TENANT, f"a card for {return_id}")
        paid = PayCredit(return_id, row.order_id, card_id, OPERATOR, "the customer agreed")
        route = f"/v1/returns/{return_id}/credit-payments"
        self.resolved += await self._do(route, "returns_to_refund", row.order_id, paid, row) == 202

    async def _say(self, what: str, row: OpenException, command: msgspec.Struct) -> int:
        route = f"/v1/exceptions/{row.exception_id}/{what}"
        return await self._do(route, "exceptions", row.exception_id, command, row)

    async def _do(
        self, route: str, to: str, key: str, command: msgspec.Struct, row: OpenException, subject: str = ""
    ) -> int:
        name = f"{row.exception_id}-{route.rpartition('/')[2]}"
        call = call_of("operators", route, name, command, to=to, to_key=key, subject=subject or row.order_id)
        return await self.clients.insist(call, row.order_id)


def _is_theirs(system: System, row: OpenException) -> bool:
    """Whether they know what to do about it, and can do it now."""
    if row.category in EXCEPTING:
        return is_order_id(row.order_id)
    if row.category in _CLOSED:
        order = system.look("purchasing", row.order_id)
        # Everything is here, billed and put away.
        return order is not None and order.delivered and bool(order.invoices) and not order.to_put_away
    if row.category == _REVIEW:
        # Half of them; the others the fraud service's own people decide.
        return _draw(row.exception_id) % 2 == 1
    if row.category == _MISMATCH:
        return _line_of(system, row) is not None
    if row.category in _OWED:
        state = system.look("returns_to_refund", row.order_id)
        return state is not None and _return_of(row) in state.cases
    return row.category in (_REJECTED, _LOST)


def _return_of(row: OpenException) -> str:
    return row.detail.removeprefix("return ").partition(": ")[0]


def _ends(system: System, row: OpenException) -> list[str]:
    """How it can be resolved: of an order that waits for it, which ends to name, in turn."""
    order = system.look("orders", row.order_id) if row.category in EXCEPTING else None
    if order is None or order.order_status != "excepted":
        return ["corrected"]
    ends = ["rejected", "completed"] if order.fulfillment_status in _LEFT else ["completed", "cancelled"]
    return ends[1:] if _draw(row.exception_id) % 8 < 4 else ends


def _line_of(system: System, row: OpenException) -> tuple[str, str, str] | None:
    """(provider, file, line) of a line in suspense whose exception this is."""
    for provider in ("psp-a", "psp-b", "psp-c"):
        state = system.look("settlement", provider)
        for found in state.open.values() if state is not None else ():
            if found.file_id == row.order_id and row.detail.startswith(
                f"{provider} {found.file_id} {found.line_id}: "
            ):
                return provider, found.file_id, found.line_id
    return None


def _draw(exception_id: str) -> int:
    return blake2b(exception_id.encode(), digest_size=1).digest()[0]
