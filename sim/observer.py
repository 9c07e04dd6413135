"""What a run measures while it goes: counts, latencies and a sample every virtual second. It only looks."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.fulfillment import ShipmentDispatched
from contracts.inventory import StockReserved
from contracts.turn import DECIDED, Body, Fact, Turn
from contracts.vocabulary import decode_body

from .reports.result import FaultMark, InFlight, Latency, OrderCounts, Percentiles, Series

_COUNTED = {
    "order.received": "received",
    "order.accepted": "accepted",
    "order.rejected": "rejected",
    "order.cancelled": "cancelled",
    "order.excepted": "excepted",
    "order.completed": "completed",
}
# What else became true, by the name under which it is counted.
_BUSINESS = {
    "return.authorized": "returns_authorized",
    "return.received": "returns_received",
    "return.scrapped": "returns_with_scrap",
    "return.closed": "returns_closed",
    "credit_note.issued": "credit_notes",
    "payment.auth_expired": "authorizations_expired",
    "deposit.held": "deposits_held",
    "finance.gift_card_paid": "gift_cards_sold",
    "gift_card.cancelled": "gift_cards_given_back",
    "payment.refunded": "refunds_paid",
    "payment.refund_pending": "refunds_pending_first",
    "payment.refund_failed": "refunds_failed",
    "payment.dispute_opened": "disputes_opened",
    "payment.dispute_won": "disputes_won",
    "payment.dispute_lost": "disputes_lost",
    "settlement.file_imported": "settlement_files_imported",
    "settlement.file_refused": "settlement_files_refused",
    "settlement.line_matched": "settlement_lines_matched",
    "settlement.line_mismatched": "settlement_lines_mismatched",
    "settlement.discrepancy_resolved": "settlement_discrepancies_resolved",
    "till_file.imported": "till_files_imported",
    "till_file.refused": "till_files_refused",
    "till_file.held": "till_files_held",
    "fulfillment.ready_for_collection": "orders_ready_for_collection",
    "shipment.delivered": "parcels_delivered",
    "shipment.lost": "parcels_lost",
    "fulfillment.short_picked": "short_picks",
    "inventory.resourced": "reservations_sought_elsewhere",
    "inventory.backorder_filled": "backorders_filled",
    "inventory.reservation_expired": "backorders_expired",
}
# Of `orders`, whose other facts are counted by their ends.
_OF_ORDERS = {
    "order.lines_cancelled": "line_cancellations",
    "order.edited": "edits",
    "order.edit_refused": "edits_refused",
    "order.held": "holds",
    "order.hold_refused": "holds_too_late",
    "order.released_from_hold": "releases_from_hold",
}
# Counted by what their bodies say.
_IN_PIECES = ("orders_from_several_places", "orders_that_waited", "shipments_in_part")
_BUSY = frozenset(
    {"returns", "finance", "gift_cards", "payments", "settlement", "inventory", "fulfillment", "stores"}
)
# What is counted of purchase orders, by fact.
_BOUGHT = {
    "purchase_order.suggested": "suggested",
    "purchase_order.issued": "issued",
    "purchase_order.acknowledged": "acknowledged",
    "asn.received": "ship_notices",
    "goods.received": "receipts",
    "supplier_invoice.received": "invoices",
    "supplier_invoice.matched": "invoices_matched",
    "purchase_order.closed": "closed",
    "purchase_order.cancelled": "cancelled",
    "purchase_order.excepted": "excepted",
}
_BOUGHT_ENDS = ("purchase_order.closed", "purchase_order.cancelled")
_LOOKED_INTO = frozenset({"inventory.reserved", "shipment.dispatched"})
# The body of a message taken, read back.
_NIL = Body(b"\xc0")
_ENDS = frozenset({"order.rejected", "order.cancelled", "order.excepted", "order.completed"})


def percentiles(values: Sequence[int]) -> Percentiles:
    """Nearest-rank percentiles."""
    if not values:
        return Percentiles()
    ranked = sorted(values)
    last = len(ranked) - 1
    return Percentiles(*(ranked[last * share // 100] for share in (50, 95, 99)))


class Observer:
    """Fed with committed turns, faults and samples."""

    def __init__(self, start_ms: int) -> None:
        self.start_ms = start_ms
        self.intended: dict[str, int] = {}
        # Orders that wait for a person.
        self._excepted: set[str] = set()
        # Purchase orders that do.
        self._excepted_purchases: set[str] = set()
        self.counts = dict.fromkeys(_COUNTED.values(), 0)
        self.business = dict.fromkeys((*_BUSINESS.values(), *_OF_ORDERS.values(), *_IN_PIECES), 0)
        self.bought = dict.fromkeys(_BOUGHT.values(), 0)
        self.turns = 0
        self.faults: dict[str, int] = {}
        self.places: dict[str, dict[str, int]] = {}
        self.marks: list[FaultMark] = []
        self.backlog_max: dict[str, int] = {}
        self.arrivals = 0
        self._accept: list[int] = []
        self._effect: list[int] = []
        self._second_accept: list[int] = []
        self._second_effect: list[int] = []
        self._seen = (0, 0)
        self._rows: list[tuple[int, int, int, int, Percentiles, Percentiles]] = []
        self._backlogs: list[dict[str, int]] = []

    @property
    def in_flight(self) -> int:
        """Orders received and not yet at rest."""
        c = self.counts
        return c["received"] - c["completed"] - c["rejected"] - c["cancelled"] - c["excepted"]

    @property
    def purchases_open(self) -> int:
        """Purchase orders that have not ended."""
        c = self.bought
        return c["suggested"] - c["closed"] - c["cancelled"] - c["excepted"]

    @property
    def nothing_open(self) -> bool:
        """Every order and every purchase order has come to rest."""
        return self.in_flight == 0 and self.purchases_open <= 0

    @property
    def ended(self) -> int:
        """Orders at rest."""
        return self.counts["received"] - self.in_flight

    def take(self, turns: Sequence[Turn]) -> None:
        """Note a committed group."""
        self.turns += len(turns)
        for turn in turns:
            if turn.actor == "purchasing":
                for event in turn.events:
                    name = _BOUGHT.get(event.type)
                    if name is not None:
                        self.bought[name] += 1
                        self._leave_excepted_purchase(event.type, turn.key)
            if turn.actor == "orders" and turn.kind == DECIDED:
                for event in turn.events:
                    name = _COUNTED.get(event.type)
                    if name is not None:
                        self.counts[name] += 1
                        self._leave_exception(event.type, turn.key)
                        self._time(event.type, turn)
                    elif (name := _OF_ORDERS.get(event.type)) is not None:
                        self.business[name] += 1
            elif turn.actor in _BUSY:
                for event in turn.events:
                    name = _BUSINESS.get(event.type)
                    if name is not None:
                        self.business[name] += 1
                    elif event.type in _LOOKED_INTO:
                        self._look_into(event)

    def _leave_exception(self, type_: str, order_id: str) -> None:
        """An excepted order that a person brings to its end is counted there."""
        if type_ == "order.excepted":
            self.counts["excepted"] -= order_id in self._excepted
            self._excepted.add(order_id)
        elif type_ in _ENDS and order_id in self._excepted:
            self._excepted.discard(order_id)
            self.counts["excepted"] -= 1

    def _leave_excepted_purchase(self, type_: str, order_id: str) -> None:
        """One that a person closes or cancels is counted there."""
        if type_ == "purchase_order.excepted":
            self._excepted_purchases.add(order_id)
        elif type_ in _BOUGHT_ENDS and order_id in self._excepted_purchases:
            self._excepted_purchases.discard(order_id)
            self.bought["excepted"] -= 1

    def _look_into(self, event: Fact) -> None:
        """A reservation, or a shipment: of the whole order from one place, or of parts."""
        if event.body is None or event.body == _NIL:
            return
        body = decode_body(event.type, event.version, event.body)
        if isinstance(body, StockReserved):
            self.business["orders_from_several_places"] += bool(body.elsewhere)
            self.business["orders_that_waited"] += bool(body.waiting)
        elif isinstance(body, ShipmentDispatched):
            self.business["shipments_in_part"] += body.lines is not None

    def _time(self, type_: str, turn: Turn) -> None:
        intended = self.intended.get(turn.key)
        if intended is None:
            return
        took = turn.at_ms - intended
        if type_ == "order.accepted":
            self._accept.append(took)
            self._second_accept.append(took)
        elif type_ == "order.completed":
            self._effect.append(took)
            self._second_effect.append(took)

    def fault(self, at_ms: int, kind: str, place: str) -> None:
        """A fault took effect."""
        self.faults[kind] = self.faults.get(kind, 0) + 1
        kinds = self.places.setdefault(place, {})
        kinds[kind] = kinds.get(kind, 0) + 1
        self.marks.append(FaultMark(at_ms - self.start_ms, kind, place))

    def sample(self, at_ms: int, backlogs: dict[str, int]) -> None:
        """The end of a virtual second."""
        arrived, completed = self._seen
        self._rows.append(
            (
                at_ms - self.start_ms - 1000,
                self.arrivals - arrived,
                self.counts["completed"] - completed,
                self.in_flight,
                percentiles(self._second_accept),
                percentiles(self._second_effect),
            )
        )
        self._seen = (self.arrivals, self.counts["completed"])
        self._second_accept, self._second_effect = [], []
        self._backlogs.append(dict(backlogs))
        for system, depth in backlogs.items():
            self.backlog_max[system] = max(self.backlog_max.get(system, 0), depth)

    def orders(self, submitted: int) -> OrderCounts:
        """Counts at the end."""
        return OrderCounts(submitted=submitted, **self.counts)

    def latency(self) -> Latency:
        """Percentiles over the whole run."""
        return Latency(percentiles(self._accept), percentiles(self._effect))

    def in_flight_figures(self) -> InFlight:
        """Over the run's seconds."""
        sizes = sorted(row[3] for row in self._rows) or [0]
        return InFlight(sizes[(len(sizes) - 1) * 95 // 100], sizes[-1])

    def series(self) -> Series:
        """What the plots draw."""
        rows = self._rows
        systems = sorted(self.backlog_max)
        return Series(
            t_ms=tuple(row[0] for row in rows),
            arrivals=tuple(row[1] for row in rows),
            completions=tuple(row[2] for row in rows),
            in_flight=tuple(row[3] for row in rows),
            backlog={s: tuple(sample.get(s, 0) for sample in self._backlogs) for s in systems},
            accept_p50=tuple(row[4].p50 for row in rows),
            accept_p95=tuple(row[4].p95 for row in rows),
            effect_p50=tuple(row[5].p50 for row in rows),
            effect_p95=tuple(row[5].p95 for row in rows),
            faults=tuple(self.marks),
        )
