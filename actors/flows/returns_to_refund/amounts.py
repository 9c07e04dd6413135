"""The flow's arithmetic: what may come back, what is credited for it, from which captures it is paid. Pure integers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from contracts.channels import FIRST, PRO_RATA
from contracts.money import BASIS, share_half_up
from contracts.refunds import CaptureLeft, CreditLine
from contracts.returns import CardPaid, InspectedLine, ReturnLine, SoldLine


def units_by_line(lines: Iterable[ReturnLine]) -> dict[str, int]:
    """Units of each line, summed."""
    units: dict[str, int] = {}
    for line in lines:
        units[line.line_id] = units.get(line.line_id, 0) + line.quantity
    return units


def denial(
    sold: Sequence[SoldLine], back: Mapping[str, int], wanted: Iterable[ReturnLine]
) -> tuple[str, str] | None:
    """(code, detail) where these units may not come back; `back` is what has come or may still come."""
    shipped = {line.line_id: line.quantity for line in sold}
    lines = tuple(wanted)
    for line in lines:
        if line.quantity < 1:
            return "over-return", f"of line {line.line_id} {line.quantity} cannot come back"
    for line_id, units in units_by_line(lines).items():
        if line_id not in shipped:
            return "unknown-line", f"the order shipped no line {line_id}"
        left = shipped[line_id] - back.get(line_id, 0)
        if units > left:
            return "over-return", f"of line {line_id} {left} may come back, not {units}"
    return None


def credited_units(line: InspectedLine) -> int:
    """What the customer is credited: everything but what is sent back."""
    return line.grade_a + line.grade_b + line.scrap


def part(amount_minor: int, before: int, units: int, of: int) -> int:
    """The part of an amount over `of` units that falls to the `units` behind the first `before`.

    Parts of all units add up to the amount exactly, however they are cut.
    """
    return share_half_up(amount_minor, before + units, of) - share_half_up(amount_minor, before, of)


def net_and_tax(line: SoldLine, units: int) -> tuple[int, int]:
    """What the first `units` of a line came to. Gross is cut first: a customer sees that, and tax within it."""
    whole = line.net_minor + line.tax_minor
    gross = share_half_up(whole, units, line.quantity)
    tax = share_half_up(gross, line.tax_minor, whole) if whole else 0
    return gross - tax, tax


def credit_lines(
    sold: Iterable[SoldLine], taken: Mapping[str, int], inspected: Iterable[InspectedLine]
) -> tuple[CreditLine, ...]:
    """What is credited of each line; `taken` is what earlier returns were credited."""
    by_id = {line.line_id: line for line in sold}
    before = dict(taken)
    credited = []
    for line in inspected:
        units = credited_units(line)
        if not units:
            continue
        of = by_id[line.line_id]
        first = before.get(line.line_id, 0)
        before[line.line_id] = first + units
        net, tax = net_and_tax(of, first + units)
        net_before, tax_before = net_and_tax(of, first)
        net, tax = net - net_before, tax - tax_before
        discount = part(of.discount_minor, first, units, of.quantity)
        credited.append(CreditLine(line.line_id, of.sku, units, net, tax, discount))
    return tuple(credited)


def gross_minor(lines: Iterable[CreditLine]) -> int:
    """What the lines come to, tax included."""
    return sum([line.net_minor + line.tax_minor for line in lines])


def fee_minor(gross: int, fee_bp: int) -> int:
    """What is kept for restocking."""
    return share_half_up(gross, fee_bp, BASIS)


def cost_minor(sold: Iterable[SoldLine], units: Mapping[str, int]) -> int:
    """What these units cost."""
    return sum([line.cost_minor * units.get(line.line_id, 0) for line in sold])


def graded_costs_minor(sold: Iterable[SoldLine], inspected: Iterable[InspectedLine]) -> tuple[int, int, int]:
    """What the units cost that go back on the shelf, to scrap, and back to the customer."""
    cost = {line.line_id: line.cost_minor for line in sold}
    restocked = scrapped = refused = 0
    for line in inspected:
        restocked += cost[line.line_id] * (line.grade_a + line.grade_b)
        scrapped += cost[line.line_id] * line.scrap
        refused += cost[line.line_id] * line.refused
    return restocked, scrapped, refused


def placed_costs_minor(
    sold: Iterable[SoldLine], inspected: Iterable[InspectedLine], location: str
) -> dict[str, tuple[int, int, int]]:
    """The same by location; units of which none is told are at `location`."""
    rows, places = tuple(sold), dict[str, list[InspectedLine]]()
    for line in inspected:
        places.setdefault(line.location or location, []).append(line)
    return {where: graded_costs_minor(rows, lines) for where, lines in places.items()}


def refunds(
    captures: Iterable[CaptureLeft],
    asked: Mapping[str, int],
    payable_minor: int,
    cards: Iterable[CardPaid] = (),
    refund_by: str = FIRST,
) -> list[tuple[CaptureLeft | CardPaid, int]]:
    """What to give back of each capture and onto each gift card, until the amount payable is reached.

    `asked` is what was asked back of a capture or for a card before. `pro_rata`: every means of payment gets its share
    by what it has left of what it paid; else the captures are first, in their order. What nothing has left for stays
    unpaid.
    """
    tenders: dict[str, list[tuple[CaptureLeft | CardPaid, int]]] = {}
    for capture in captures:
        left = max(0, capture.left_minor - asked.get(capture.capture_id, 0))
        tenders.setdefault(capture.authorization_id or capture.capture_id, []).append((capture, left))
    for card in cards:
        left = max(0, card.amount_minor - asked.get(card.card_id, 0))
        tenders.setdefault(card.card_id, []).append((card, left))
    rooms = [sum([left for _, left in parts]) for parts in tenders.values()]
    shares = pro_rata(payable_minor, rooms) if refund_by == PRO_RATA else in_order(payable_minor, rooms)
    paid: list[tuple[CaptureLeft | CardPaid, int]] = []
    for parts, share in zip(tenders.values(), shares, strict=True):
        of_parts = in_order(share, [left for _, left in parts])
        paid += [(of, amount) for (of, _), amount in zip(parts, of_parts, strict=True) if amount]
    return paid


def in_order(amount_minor: int, rooms: Sequence[int]) -> list[int]:
    """An amount put where there is room for it, the first first."""
    shares = []
    for room in rooms:
        shares.append(min(room, amount_minor))
        amount_minor -= shares[-1]
    return shares


def pro_rata(amount_minor: int, rooms: Sequence[int]) -> list[int]:
    """An amount shared by the room that there is, never more than that anywhere; odd units go to the last with room."""
    whole = sum(rooms)
    if amount_minor >= whole:
        return list(rooms)
    shares = [amount_minor * room // whole for room in rooms]
    odd = amount_minor - sum(shares)
    for n in reversed(range(len(rooms))):
        more = min(odd, rooms[n] - shares[n])
        shares[n] += more
        odd -= more
    return shares
