"""Till files and collections as the journal's facts tell them, and the stores' own books against them: Q9's part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from contracts.finance import LedgerPosted
from contracts.inventory import StockMoved
from contracts.tills import TillFileImported, TillFilePosted
from contracts.turn import Turn

from .invariant import Reader

if TYPE_CHECKING:
    from .history import History

Row = Mapping[str, Any]

# What a closing puts on which side of which account: by the beginning of the account.
_ACCOUNTS = (
    ("4000 ", "net", "C"), ("2200 ", "tax", "C"), ("1050 ", "cash", "D"), ("1200 ", "card", "D"),
    ("4800 ", "back", "D"),
)  # fmt: skip
_NAMES = ("net", "tax", "cash", "card", "back")
# Where goods that came back are put, by their grade; what is thrown away comes into no stock.
_GRADES = {"A": ("available", "forced"), "B": ("damaged",)}
_REFERENCE = "till "


class Tills:
    """Files, what the ledger says of each, and the units that left for it."""

    def __init__(self) -> None:
        self.imported: dict[str, TillFileImported] = {}
        # How often each is in the book.
        self.posted: dict[str, int] = {}
        self.booked: dict[str, dict[str, int]] = {}
        self.units: dict[str, dict[str, int]] = {}
        # What came back into which bucket, by file and SKU.
        self.back: dict[str, dict[tuple[str, str], int]] = {}

    def facts(self) -> Mapping[str, Reader]:
        """What is folded."""
        return {
            "till_file.imported": self._imported,
            "till_file.posted": self._posted,
            "ledger.posted": self._booked,
            "inventory.moved": self._moved,
        }

    def _imported(self, body: TillFileImported, turn: Turn, group: int) -> None:
        self.imported[body.file_id] = body

    def _posted(self, body: TillFilePosted, turn: Turn, group: int) -> None:
        self.posted[body.file_id] = self.posted.get(body.file_id, 0) + 1

    def _booked(self, body: LedgerPosted, turn: Turn, group: int) -> None:
        if body.step != "till_sales":
            return
        sums = self.booked.setdefault(body.reference.removeprefix(_REFERENCE), dict.fromkeys(_NAMES, 0))
        for entry in body.entries:
            for account, name, side in _ACCOUNTS:
                if entry.account.startswith(account):
                    sums[name] += entry.amount_minor if entry.side == side else -entry.amount_minor

    def _moved(self, body: StockMoved, turn: Turn, group: int) -> None:
        if body.reason == "till-return":
            back = self.back.setdefault(body.reference, {})
            for row in body.rows:
                at = (row.sku, body.to_bucket)
                back[at] = back.get(at, 0) + row.quantity
            return
        if body.reason != "sale":
            return
        units = self.units.setdefault(body.reference, {})
        for row in body.rows:
            units[row.sku] = units.get(row.sku, 0) + row.quantity


def till_differences(history: History, books: Row) -> Iterator[tuple[str, str | None]]:
    """The closings whose files are there against the files that we posted: (file, what differs or None)."""
    tills, ours = history.tills, dict(history.tills.imported)
    for row in books["closings"]:
        file_id = row["closing"]
        fact = ours.pop(file_id, None)
        if fact is None:
            yield file_id, f"{row['store']} sold for {row['net']} in it, unheard of here"
            continue
        yield file_id, _difference(tills, fact, row)
    for file_id, fact in ours.items():
        yield file_id, f"{fact.store} never closed it"


def _difference(tills: Tills, fact: TillFileImported, row: Row) -> str | None:
    file_id, control = fact.file_id, fact.file.control
    times = tills.posted.get(file_id, 0)
    if times != 1:
        return f"it was posted {times} times"
    theirs = {name: row[name] for name in _NAMES}
    given = fact.file.refunded
    said = {"net": control.net_minor, "back": given.net_minor} | {
        name: getattr(control, f"{name}_minor") - getattr(given, f"{name}_minor")
        for name in ("tax", "cash", "card")
    }
    if (fact.store, control.sales) != (row["store"], row["sales"]) or said != theirs:
        return f"its till counted {theirs}, its file says {said}"
    booked = tills.booked.get(file_id, {})
    if booked != theirs:
        return f"its till counted {theirs}, posted is {booked}"
    left = tills.units.get(file_id, {})
    if left != row["units"]:
        wrong = sorted(set(left.items()) ^ set(row["units"].items()))
        return f"other units left for it than its till sold: {wrong[:4]}"
    came, due = _came_back(tills, file_id), _taken_back(row["back_units"])
    return None if came == due else f"its till took back {due}, into stock came {came}"


def _came_back(tills: Tills, file_id: str) -> dict[tuple[str, str], int]:
    """(SKU, grade) -> units that came into stock for a file."""
    grades = {bucket: grade for grade, buckets in _GRADES.items() for bucket in buckets}
    units: dict[tuple[str, str], int] = {}
    for (sku, bucket), n in tills.back.get(file_id, {}).items():
        at = (sku, grades.get(bucket, bucket))
        units[at] = units.get(at, 0) + n
    return units


def _taken_back(told: Mapping[str, int]) -> dict[tuple[str, str], int]:
    """The same as its till tells it, without what was thrown away."""
    units = {}
    for name, n in told.items():
        sku, _, grade = name.rpartition(" ")
        if grade in _GRADES:
            units[sku, grade] = n
    return units


def collection_differences(history: History, books: Row) -> Iterator[tuple[str, str | None]]:
    """What was handed over at the counters against what customers have collected by our facts."""
    ours = {
        shipment.shipment_id: (record, shipment)
        for record in history.orders.values()
        for shipment in record.shipments
        if shipment.collected
    }
    for row in books["collections"]:
        record, shipment = ours.pop(row["collection"], (None, None))
        if record is None or shipment is None:
            yield row["order"], f"{row['store']} handed over {row['collection']}, which we never heard of"
            continue
        handed = sorted((one["line"], one["item"], one["qty"]) for one in row["items"])
        theirs = (row["order"], row["store"], handed)
        said = (record.order_id, shipment.location, record.goods_of(shipment))
        yield record.order_id, None if theirs == said else f"{theirs} was handed over there, {said} here"
    for record, shipment in ours.values():
        yield record.order_id, f"no store has handed over {shipment.shipment_id}"
