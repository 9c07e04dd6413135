"""The posting rules as one table: the step that a posting names, its function, the accounts on either side.

Either side may hold what is not there in a posting: an entry of zero is left out. An account named on both
sides stands where its amount's sign puts it. `any` is an account that the caller names.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from contracts import accounts as a
from contracts.finance import Entry

from . import adjustments, payables, returns, sales, settlement, stock, stores

ANY = "any"


class Rule(Struct, frozen=True):
    """A row: what makes the entries, and what may stand as debit and as credit."""

    entries: Callable[..., tuple[Entry, ...]]
    debits: tuple[str, ...]
    credits: tuple[str, ...]


# By `LedgerPosted.step`. A manual journal's step is `journal`, a reversal's `reversal`: they have no rule.
RULES: dict[str, Rule] = {
    "invoice": Rule(
        sales.invoice,
        (a.AR, a.DISCOUNTS, a.ROUNDING),
        (a.REVENUE, a.SHIPPING_REVENUE, a.TAX_PAYABLE, a.ROUNDING),
    ),
    "cost": Rule(sales.cost, (a.COGS,), (a.INVENTORY,)),
    "capture": Rule(sales.capture, (a.PSP_CLEARING,), (a.AR,)),
    "write_off": Rule(sales.written_off, (a.BAD_DEBTS,), (a.AR,)),
    "deposit": Rule(sales.deposit, (a.PSP_CLEARING,), (a.DEPOSITS,)),
    "deposit_applied": Rule(sales.deposit_applied, (a.DEPOSITS,), (a.AR,)),
    "deposit_returned": Rule(sales.deposit_returned, (a.DEPOSITS,), (a.REFUNDS_PAYABLE,)),
    "gift_card_sold": Rule(sales.gift_card_sold, (a.PSP_CLEARING,), (a.GIFT_CARDS,)),
    "gift_card_redeemed": Rule(sales.gift_card_redeemed, (a.GIFT_CARDS,), (a.AR,)),
    "gift_card_cancelled": Rule(returns.gift_card_cancelled, (a.GIFT_CARDS,), (a.REFUNDS_PAYABLE,)),
    "return_received": Rule(returns.return_received, (a.QUARANTINE,), (a.COGS,)),
    "return_restocked": Rule(returns.return_restocked, (a.INVENTORY,), (a.QUARANTINE,)),
    "return_scrapped": Rule(returns.return_scrapped, (a.SCRAP,), (a.QUARANTINE,)),
    "return_refused": Rule(returns.return_refused, (a.COGS,), (a.QUARANTINE,)),
    "credit_note": Rule(
        returns.credit_note,
        (a.SALES_RETURNS, a.SHIPPING_REVENUE, a.TAX_PAYABLE),
        (a.DISCOUNTS, a.RESTOCKING_FEES, a.REFUNDS_PAYABLE),
    ),
    "refund": Rule(returns.refund_paid, (a.REFUNDS_PAYABLE,), (a.PSP_CLEARING,)),
    "refund_to_gift_card": Rule(returns.refund_to_gift_card, (a.REFUNDS_PAYABLE,), (a.GIFT_CARDS,)),
    "payout": Rule(
        settlement.payout,
        (a.BANK, a.PSP_FEES, a.PSP_CLEARING, a.SUSPENSE),
        (a.PSP_CLEARING, a.SUSPENSE, a.BANK, a.PSP_FEES),
    ),
    "suspense": Rule(settlement.suspense, (a.PSP_CLEARING, a.SUSPENSE), (a.SUSPENSE, a.PSP_CLEARING)),
    "suspense_resolved": Rule(settlement.suspense_resolved, (a.SUSPENSE, ANY), (ANY, a.SUSPENSE)),
    "dispute_opened": Rule(settlement.dispute_opened, (a.DISPUTES, a.DISPUTE_FEES), (a.PSP_CLEARING,)),
    "dispute_won": Rule(settlement.dispute_won, (a.PSP_CLEARING,), (a.DISPUTES,)),
    "dispute_lost": Rule(settlement.dispute_lost, (a.DISPUTE_LOSSES,), (a.DISPUTES,)),
    "goods_receipt": Rule(
        payables.goods_receipt, (a.INVENTORY, a.PRICE_VARIANCE), (a.GR_IR, a.PRICE_VARIANCE)
    ),
    "supplier_invoice": Rule(
        payables.supplier_invoice, (a.GR_IR, a.PRICE_VARIANCE), (a.AP, a.PRICE_VARIANCE)
    ),
    "supplier_payment": Rule(payables.supplier_payment, (a.AP,), (a.BANK,)),
    "opening_stock": Rule(stock.opening_stock, (a.INVENTORY,), (a.OPENING,)),
    "transfer_out": Rule(stock.transfer_out, (a.IN_TRANSIT,), (a.INVENTORY,)),
    "transfer_in": Rule(stock.transfer_in, (a.INVENTORY,), (a.IN_TRANSIT,)),
    "count": Rule(stock.count, (a.SHRINKAGE, a.INVENTORY), (a.INVENTORY, a.SHRINKAGE)),
    "transit_loss": Rule(stock.transit_loss, (a.SHRINKAGE, a.IN_TRANSIT), (a.IN_TRANSIT, a.SHRINKAGE)),
    "till_sales": Rule(
        stores.till_sales,
        (a.CASH, a.PSP_CLEARING, a.SALES_RETURNS, a.TAX_PAYABLE),
        (a.REVENUE, a.TAX_PAYABLE, a.CASH, a.PSP_CLEARING),
    ),
    "till_back": Rule(stores.till_back, (a.INVENTORY, a.SCRAP), (a.COGS,)),
    "till_cost": Rule(stores.till_cost, (a.COGS,), (a.INVENTORY,)),
    "rounding": Rule(adjustments.rounding, (a.ROUNDING, ANY), (ANY, a.ROUNDING)),
    "exchange": Rule(adjustments.exchange, (ANY, a.FX_LOSS), (a.FX_GAIN, ANY)),
    "revaluation": Rule(adjustments.revaluation, (a.VALUATION, a.FX_LOSS), (a.FX_GAIN, a.VALUATION)),
    "revaluation_reversed": Rule(
        adjustments.revaluation_reversed, (a.FX_GAIN, a.VALUATION), (a.VALUATION, a.FX_LOSS)
    ),
    "capture_exchanged": Rule(adjustments.capture_exchanged, (a.CURRENCY_CLEARING,), (a.AR,)),
    "refund_exchanged": Rule(adjustments.refund_exchanged, (a.REFUNDS_PAYABLE,), (a.CURRENCY_CLEARING,)),
    "exchanged": Rule(
        adjustments.exchanged, (a.PSP_CLEARING, a.CURRENCY_CLEARING), (a.CURRENCY_CLEARING, a.PSP_CLEARING)
    ),
    "intercompany_sold": Rule(
        adjustments.intercompany_sold,
        (a.INTERCOMPANY_RECEIVABLE, a.COGS),
        (a.REVENUE, a.INVENTORY),
    ),
    "intercompany_bought": Rule(adjustments.intercompany_bought, (a.COGS,), (a.INTERCOMPANY_PAYABLE,)),
    "intercompany_taken_back": Rule(
        adjustments.intercompany_taken_back,
        (a.REVENUE, a.INTERCOMPANY_RECEIVABLE),
        (a.INTERCOMPANY_RECEIVABLE, a.REVENUE),
    ),
    "intercompany_returned": Rule(
        adjustments.intercompany_returned,
        (a.INTERCOMPANY_PAYABLE, a.COGS),
        (a.COGS, a.INTERCOMPANY_PAYABLE),
    ),
    "intercompany_sent": Rule(adjustments.intercompany_sent, (a.INTERCOMPANY_RECEIVABLE,), (a.INVENTORY,)),
    "intercompany_expected": Rule(
        adjustments.intercompany_expected, (a.IN_TRANSIT,), (a.INTERCOMPANY_PAYABLE,)
    ),
}

MANUAL_STEPS = ("journal", "reversal")
