"""Q10: the inventory accounts against the goods, in the building, on the road and in quarantine, at standard cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from contracts.entities import entity_of_location
from contracts.finance import LedgerPosted
from contracts.returns import ReturnAuthorized, ReturnInspected, ReturnReceived
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Reader, RestInvariant

INVENTORY, ROAD, QUARANTINE = "1300 inventory ", "1310 inventory in transit", "1320 quarantine "
# What persons post is nobody's goods.
_BY_HAND = ("journal", "reversal")
# What is posted of stock that is only put there and sold.
_PLAIN = ("opening_stock", "cost", "till_cost")


class Q10(RestInvariant):
    """Goods are told twice: by the pool's movements, and by what the warehouse has on its shelves.

    Goods of an order with an open exception that left and were never invoiced stand in the account still. Where a
    standard cost was changed, no single cost values what is there, and nothing is judged.

    At risk: postings of goods that came in, were sent between locations, came back, or that a count missed.
    """

    id = "Q10"
    title = "the inventory accounts are what is on hand, on the road and in quarantine, at cost"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        # By book and account.
        self._accounts: dict[tuple[str, str], int] = {}
        # (return, line) -> SKU, and where a return was authorized to be received.
        self._skus: dict[tuple[str, str], str] = {}
        self._docks: dict[str, str] = {}
        # (location, SKU) -> units that came back and have no grade yet.
        self._in_quarantine: dict[tuple[str, str], int] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {
            "ledger.posted": self._posted,
            "return.authorized": self._authorized,
            "return.received": self._received,
            "return.inspected": self._inspected,
        }

    def _posted(self, body: LedgerPosted, turn: Turn, group: int) -> None:
        if body.step in _BY_HAND:
            return
        touched = False
        for entry in body.entries:
            account = entry.account
            if account.startswith((INVENTORY, QUARANTINE)) or account == ROAD:
                amount = entry.amount_minor if entry.side == "D" else -entry.amount_minor
                at = (body.book, account)
                self._accounts[at] = self._accounts.get(at, 0) + amount
                touched = True
        self.at_risk += touched and body.step not in _PLAIN

    def _authorized(self, body: ReturnAuthorized, turn: Turn, group: int) -> None:
        self._docks[body.return_id] = body.location
        for line in body.lines:
            self._skus[body.return_id, line.line_id] = line.sku

    def _received(self, body: ReturnReceived, turn: Turn, group: int) -> None:
        for line in body.lines:
            self._quarantine(body.return_id, body.location, line.line_id, line.quantity)

    def _inspected(self, body: ReturnInspected, turn: Turn, group: int) -> None:
        for line in body.lines:
            graded = line.grade_a + line.grade_b + line.scrap + line.refused
            self._quarantine(body.return_id, line.location, line.line_id, -graded)

    def _quarantine(self, return_id: str, location: str, line_id: str, units: int) -> None:
        at = (location or self._docks.get(return_id, ""), self._skus.get((return_id, line_id), line_id))
        self._in_quarantine[at] = self._in_quarantine.get(at, 0) + units

    def at_rest(self, evidence: Evidence) -> None:
        if any(cost is None for cost in self.history.costs.values()):
            self.at_risk, self.why_no_risk = 0, "standard costs were changed meanwhile"
            return
        pool: list[tuple[str, str, int]] = []
        roads: dict[str, int] = {}
        for (location, sku), level in self.history.pool.levels.items():
            inside = sum(units for bucket, units in level.items() if bucket not in ("in_transit", "forced"))
            pool.append((location, sku, inside - level.get("forced", 0)))
            book = entity_of_location(location).book
            roads[book] = roads.get(book, 0) + self._cost(sku) * level.get("in_transit", 0)
        unposted = self._unposted()
        self._compare(self._valued(pool), unposted, "by its movements")
        for book in sorted(roads.keys() | {book for book, account in self._accounts if account == ROAD}):
            self._one(book, ROAD, roads.get(book, 0), "what is on the road costs")
        waiting = self._valued((at[0], at[1], units) for at, units in self._in_quarantine.items())
        for location in sorted({*waiting, *self._locations(QUARANTINE)}):
            due = waiting.get(location, 0)
            self._at(QUARANTINE, location, due, "what waits there for its grade costs")
        shelves = evidence.books.get("warehouse", {}).get("shelves", ())
        counted = self._valued((row["site"], row["item"], row["qty"]) for row in shelves)
        self._compare(counted, unposted, "by the warehouse's shelves", everywhere=False)

    def _compare(
        self, goods: dict[str, int], unposted: dict[str, int], how: str, *, everywhere: bool = True
    ) -> None:
        """`everywhere`: no goods at a location means that there are none, not that nobody looked."""
        places = {*goods, *self._locations(INVENTORY)} if everywhere else set(goods)
        for location in sorted(places):
            due = goods.get(location, 0) + unposted.get(location, 0)
            self._at(INVENTORY, location, due, f"what is on hand {how} costs")

    def _at(self, account: str, location: str, due: int, what: str) -> None:
        """Goods at a location stand in the book of the entity whose they are, and in no other."""
        own = entity_of_location(location).book
        for book in sorted({own, *(one for one, name in self._accounts if name == account + location)}):
            self._one(book, account + location, due if book == own else 0, what)

    def _one(self, book: str, account: str, due: int, what: str) -> None:
        self.checked += 1
        stands = self._accounts.get((book, account), 0)
        if stands != due:
            self.broken(f"{stands} stand on {account} in {book}, {what} {due}")

    def _locations(self, account: str) -> Iterable[str]:
        return (name[len(account) :] for _, name in self._accounts if name.startswith(account))

    def _cost(self, sku: str) -> int:
        return self.history.costs.get(sku) or 0

    def _valued(self, rows: Iterable[tuple[str, str, int]]) -> dict[str, int]:
        """What rows of (location, SKU, units) cost, by location."""
        value: dict[str, int] = {}
        for location, sku, units in rows:
            value[location] = value.get(location, 0) + self._cost(sku) * units
        return value

    def _unposted(self) -> dict[str, int]:
        """What left and a person still has to see to, before it is invoiced and its cost posted."""
        rows = []
        for record in self.history.received():
            if self.history.is_excepted(record.order_id):
                for shipment in record.shipments:
                    if shipment.shipment_id not in record.invoiced:
                        goods = record.goods_of(shipment)
                        rows += [(shipment.location, sku, units) for _, sku, units in goods]
        return self._valued(rows)
