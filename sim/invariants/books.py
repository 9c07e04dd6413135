"""Q9: the twins' own books against what the journal's facts say, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from contracts.fulfillment import ShipmentDispatched
from contracts.partners import FraudAssessed, TaxCalculated, TaxCommitted
from contracts.ports import SYSTEMS
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Reader, RestInvariant
from .parcels import differences
from .records import OrderRecord
from .returned import dispute_differences, refund_differences
from .settled import payout_differences
from .tills import collection_differences, till_differences

Row = Mapping[str, Any]
# (order, what differs, or None where both sides say the same)
Compared = Iterator[tuple[str, str | None]]

# What we call the fraud service's words.
_DECISIONS = {"approve": "accept", "review": "review", "deny": "reject"}


class Q9(RestInvariant):
    """Orders with an open exception are left out: there a person is already looking for the difference.

    At risk: effects whose first answer got lost, and calls that a crash left open: there a system may have
    done what we never heard of.
    """

    id = "Q9"
    title = "the twins' books equal ours, but for orders with an open exception"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.quotes: dict[str, TaxCalculated] = {}
        # What was committed of each document, invoice by invoice.
        self.taxes: dict[str, list[int]] = {}
        self.assessed: dict[str, FraudAssessed] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {
            "tax.calculated": self._quoted,
            "tax.committed": self._committed,
            "fraud.assessed": self._assessed,
        }

    def _quoted(self, body: TaxCalculated, turn: Turn, group: int) -> None:
        self.quotes[body.document_id] = body

    def _committed(self, body: TaxCommitted, turn: Turn, group: int) -> None:
        self.taxes.setdefault(body.document_id, []).append(body.tax_minor)

    def _assessed(self, body: FraudAssessed, turn: Turn, group: int) -> None:
        self.assessed[body.order_id] = body

    def at_rest(self, evidence: Evidence) -> None:
        left_open = sum(map(self.history.messages.open_calls, SYSTEMS))
        self.at_risk = self.history.faults.count(("timeout_after",)) + left_open
        comparisons: dict[str, tuple[Callable[[Row], Compared], ...]] = {
            "payments": (
                self._authorizations,
                self._captures,
                self._refunds,
                self._disputes,
                self._payouts,
            ),
            "erp": (self._erp_documents,),
            "warehouse": (
                self._shipments,
                self._shipping_orders,
                self.history.purchases.against_dock,
                self._parcels,
            ),
            "suppliers": (
                self.history.purchases.against_orders,
                self.history.purchases.against_invoices,
            ),
            "tax": (self._tax_documents,),
            "fraud": (self._assessments,),
            "tills": (self._closings, self._collections),
        }
        for system, compare in comparisons.items():
            if system not in evidence.books:
                continue
            for one in compare:
                for order_id, difference in one(evidence.books[system]):
                    if self.history.is_excepted(order_id):
                        continue
                    self.checked += 1
                    if difference:
                        self.broken(f"{order_id}: {difference}", order_id)

    def _record(self, order_id: str) -> OrderRecord:
        """The record of an order, an empty one where the journal never mentions it."""
        return self.history.orders.get(order_id) or OrderRecord(order_id)

    def _authorizations(self, books: Row) -> Compared:
        holds, seen = self.history.holds, set()
        for row in books["authorizations"]:
            id_, order_id = row["id"], row["reference"]
            seen.add(id_)
            hold = holds.get(id_)
            if hold is None:
                yield order_id, f"the provider holds {row['amount']} as {id_}, which we never heard of"
                continue
            fact, canceled = hold.fact, row["status"] == "canceled"
            theirs = (order_id, row["amount"], row["currency"], row["captured"], canceled)
            ours = (fact.order_id, fact.amount_minor, fact.currency.lower(), hold.captured_minor,
                    hold.voided_at_ms is not None)  # fmt: skip
            if theirs != ours:
                names = "order, amount, currency, captured, voided"
                yield order_id, f"{id_} ({names}): the provider says {theirs}, we {ours}"
            elif self._record(order_id).closed and row["status"] not in ("canceled", "expired"):
                yield order_id, f"it is {self._record(order_id).status} and {id_} still holds its money"
            else:
                yield order_id, None
        for id_, hold in holds.items():
            if id_ not in seen:
                yield hold.fact.order_id, f"the provider does not know {id_}"

    def _captures(self, books: Row) -> Compared:
        captures, seen = self.history.captures, set()
        for row in books["captures"]:
            seen.add(row["id"])
            fact = captures.get(row["id"])
            if fact is None:
                yield row["reference"], f"the provider took {row['amount']} as {row['id']}, unheard of here"
                continue
            theirs = (row["reference"], row["authorization"], row["amount"], row["currency"])
            ours = (fact.order_id, fact.authorization_id, fact.amount_minor, fact.currency.lower())
            same = theirs == ours
            yield fact.order_id, None if same else f"{row['id']}: the provider says {theirs}, we {ours}"
        for id_, fact in captures.items():
            if id_ not in seen:
                yield fact.order_id, f"the provider never took {id_}"

    def _refunds(self, books: Row) -> Compared:
        return refund_differences(self.history, books)

    def _disputes(self, books: Row) -> Compared:
        return dispute_differences(self.history, books)

    def _parcels(self, books: Row) -> Compared:
        return differences(self.history, books)

    def _payouts(self, books: Row) -> Compared:
        return payout_differences(self.history, books)

    def _closings(self, books: Row) -> Compared:
        return till_differences(self.history, books)

    def _collections(self, books: Row) -> Compared:
        return collection_differences(self.history, books)

    def _erp_documents(self, books: Row) -> Compared:
        made: dict[str, list[Row]] = {}
        for row in books["documents"]:
            made.setdefault(row["external_ref"], []).append(row)
        for order_id, rows in made.items():
            yield order_id, self._erp_difference(self._record(order_id), rows)
        for record in list(self.history.orders.values()):
            if record.acknowledged and record.order_id not in made:
                yield record.order_id, f"the ERP does not know {record.acknowledged[0]}"

    @staticmethod
    def _erp_difference(record: OrderRecord, rows: list[Row]) -> str | None:
        numbers = sorted(row["doc_no"] for row in rows)
        if record.vouched and not record.acknowledged and len(numbers) == 1:
            # A person says that the ERP has it, and it has.
            pass
        elif numbers != sorted(record.acknowledged):
            return f"the ERP holds {numbers}, acknowledged were {sorted(record.acknowledged)}"
        for row in rows:
            cancelled = row["status"] == "cancelled"
            if cancelled != record.erp_cancelled:
                return (
                    f"{row['doc_no']} is {row['status']} in the ERP, cancelled here: {record.erp_cancelled}"
                )
            if record.closed and not cancelled:
                return f"it is {record.status} and {row['doc_no']} is still open in the ERP"
            if record.total_minor is not None and record.order is not None:
                theirs, ours = (row["total"], row["currency"]), (record.total_minor, record.order.currency)
                if theirs != ours:
                    return f"{row['doc_no']} is over {theirs} in the ERP, {ours} here"
        return None

    def _shipments(self, books: Row) -> Compared:
        ours = {
            shipment.shipment_id: shipment
            for record in self.history.orders.values()
            for shipment in (*record.shipments, *record.again)
            if not shipment.collected
        }
        for row in books["shipments"]:
            order_id, fact = row["ref"], ours.pop(row["shipment"], None)
            if fact is None:
                yield order_id, f"the warehouse shipped {row['shipment']}, which we never heard of"
            elif (fact.order_id, fact.fulfillment_order_id) != (order_id, row["depositor_order"]):
                yield order_id, f"{row['shipment']} is of {fact.order_id} here"
            else:
                yield order_id, self._goods_difference(row, fact)
        for fact in ours.values():
            yield fact.order_id, f"the warehouse never shipped {fact.shipment_id}"

    def _goods_difference(self, row: Row, fact: ShipmentDispatched) -> str | None:
        told = self._record(row["ref"]).goods_of(fact)
        sent = sorted((item["line"], item["item"], item["qty"]) for item in row["items"])
        if sent == told:
            return None
        wrong = sorted(set(sent) ^ set(told)) or sent
        than = "ordered" if fact.lines is None else "we were told"
        return f"{row['shipment']} left with other goods than {than}: {wrong[:4]}"

    def _shipping_orders(self, books: Row) -> Compared:
        for row in books["orders"]:
            recalled = row["depositor_order"] in self.history.recalled
            if recalled and row["status"] != "recalled":
                yield row["ref"], f"{row['depositor_order']} is cancelled here and {row['status']} there"
            elif row["status"] == "recalled" and not recalled:
                yield row["ref"], f"{row['depositor_order']} is recalled there, which we never heard of"
            else:
                yield row["ref"], None

    def _tax_documents(self, books: Row) -> Compared:
        seen = set()
        # An edit has the order quoted anew: of its quotes one is committed.
        committed_for = {quote.order_id for doc, quote in self.quotes.items() if doc in self.taxes}
        for row in books["documents"]:
            doc, order_id = row["doc"], row["ref"]
            seen.add(doc)
            quote, committed = self.quotes.get(doc), self.taxes.get(doc)
            if quote is None:
                yield order_id, f"the tax service quoted {doc}, which we never heard of"
                continue
            quoted = sum(line.tax_minor for line in quote.lines) + quote.shipping_tax_minor
            is_committed = row["status"] == "committed"
            if (order_id, row["tax"]) != (quote.order_id, quoted):
                yield order_id, f"{doc}: tax of {row['tax']} there, {quoted} for {quote.order_id} here"
            elif is_committed != (committed is not None):
                yield order_id, f"{doc} is {row['status']} there, committed here: {committed is not None}"
            elif committed is not None and sum(committed) != row.get("committed", row["tax"]):
                theirs = row.get("committed", row["tax"])
                yield order_id, f"{doc}: committed {theirs} there, {sum(committed)} here"
            elif self._record(order_id).invoiced and not is_committed and order_id not in committed_for:
                yield order_id, f"it is invoiced and its tax, {doc}, was never committed"
            else:
                yield order_id, None
        for doc, quote in self.quotes.items():
            if doc not in seen:
                yield quote.order_id, f"the tax service does not know {doc}"

    def _assessments(self, books: Row) -> Compared:
        rows: Iterable[Row] = books["assessments"]
        judged: dict[str, int] = {}
        for row in rows:
            order_id = row["order"]
            judged[order_id] = judged.get(order_id, 0) + 1
            fact = self.assessed.get(order_id)
            theirs = (_DECISIONS.get(row["decision"], "review"), row["risk"])
            if fact is None or (fact.decision, fact.score) != theirs:
                ours = None if fact is None else (fact.decision, fact.score)
                yield order_id, f"the fraud service says {theirs}, we {ours}"
            else:
                yield order_id, f"assessed {judged[order_id]} times" if judged[order_id] > 1 else None
        for order_id, fact in self.assessed.items():
            if order_id not in judged and fact.decision != "review":
                yield order_id, f"the fraud service never said {fact.decision}"
