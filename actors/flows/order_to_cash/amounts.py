"""The flow's arithmetic: taxable amounts, invoices, how a total is shared over payments. Pure integers."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.demand import Lines
from contracts.entities import entity_of_book
from contracts.finance import InvoiceLine, IssueInvoice
from contracts.orders import Order, line_totals_minor, order_total_minor
from contracts.partners import ErpLine, TaxableLine, TaxCalculated

from .state import FlowState, Held

_CARD_SKU = "GIFT-CARD"


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` over weights, to the unit: largest remainders get what is left, earlier ones first."""
    whole = sum(weights)
    if whole == 0:
        return [total if n == 0 else 0 for n in range(len(weights))]
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda n: (-(total * weights[n] % whole), n))
    for n in by_remainder[:left]:
        parts[n] += 1
    return parts


def order_discount_minor(order: Order) -> int:
    """What is taken off the whole order."""
    return sum([discount.amount_minor for discount in order.discounts]) if order.discounts else 0


def taxable_amounts(order: Order) -> list[int]:
    """Each line's amount after its own discounts and its share of the order's."""
    totals = line_totals_minor(order)
    discount = order_discount_minor(order)
    if not discount:
        return totals
    return [total - share for total, share in zip(totals, shares(discount, totals), strict=True)]


def taxable_lines(state: FlowState) -> tuple[TaxableLine, ...]:
    """The lines as the tax service is asked."""
    assert state.order is not None
    return tuple(
        [
            TaxableLine(line.line_id, enriched.tax_class, amount)
            for line, enriched, amount in zip(
                state.order.lines, state.enriched, taxable_amounts(state.order), strict=True
            )
        ]
    )


def tax_minor(tax: TaxCalculated) -> int:
    """All tax of the order."""
    return sum([line.tax_minor for line in tax.lines]) + tax.shipping_tax_minor


def payable_minor(order: Order, tax: TaxCalculated) -> int:
    """What the customer owes: the total, and the tax where prices do not include it."""
    total = order_total_minor(order)
    return total if order.prices_include_tax else total + tax_minor(tax) + tax.rounding_minor


def cards_minor(order: Order) -> int:
    """What the gift cards that it sells come to."""
    return sum([card.amount_minor for card in order.gift_cards])


def erp_lines(order: Order) -> tuple[ErpLine, ...]:
    """The order as its sales order has it: its lines, and the gift cards that it sells."""
    lines = tuple(
        [
            ErpLine(line.line_id, line.sku, line.quantity, amount)
            for line, amount in zip(order.lines, line_totals_minor(order), strict=True)
        ]
    )
    if not order.gift_cards:
        return lines
    cards = [ErpLine(card.line_id, _CARD_SKU, 1, card.amount_minor) for card in order.gift_cards]
    return (*lines, *cards)


def goods_minor(order: Order, tax: TaxCalculated) -> int:
    """What of it its invoices will ask for: all but the gift cards that it sells."""
    return payable_minor(order, tax) - cards_minor(order)


def invoice(state: FlowState, order_id: str, shipment_id: str, location: str, book: str) -> IssueInvoice:
    """The invoice of the whole order."""
    order, tax = state.order, state.tax
    assert order is not None and tax is not None
    amounts = taxable_amounts(order)
    included = order.prices_include_tax
    lines = tuple(
        [
            InvoiceLine(
                line.line_id,
                line.sku,
                line.quantity,
                amount - line_tax.tax_minor if included else amount,
                line_tax.tax_minor,
                enriched.cost_minor,
            )
            for line, enriched, line_tax, amount in zip(
                order.lines, state.enriched, tax.lines, amounts, strict=True
            )
        ]
    )
    shipping = order.shipping_minor - (tax.shipping_tax_minor if included else 0)
    off_lines = sum([d.amount_minor for line in order.lines if line.discounts for d in line.discounts])
    return IssueInvoice(
        order_id,
        book,
        shipment_id,
        location,
        order.currency,
        tax.jurisdiction,
        lines,
        shipping,
        tax.shipping_tax_minor,
        off_lines + order_discount_minor(order),
        entity_of_book(book).rounding,
        tax.rounding_minor,
    )


def share_of(total: int, before: int, after: int, whole: int) -> int:
    """What falls on the units from `before` to `after` of `whole`; all of them together make up `total`."""
    return total * after // whole - total * before // whole


def invoice_of_part(
    state: FlowState, order_id: str, shipment_id: str, location: str, book: str, lines: Lines
) -> IssueInvoice:
    """The invoice of a shipment of some of the order's units, which `state` counts as shipped already.

    A line's amounts are shared over its units so that all its shipments come to the line, to the unit. Shipping
    is invoiced with the first.
    """
    order, tax, several = state.order, state.tax, state.several
    assert order is not None and tax is not None and several is not None
    included = order.prices_include_tax
    units: dict[str, int] = {}
    for shipped in lines:
        units[shipped.line_id] = units.get(shipped.line_id, 0) + shipped.quantity
    rows, discount = [], 0
    for line, enriched, line_tax, amount in zip(
        order.lines, state.enriched, tax.lines, taxable_amounts(order), strict=True
    ):
        left = units.get(line.line_id, 0)
        if not left:
            continue
        upto = several.shipped[line.line_id]
        part = share_of(amount, upto - left, upto, line.quantity)
        part_tax = share_of(line_tax.tax_minor, upto - left, upto, line.quantity)
        net = part - part_tax if included else part
        discount += left * line.unit_price_minor - part
        rows.append(InvoiceLine(line.line_id, line.sku, left, net, part_tax, enriched.cost_minor))
    first = several.shipments == 1
    # What the document is rounded by is asked for with the first part that may bear it.
    rounding = tax.rounding_minor if first and 2 * abs(tax.rounding_minor) <= len(rows) + 1 else 0
    shipping_tax = tax.shipping_tax_minor if first else 0
    shipping = (order.shipping_minor if first else 0) - (shipping_tax if included else 0)
    return IssueInvoice(
        order_id, book, shipment_id, location, order.currency, tax.jurisdiction, tuple(rows), shipping,
        shipping_tax, discount, entity_of_book(book).rounding, rounding,
    )  # fmt: skip


def captures(held: Sequence[Held], due_minor: int) -> list[tuple[Held, int]]:
    """What to take from each authorization, in order, until the amount due is reached."""
    taken: list[tuple[Held, int]] = []
    for one in held:
        amount = min(one.amount_minor, due_minor)
        if amount > 0:
            taken.append((one, amount))
            due_minor -= amount
    return taken
