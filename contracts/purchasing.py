"""The vocabulary of purchasing: purchase orders, receipts, supplier invoices.

`order_id` is the purchase order's id here: every document, call and posting of it is named by it. Quantities are
units, prices minor units of the order's currency.
"""

from __future__ import annotations

from msgspec import Struct

from .partners import CallGaveUp
from .replenishment import PurchaseLine

# purchasing: commands


class SuggestOrder(Struct, array_like=True, frozen=True, gc=False):
    """purchasing.suggest: buy this. Issued at once if no approval is needed."""

    order_id: str
    pool: str
    location: str
    supplier: str
    currency: str
    lead_time_ms: int
    lines: tuple[PurchaseLine, ...]


class ApproveOrder(Struct, array_like=True, frozen=True, gc=False):
    """purchasing.approve: a person agrees to an order over the supplier's limit."""

    order_id: str
    approver: str


class FailOrder(Struct, array_like=True, frozen=True, gc=False):
    """purchasing.fail: the supplier could not be given the order."""

    order_id: str
    reason: str


class ConfirmedLine(Struct, array_like=True, frozen=True, gc=False):
    """What a supplier will deliver of a line, and at which price."""

    line_id: str
    quantity: int
    price_minor: int


class AcknowledgeOrder(Struct, array_like=True, frozen=True, gc=False):
    """purchasing.acknowledge: the supplier's acknowledgment (EDI 855). `answer` is accepted, changed or rejected."""

    order_id: str
    acknowledgment_id: str
    answer: str
    lines: tuple[ConfirmedLine, ...]


class CountedLine(Struct, array_like=True, frozen=True, gc=False):
    """So many units of a line."""

    line_id: str
    quantity: int


class AdviseShipment(Struct, array_like=True, frozen=True, gc=False):
    """purchasing.advise: the advance ship notice (EDI 856). After one that is `final` no other follows."""

    order_id: str
    asn_id: str
    lines: tuple[CountedLine, ...]
    arrives_at_ms: int
    final: bool


class ReceiveGoods(Struct, array_like=True, frozen=True, gc=False):
    """purchasing.receive: the warehouse counted these at its dock (EDI 861)."""

    order_id: str
    receipt_id: str
    lines: tuple[CountedLine, ...]
    received_at_ms: int


class ConfirmPutAway(Struct, array_like=True, frozen=True, gc=False):
    """purchasing.put_away: what a receipt brought stands in the pool."""

    order_id: str
    receipt_id: str


class InvoicedLine(Struct, array_like=True, frozen=True, gc=False):
    """What a supplier asks for a line: units, and the price of each."""

    line_id: str
    quantity: int
    price_minor: int


class TakeInvoice(Struct, array_like=True, frozen=True, gc=False):
    """purchasing.invoice: the supplier's invoice (EDI 810)."""

    order_id: str
    invoice_id: str
    currency: str
    lines: tuple[InvoicedLine, ...]
    total_minor: int


class CancelPurchase(Struct, array_like=True, frozen=True, gc=False):
    """purchasing.cancel: a person takes the order back, as long as nothing of it was received."""

    order_id: str
    reason: str


class ClosePurchase(Struct, array_like=True, frozen=True, gc=False):
    """purchasing.close: a person ends it as it stands; with `accept_invoices` those in dispute are owed."""

    order_id: str
    reason: str
    accept_invoices: bool = False


# purchasing: facts


class PurchaseSuggested(Struct, array_like=True, frozen=True, gc=False):
    """purchase_order.suggested"""

    order_id: str
    pool: str
    location: str
    supplier: str
    currency: str
    lead_time_ms: int
    lines: tuple[PurchaseLine, ...]


class PurchaseIssued(Struct, array_like=True, frozen=True, gc=False):
    """purchase_order.issued: the supplier is to be given it (EDI 850). `approver` is empty where none was needed."""

    order_id: str
    location: str
    supplier: str
    currency: str
    deliver_by_ms: int
    lines: tuple[PurchaseLine, ...]
    approver: str


class PurchaseAcknowledged(Struct, array_like=True, frozen=True, gc=False):
    """purchase_order.acknowledged: what the supplier said it will do."""

    order_id: str
    acknowledgment_id: str
    answer: str
    lines: tuple[ConfirmedLine, ...]


class ShipmentAdvised(Struct, array_like=True, frozen=True, gc=False):
    """asn.received: goods are on their way."""

    order_id: str
    asn_id: str
    lines: tuple[CountedLine, ...]
    arrives_at_ms: int
    final: bool


class ReceivedLine(Struct, array_like=True, frozen=True, gc=False):
    """Units received of a line, with the order's price and the standard cost of each."""

    line_id: str
    sku: str
    quantity: int
    price_minor: int
    cost_minor: int


class GoodsReceived(Struct, array_like=True, frozen=True, gc=False):
    """goods.received: a receipt, believed once."""

    order_id: str
    receipt_id: str
    pool: str
    location: str
    book: str
    currency: str
    lines: tuple[ReceivedLine, ...]


class GoodsPutAway(Struct, array_like=True, frozen=True, gc=False):
    """goods.put_away: the receipt's units are available."""

    order_id: str
    receipt_id: str


class PurchaseDelivered(Struct, array_like=True, frozen=True, gc=False):
    """purchase_order.delivered: nothing more will come."""

    order_id: str
    pool: str


class InvoiceReceived(Struct, array_like=True, frozen=True, gc=False):
    """supplier_invoice.received: it waits to be matched."""

    order_id: str
    invoice_id: str
    currency: str
    lines: tuple[InvoicedLine, ...]
    total_minor: int


class InvoiceMatched(Struct, array_like=True, frozen=True, gc=False):
    """supplier_invoice.matched: order, receipt and invoice agree, or a person says so; it is owed.

    `accrued_minor` is the same goods at the order's prices.
    """

    order_id: str
    invoice_id: str
    supplier: str
    book: str
    currency: str
    accrued_minor: int
    total_minor: int
    pay_at_ms: int
    lines: tuple[InvoicedLine, ...]


class PaymentOrdered(Struct, array_like=True, frozen=True, gc=False):
    """supplier_invoice.payment_ordered: it is due, and finance was told to pay."""

    order_id: str
    invoice_id: str


class PurchaseEnded(Struct, array_like=True, frozen=True, gc=False):
    """purchase_order.closed, .cancelled, .excepted. `reason` of an exception is its category.

    `was_issued`: the supplier knows of the order.
    """

    order_id: str
    pool: str
    supplier: str
    reason: str
    was_issued: bool


class PurchaseRefused(Struct, array_like=True, frozen=True, gc=False):
    """purchasing.refused: a command that the order's state has no place for, and why."""

    order_id: str
    command: str
    reason: str


# Port: the supplier.


class IssueToSupplier(Struct, array_like=True, frozen=True, gc=False):
    """suppliers.issue: a purchase order (EDI 850)."""

    order_id: str
    effect_key: str
    supplier: str
    location: str
    currency: str
    deliver_by_ms: int
    lines: tuple[PurchaseLine, ...]


class WithdrawFromSupplier(Struct, array_like=True, frozen=True, gc=False):
    """suppliers.withdraw: do not deliver (EDI 860)."""

    order_id: str
    effect_key: str
    supplier: str
    reason: str


class SupplierTook(Struct, array_like=True, frozen=True, gc=False):
    """supplier.order_taken: the supplier has it (EDI 997); what it will do, its acknowledgment says."""

    order_id: str


class SupplierRefused(Struct, array_like=True, frozen=True, gc=False):
    """supplier.order_refused: the supplier does not take such an order."""

    order_id: str
    reason: str


class SupplierWithdrew(Struct, array_like=True, frozen=True, gc=False):
    """supplier.order_withdrawn: nothing of it will come."""

    order_id: str


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "purchasing.suggest": (1, SuggestOrder),
    "purchasing.approve": (1, ApproveOrder),
    "purchasing.fail": (1, FailOrder),
    "purchasing.acknowledge": (1, AcknowledgeOrder),
    "purchasing.advise": (1, AdviseShipment),
    "purchasing.receive": (1, ReceiveGoods),
    "purchasing.put_away": (1, ConfirmPutAway),
    "purchasing.invoice": (1, TakeInvoice),
    "purchasing.cancel": (1, CancelPurchase),
    "purchasing.close": (1, ClosePurchase),
    "purchasing.refused": (1, PurchaseRefused),
    "purchase_order.suggested": (1, PurchaseSuggested),
    "purchase_order.issued": (1, PurchaseIssued),
    "purchase_order.acknowledged": (1, PurchaseAcknowledged),
    "purchase_order.delivered": (1, PurchaseDelivered),
    "purchase_order.closed": (1, PurchaseEnded),
    "purchase_order.cancelled": (1, PurchaseEnded),
    "purchase_order.excepted": (1, PurchaseEnded),
    "asn.received": (1, ShipmentAdvised),
    "goods.received": (1, GoodsReceived),
    "goods.put_away": (1, GoodsPutAway),
    "supplier_invoice.received": (1, InvoiceReceived),
    "supplier_invoice.matched": (1, InvoiceMatched),
    "supplier_invoice.payment_ordered": (1, PaymentOrdered),
    "suppliers.issue": (1, IssueToSupplier),
    "suppliers.withdraw": (1, WithdrawFromSupplier),
    "supplier.order_taken": (1, SupplierTook),
    "supplier.order_refused": (1, SupplierRefused),
    "supplier.order_withdrawn": (1, SupplierWithdrew),
    "supplier.call_gave_up": (1, CallGaveUp),
}
