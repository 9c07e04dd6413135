"""Sales: invoice and cost of what left, money taken before and after, gift cards."""

from __future__ import annotations

from contracts.accounts import (
    AR,
    BAD_DEBTS,
    COGS,
    DEPOSITS,
    DISCOUNTS,
    GIFT_CARDS,
    INVENTORY,
    PSP_CLEARING,
    REFUNDS_PAYABLE,
    REVENUE,
    ROUNDING,
    SHIPPING_REVENUE,
    TAX_PAYABLE,
    sub,
)
from contracts.finance import Entry, IssueInvoice

from .sides import credit, debit, nonzero, signed


def invoice_gross_minor(invoice: IssueInvoice) -> int:
    """What the customer owes for this shipment."""
    return (
        sum([line.net_minor + line.tax_minor for line in invoice.lines])
        + invoice.shipping_net_minor
        + invoice.shipping_tax_minor
        + invoice.rounding_minor
    )


def invoice_tax_minor(invoice: IssueInvoice) -> int:
    """The tax within the invoice, as it is owed: the lines', the shipping's, and what the document rounds."""
    return sum([line.tax_minor for line in invoice.lines]) + invoice.shipping_tax_minor


def invoice(invoice: IssueInvoice) -> tuple[Entry, ...]:
    """AR, discounts / revenue (list price), shipping revenue, tax payable by jurisdiction; rounding."""
    return nonzero(
        (
            debit(AR, invoice_gross_minor(invoice)),
            debit(DISCOUNTS, invoice.discount_minor),
            credit(REVENUE, sum([line.net_minor for line in invoice.lines]) + invoice.discount_minor),
            credit(SHIPPING_REVENUE, invoice.shipping_net_minor),
            credit(sub(TAX_PAYABLE, invoice.jurisdiction), invoice_tax_minor(invoice)),
            signed(ROUNDING, -invoice.rounding_minor),
        )
    )


def cost_minor(invoice: IssueInvoice) -> int:
    """What the goods of this shipment cost."""
    return sum([line.cost_minor * line.quantity for line in invoice.lines])


def cost(invoice: IssueInvoice) -> tuple[Entry, ...]:
    """COGS / inventory by location."""
    amount = cost_minor(invoice)
    return nonzero((debit(COGS, amount), credit(sub(INVENTORY, invoice.location), amount)))


def capture(provider: str, amount_minor: int) -> tuple[Entry, ...]:
    """PSP clearing by provider / AR."""
    return nonzero((debit(sub(PSP_CLEARING, provider), amount_minor), credit(AR, amount_minor)))


def written_off(amount_minor: int) -> tuple[Entry, ...]:
    """What will not be collected: bad debts / AR."""
    return nonzero((debit(BAD_DEBTS, amount_minor), credit(AR, amount_minor)))


def deposit(provider: str, amount_minor: int) -> tuple[Entry, ...]:
    """Paid before shipment: PSP clearing / customer deposits."""
    return nonzero((debit(sub(PSP_CLEARING, provider), amount_minor), credit(DEPOSITS, amount_minor)))


def deposit_applied(amount_minor: int) -> tuple[Entry, ...]:
    """The later shipment: customer deposits / AR."""
    return nonzero((debit(DEPOSITS, amount_minor), credit(AR, amount_minor)))


def deposit_returned(amount_minor: int) -> tuple[Entry, ...]:
    """The goods will not come: customer deposits / refunds payable."""
    return nonzero((debit(DEPOSITS, amount_minor), credit(REFUNDS_PAYABLE, amount_minor)))


def gift_card_sold(provider: str, amount_minor: int) -> tuple[Entry, ...]:
    """PSP clearing / gift-card liability: no revenue, no tax."""
    return nonzero((debit(sub(PSP_CLEARING, provider), amount_minor), credit(GIFT_CARDS, amount_minor)))


def gift_card_redeemed(amount_minor: int) -> tuple[Entry, ...]:
    """Gift-card liability / AR."""
    return nonzero((debit(GIFT_CARDS, amount_minor), credit(AR, amount_minor)))
