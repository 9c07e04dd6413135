"""Customers who send something back, the dock that receives it, and the inspector who grades it.

Whether, what and when is drawn for each order by its number, and begins when the order is completed. Some send
less than they advised, some nothing at all, and some try to send the same goods twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import trio

from contracts.ids import order_id_of, return_id_of
from contracts.returns import AdviseReturn, InspectedLine, InspectReturn, ReceiveReturn, ReturnLine
from contracts.stores import STORES
from contracts.turn import DEFAULT_TENANT, Turn

from .calls import call_of
from .chance import SeededChance
from .clients import Clients
from .load.planned import PlannedOrder, PlannedReturn
from .plan import LoadPlan
from .timeline import Timeline

ROUTE = "/v1/returns"
# The customer decides, the parcel travels, the inspector gets to it: each within this time, in virtual ms.
DECIDE_MS, TRAVEL_MS, INSPECT_MS = 30_000, 20_000, 10_000
# What has not come by then will not come.
RECEIVE_WITHIN_MS = 120_000
FEE_BP = 500


class Senders:
    """Everybody who sends goods back in a run."""

    def __init__(
        self,
        clients: Clients,
        timeline: Timeline,
        chance: SeededChance,
        orders: Sequence[PlannedOrder],
        plan: LoadPlan,
    ) -> None:
        # Where goods may be received, if not where they were sent from; some bring them to a store.
        stores = STORES if plan.till_sales_bp else ()
        self.docks = (plan.stock.location, *plan.stock.others, *stores)
        self.clients = clients
        self.timeline = timeline
        self.chance = chance
        self.open = 0
        # Returns that the source of the load tells of and the system did not take.
        self.refused = 0
        self.nursery: trio.Nursery | None = None
        self._orders = {
            order_id_of(DEFAULT_TENANT, p.order.channel, p.order.channel_order_id): p
            for p in orders
            if p.order.lines
            and (p.returns or chance.happens(plan.returns_bp, "returns.sent", p.order.channel_order_id, 0))
        }

    def take(self, turns: Sequence[Turn]) -> None:
        """Completed orders among committed turns: some of them come back."""
        for turn in turns:
            if turn.actor == "orders" and turn.key in self._orders:
                if any(event.type == "order.completed" for event in turn.events):
                    self._begin(turn.key, self._orders.pop(turn.key))

    def _begin(self, order_id: str, planned: PlannedOrder) -> None:
        if self.nursery is None:
            return
        for back in planned.returns:
            self.open += 1
            self.nursery.start_soon(self._came_back, order_id, planned, back)
        if planned.returns:
            return
        self.open += 1
        self.nursery.start_soon(self._sent, order_id, planned, "1")
        if self._draw("again", planned, "", 6) == 0:
            self.open += 1
            self.nursery.start_soon(self._sent, order_id, planned, "2")

    def _draw(self, what: str, planned: PlannedOrder, ref: str, bound: int) -> int:
        return self.chance.below(bound, f"returns.{what}", planned.order.channel_order_id + ref, 0)

    async def _sent(self, order_id: str, planned: PlannedOrder, ref: str) -> None:
        try:
            await self._send_back(order_id, planned, ref)
        finally:
            self.open -= 1

    async def _came_back(self, order_id: str, planned: PlannedOrder, back: PlannedReturn) -> None:
        """What the source of the load says that came back: all of it arrives, as good as new."""
        try:
            await self.timeline.sleep_until_ms(max(back.at_ms, self.timeline.now_ms()))
            return_id = return_id_of(DEFAULT_TENANT, order_id, back.ref)
            lines = tuple([ReturnLine(line_id, units) for line_id, units in back.lines])
            advice = AdviseReturn(return_id, order_id, "changed-mind", lines, RECEIVE_WITHIN_MS, 0, "")
            status = await self._say(f"client-{planned.order.channel}", ROUTE, return_id, order_id, advice)
            if status != 201:
                self.refused += 1
                return
            receipt = ReceiveReturn(return_id, order_id, f"GR-{return_id}", lines)
            await self._say("warehouse", f"{ROUTE}/receipts", return_id, order_id, receipt)
            graded = tuple([InspectedLine(line.line_id, line.quantity, 0, 0, 0) for line in lines])
            inspection = InspectReturn(return_id, order_id, graded)
            await self._say("warehouse", f"{ROUTE}/inspections", return_id, order_id, inspection)
        finally:
            self.open -= 1

    async def _send_back(self, order_id: str, planned: PlannedOrder, ref: str) -> None:
        return_id = return_id_of(DEFAULT_TENANT, order_id, ref)
        lines = self._lines(planned)
        await self._pause("decides", planned, ref, DECIDE_MS)
        fee_bp = FEE_BP if self._draw("fee", planned, ref, 5) == 0 else 0
        # Some would rather have it on a gift card.
        card = f"gc_{planned.order.channel_order_id}" if self._draw("card", planned, ref, 12) == 0 else ""
        advice = AdviseReturn(return_id, order_id, "changed-mind", lines, RECEIVE_WITHIN_MS, fee_bp, card)
        status = await self._say(f"client-{planned.order.channel}", ROUTE, return_id, order_id, advice)
        if status != 201 or self._draw("never", planned, ref, 12) == 0:
            return
        await self._pause("travels", planned, ref, TRAVEL_MS)
        if self._draw("short", planned, ref, 8) == 0 and lines[0].quantity > 1:
            lines = (ReturnLine(lines[0].line_id, lines[0].quantity - 1), *lines[1:])
        # Some come to another dock than they were meant for.
        elsewhere = self._draw("dock", planned, ref, 5) == 0
        dock = self.docks[self._draw("which", planned, ref, len(self.docks))] if elsewhere else ""
        receipt = ReceiveReturn(return_id, order_id, f"GR-{return_id}", lines, dock)
        if await self._say("warehouse", f"{ROUTE}/receipts", return_id, order_id, receipt) != 201:
            return
        await self._pause("inspected", planned, ref, INSPECT_MS)
        graded = tuple([self._grade(planned, ref, line) for line in lines])
        inspection = InspectReturn(return_id, order_id, graded)
        await self._say("warehouse", f"{ROUTE}/inspections", return_id, order_id, inspection)

    def _lines(self, planned: PlannedOrder) -> tuple[ReturnLine, ...]:
        """A unit, a line, or everything; the second attempt means the same goods."""
        ordered = planned.order.lines
        kind = self._draw("lines", planned, "", 10)
        if kind >= 7:
            return tuple([ReturnLine(line.line_id, line.quantity) for line in ordered])
        one = ordered[self._draw("line", planned, "", len(ordered))]
        return (ReturnLine(one.line_id, 1 if kind < 3 else one.quantity),)

    def _grade(self, planned: PlannedOrder, ref: str, line: ReturnLine) -> InspectedLine:
        """As new in eight of ten, else second grade, scrap, or not ours to take."""
        draw = self._draw("grade", planned, f"{ref}:{line.line_id}", 50)
        units = line.quantity
        if draw < 40:
            return InspectedLine(line.line_id, units, 0, 0, 0)
        if draw < 44:
            return InspectedLine(line.line_id, units - 1, 1, 0, 0)
        return (
            InspectedLine(line.line_id, 0, 0, units, 0)
            if draw < 49
            else InspectedLine(line.line_id, 0, 0, 0, units)
        )

    async def _pause(self, what: str, planned: PlannedOrder, ref: str, within_ms: int) -> None:
        wait_ms = 1 + self._draw(what, planned, ref, within_ms)
        await self.timeline.sleep_until_ms(self.timeline.now_ms() + wait_ms)

    async def _say(self, who: str, route: str, return_id: str, order_id: str, command: msgspec.Struct) -> int:
        """Say it until there is a final answer; its status."""
        call = call_of(
            who, route, f"{return_id}{route}", command, to="returns", to_key=return_id, subject=order_id
        )
        return await self.clients.insist(call, order_id)
