"""R4: what clients were told that things cost, against what became of the orders that name it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import DecodeError, Struct, json

from contracts.channels import CHANNELS
from contracts.edits import OrderEdited
from contracts.orders import Order, OrderClosed, OrderReceived
from contracts.prices import PricesChanged
from contracts.quotes import PriceQuoted, QuoteUsed
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Invariant, Reader
from .records import OrderRecord

ROUTE = "/v1/price-quotes"
_OF_PRICES = frozenset(
    {"price-changed", "quote-expired", "quote-mismatch", "quote-missing", "quote-unknown", "quote-used",
     "unknown-sku", "other-currency"}
)  # fmt: skip

Units = Counter[tuple[str, int]]


class Told(Struct, frozen=True):
    """An answer about a quote, as far as it binds."""

    quote_id: str
    lines: list[dict[str, Any]]
    expires_at: str


class R4(Invariant):
    """At risk: a list price changed between the quote and its order, an order that came too late, and one by a quote
    that another order has used.
    """

    id = "R4"
    title = "what was quoted is what the order costs that names it in time, and nothing else is sold by it"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._quotes: dict[str, tuple[PriceQuoted, int]] = {}
        self._used: dict[str, list[str]] = {}
        self._placed: dict[str, Order] = {}
        self._refused: dict[str, str] = {}
        self._edited: set[str] = set()
        # The instants at which a SKU's list price changed, by price list.
        self._changed: dict[tuple[str, str], list[int]] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {
            "price.quoted": self._quoted,
            "price.quote_used": self._was_used,
            "price.changed": self._list_changed,
            "order.received": self._received,
            "order.rejected": self._rejected,
            "order.edited": self._was_edited,
        }

    def _quoted(self, body: PriceQuoted, turn: Turn, group: int) -> None:
        self._quotes[body.quote_id] = (body, turn.at_ms)

    def _was_used(self, body: QuoteUsed, turn: Turn, group: int) -> None:
        users = self._used.setdefault(body.quote_id, [])
        users.append(body.order_id)
        if len(users) > 1:
            said = f"{body.quote_id} was used by {users[0]} and by {body.order_id}"
            self.broken(said, body.order_id, turn.at_ms)

    def _list_changed(self, body: PricesChanged, turn: Turn, group: int) -> None:
        for row in body.rows:
            self._changed.setdefault((body.price_list, row.sku), []).append(turn.at_ms)

    def _received(self, body: OrderReceived, turn: Turn, group: int) -> None:
        self.checked += 1
        if body.order.quote_id is not None:
            self._placed[body.order_id] = body.order

    def _rejected(self, body: OrderClosed, turn: Turn, group: int) -> None:
        self._refused[body.order_id] = body.reason

    def _was_edited(self, body: OrderEdited, turn: Turn, group: int) -> None:
        self._edited.add(body.order_id)

    def finish(self, evidence: Evidence) -> None:
        self._compare_told(evidence)
        for record in self.history.received():
            order = self._placed.get(record.order_id)
            if order is not None:
                self._judge(record, order)
            elif record.order is not None and record.total_minor is not None and _by_quotes(record.order):
                self.broken(f"{record.order_id} was sold without a quote", record.order_id)

    def _compare_told(self, evidence: Evidence) -> None:
        for answer in evidence.answers:
            if answer.route != ROUTE or answer.status != 201:
                continue
            try:
                told = json.decode(answer.body, type=Told)
            except DecodeError:
                self.broken(f"an answer about a quote cannot be read: {answer.body[:60]!r}")
                continue
            kept, _ = self._quotes.get(told.quote_id, (None, 0))
            if kept is None:
                self.broken(f"{told.quote_id} was promised and is not kept")
                continue
            said = Counter[tuple[str, int]]()
            for line in told.lines:
                said[line["sku"], line["unit_price_minor"]] += line["quantity"]
            if said != _units(kept.lines):
                self.broken(
                    f"{told.quote_id} was told as {sorted(said)}, kept is {sorted(_units(kept.lines))}"
                )

    def _judge(self, record: OrderRecord, order: Order) -> None:
        quote_id, id_ = order.quote_id or "", record.order_id
        quote, made_ms = self._quotes.get(quote_id, (None, 0))
        used_by = self._used.get(quote_id, [])
        agrees = quote is not None and _agrees(quote, order)
        left_ms = quote.expires_ms - record.received_at_ms if quote is not None else 0
        mine = id_ in used_by
        others = bool(used_by) and not mine
        too_late = quote is not None and left_ms <= 0
        self.at_risk += others or too_late or (quote is not None and self._moved(quote, made_ms, record))
        holds = agrees and left_ms > 0
        if holds and not others and self._refused.get(id_) in _OF_PRICES:
            self.broken(f"{id_} named {quote_id} in time and was refused: {self._refused[id_]}", id_)
        if mine and not holds:
            self.broken(f"{id_} was priced by {quote_id}, which does not hold for it", id_)
        if _by_quotes(order) and record.total_minor is not None and not (mine and holds):
            self.broken(f"{id_} was sold by {quote_id}, which does not hold for it", id_)
        if mine and quote is not None:
            self._charged(record, order, quote)

    def _moved(self, quote: PriceQuoted, made_ms: int, record: OrderRecord) -> bool:
        """Whether the list said something else when the order came."""
        return any(
            made_ms <= at <= record.received_at_ms
            for line in quote.lines
            for at in self._changed.get((quote.price_list, line.sku), ())
        )

    def _charged(self, record: OrderRecord, order: Order, quote: PriceQuoted) -> None:
        """A completed order of which nothing was changed, taken off or left out is invoiced at the quote's prices."""
        whole = (
            record.status == "completed"
            and not record.cancelled_units
            and record.order_id not in self._edited
        )
        plain = (
            order.prices_include_tax and not order.discounts and not any(one.discounts for one in order.lines)
        )
        if not (whole and plain) or record.was_excepted:
            return
        promised = sum(line.quantity * line.unit_price_minor for line in quote.lines) + order.shipping_minor
        if record.gross_minor != promised:
            said = f"{record.order_id} was invoiced {record.gross_minor}, quoted were {promised}"
            self.broken(said, record.order_id)


def _by_quotes(order: Order) -> bool:
    row = CHANNELS.get(order.channel)
    return row is not None and row.price_policy == "quote"


def _agrees(quote: PriceQuoted, order: Order) -> bool:
    same = (quote.channel, quote.currency) == (order.channel, order.currency)
    return same and _units(quote.lines) == _units(order.lines)


def _units(lines: Iterable[Any]) -> Units:
    found: Units = Counter()
    for line in lines:
        found[line.sku, line.unit_price_minor] += line.quantity
    return found
