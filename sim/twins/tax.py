"""The tax engine: quotes, and their commitment once an invoice stands. Amounts in minor units."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, structs

from contracts.ports import ForeignResponse

from .config import TwinsConfig
from .draw import token
from .listing import Listing, ListRequest
from .rates import RATES, rate_bp, tax_of, zone_of
from .store import Store
from .system import KeptKeys, Operation, TwinSystem, refusal

Amount = Annotated[int, Meta(ge=0)]


class Item(Struct, rename={"tax_class": "class"}):
    """An amount to be taxed, and its class."""

    id: str
    tax_class: str
    amount: Amount


class QuoteRequest(Struct):
    """tax/quotes. `inclusive`: the amounts contain the tax. `rounding` is `line`, or `document`: once for each rate."""

    ref: str
    currency: str
    country: str
    inclusive: bool
    items: list[Item]
    shipping: Amount
    region: str | None = None
    rounding: str = "line"


class CommitRequest(Struct):
    """tax/commits. `partial`: of the document, other invoices have the rest."""

    doc: str
    invoice: str | int
    tax: Amount
    partial: bool = False


class CorrectRequest(Struct, rename={"tax_class": "class"}):
    """tax/rates:correct: what somebody at the tax service decides, not a call of the broker's."""

    zone: str
    tax_class: str
    rate_bp: Annotated[int, Meta(ge=0, le=10_000)]


class Corrected(Struct, frozen=True):
    """A rate that is not the table's any more, since this ms."""

    rate_bp: int
    at: int


class Document(Struct, frozen=True):
    """A quote (`quoted`) or what became owed of it (`committed`); `tax` is the total.

    `parts`: of several invoices, each with its tax. Last changed at this ms.
    """

    doc: str
    ref: str
    status: str
    tax: int
    invoice: str = ""
    parts: dict[str, int] = {}
    at: int = 0


class Tax(TwinSystem):
    """Keeps effect keys. Rounds per line, halves up."""

    def __init__(self, config: TwinsConfig, store: Store) -> None:
        super().__init__(
            {
                "quotes": Operation(QuoteRequest, self._quote, keyed=True),
                "commits": Operation(CommitRequest, self._commit, keyed=True),
                "rates:list": Operation(ListRequest, self._rates),
                "rates:correct": Operation(CorrectRequest, self._correct),
            },
            KeptKeys(store, "tax"),
        )
        self._documents = store.table("tax.documents", Document)
        self._corrected = store.table("tax.rates", Corrected)
        self._operations["commits:list"] = Listing(self._documents, _listed).operation

    def _rate(self, zone: str, tax_class: str) -> int:
        corrected = self._corrected.rows.get(f"{zone} {tax_class}")
        return rate_bp(zone, tax_class) if corrected is None else corrected.rate_bp

    def _correct(self, request: CorrectRequest, key: str, now_ms: int) -> ForeignResponse:
        row = Corrected(request.rate_bp, now_ms)
        self._corrected.put(f"{request.zone} {request.tax_class}", row)
        return ForeignResponse(200, {"zone": request.zone, "class": request.tax_class})

    def _rates(self, request: ListRequest, key: str, now_ms: int) -> ForeignResponse:
        """All that hold now, whenever they changed: there are few."""
        places = sorted((zone, name) for zone, rates in RATES.items() for name in rates)
        last = min(len(places), request.after + request.limit)
        records = []
        for zone, name in places[request.after : last]:
            row = self._corrected.rows.get(f"{zone} {name}")
            at = 0 if row is None else row.at
            records.append({"zone": zone, "class": name, "rate_bp": self._rate(zone, name), "changed_at": at})
        body = {"records": records, "last": last, "more": last < len(places), "as_of": now_ms}
        return ForeignResponse(200, body)

    def _quote(self, request: QuoteRequest, key: str, now_ms: int) -> ForeignResponse:
        zone = zone_of(request.country, request.region)
        inclusive = request.inclusive
        taxes = [tax_of(item.amount, self._rate(zone, item.tax_class), inclusive) for item in request.items]
        shipping_tax = tax_of(request.shipping, self._rate(zone, "standard"), inclusive)
        # The count tells two quotes apart that came under one key, a day and more between them.
        doc = f"TX-{token(key, str(len(self._documents.rows)))}"
        self._documents.put(doc, Document(doc, request.ref, "quoted", sum(taxes) + shipping_tax, at=now_ms))
        items = [{"id": item.id, "tax": tax} for item, tax in zip(request.items, taxes, strict=True)]
        body = {"doc": doc, "zone": zone, "items": items, "shipping_tax": shipping_tax}
        if request.rounding == "document" and not inclusive:
            body["rounding"] = self._rounded_once(request, zone) - sum(taxes) - shipping_tax
        return ForeignResponse(200, body)

    def _rounded_once(self, request: QuoteRequest, zone: str) -> int:
        """The tax to add to the document: of all amounts of a rate together, rounded once."""
        amounts = {self._rate(zone, "standard"): request.shipping}
        for item in request.items:
            rate = self._rate(zone, item.tax_class)
            amounts[rate] = amounts.get(rate, 0) + item.amount
        return sum(tax_of(amount, rate, False) for rate, amount in amounts.items())

    def _commit(self, request: CommitRequest, key: str, now_ms: int) -> ForeignResponse:
        document = self._documents.rows.get(request.doc)
        if document is None:
            return refusal(404, "no_such_document")
        invoice = str(request.invoice)
        if request.partial:
            return self._commit_part(document, invoice, request.tax, now_ms)
        if request.tax != document.tax:
            return refusal(409, "tax_differs")
        if document.status == "quoted":
            document = structs.replace(document, status="committed", invoice=invoice, at=now_ms)
            self._documents.put(document.doc, document)
        elif document.invoice != invoice:
            return refusal(409, "already_committed")
        return ForeignResponse(200, {"doc": document.doc, "status": document.status, "tax": document.tax})

    def _commit_part(self, document: Document, invoice: str, tax: int, now_ms: int) -> ForeignResponse:
        if document.invoice:
            return refusal(409, "already_committed")
        known = document.parts.get(invoice)
        if known not in (None, tax) or sum(document.parts.values()) + tax * (known is None) > document.tax:
            return refusal(409, "tax_differs")
        parts = {**document.parts, invoice: tax}
        document = structs.replace(document, status="committed", parts=parts, at=now_ms)
        self._documents.put(document.doc, document)
        return ForeignResponse(200, {"doc": document.doc, "status": "committed", "tax": tax})

    def books(self) -> dict[str, Any]:
        """{"documents": [{"doc", "ref", "status", "tax"}]}; with "committed" where that was done in parts."""
        return {"documents": [_row(document) for document in self._documents.rows.values()]}


def _row(document: Document) -> dict[str, Any]:
    row = {"doc": document.doc, "ref": document.ref, "status": document.status, "tax": document.tax}
    return {**row, "committed": sum(document.parts.values())} if document.parts else row


def _listed(document: Document) -> dict[str, Any] | None:
    """What became owed of it; a quote is told to nobody."""
    if document.status != "committed":
        return None
    tax = sum(document.parts.values()) if document.parts else document.tax
    return {"doc": document.doc, "ref": document.ref, "tax": tax, "changed_at": document.at}
