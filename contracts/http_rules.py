"""What an order must be beyond the types of its fields: known names, sums that agree, nothing contradictory.

Every rule reads the decoded JSON itself, so that the rules whose fields are well formed still speak where other
fields are not: a client is told everything at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from .channels import CHANNELS
from .countries import COUNTRIES
from .http import FieldError, Time
from .money import EXPONENTS
from .orders import GIFT_CARD
from .stores import STORES

# Services by what they need: goods that travel need somewhere to go, a pickup a place to wait.
SERVICES: dict[str, str] = {
    "standard": "address",
    "express": "address",
    "next-day": "address",
    "pickup": "pickup_location",
    "digital": "nothing",
}
# Above it, sums would leave what JSON's readers hold exactly (RFC 8259, section 6).
MAX_TOTAL_MINOR = 2**53 - 1

TEST_TOKENS = frozenset(
    {
        "tok_visa", "tok_declined", "tok_review", "tok_timeout", "tok_capture_fails", "tok_refund_pending",
        "tok_refund_fails", "tok_refund_pending_fails", "tok_dispute_won", "tok_dispute_lost", "tok_short",
        "tok_lapses",
    }
)  # fmt: skip
TEST_SKUS = frozenset({"T-OUT", "T-SHORT", "T-LOST", "T-ERP-REJECT"})

Fine = Callable[[str], bool]
Rule = Callable[[dict[str, Any], Fine], Iterator[FieldError]]


def contradictions(order: dict[str, Any], bad: Iterable[str] = ()) -> list[FieldError]:
    """What is wrong with an order beyond its fields' own types. `bad`: pointers of ill-typed fields."""
    fine = _fine_unless(bad)
    return [error for rule in RULES for error in rule(order, fine)]


def test_values(order: dict[str, Any]) -> list[FieldError]:
    """Every test value of the sandbox in a well-typed order: refused where money is real."""
    found = [f"/payments/{n}/token" for n, one in enumerate(order["payments"]) if one["token"] in TEST_TOKENS]
    found += [f"/lines/{n}/sku" for n, line in enumerate(order["lines"]) if line["sku"] in TEST_SKUS]
    return [FieldError(at, "test-value-refused", "a test value of the sandbox") for at in found]


def _fine_unless(bad: Iterable[str]) -> Fine:
    """A predicate: nothing is wrong at this pointer, below it or above it."""
    wrong = set(bad)
    if not wrong:
        return lambda pointer: True
    tainted = set(wrong)
    for pointer in wrong:
        while pointer:
            pointer = pointer.rpartition("/")[0]
            tainted.add(pointer)

    def fine(pointer: str) -> bool:
        if pointer in tainted:
            return False
        while pointer:
            pointer = pointer.rpartition("/")[0]
            if pointer in wrong:
                return False
        return True

    return fine


def _known_names(order: dict[str, Any], fine: Fine) -> Iterator[FieldError]:
    if fine("/channel") and order["channel"] not in CHANNELS:
        yield FieldError("/channel", "unknown-channel", f"known are {', '.join(CHANNELS)}")
    if fine("/currency") and order["currency"] not in EXPONENTS:
        yield FieldError("/currency", "unknown-currency", f"known are {', '.join(EXPONENTS)}")
    for name in ("ship_to", "bill_to"):
        at = f"/{name}/country"
        if fine(at) and order.get(name) and order[name]["country"] not in COUNTRIES:
            yield FieldError(at, "unknown-country", "no country has this code (ISO 3166-1 alpha-2)")


def _line_ids(order: dict[str, Any], fine: Fine) -> Iterator[FieldError]:
    lines = order.get("lines")
    seen: set[str] = set()
    for n, line in enumerate(lines if isinstance(lines, list) else ()):
        at = f"/lines/{n}/line_id"
        if not fine(at):
            continue
        if line["line_id"] in seen:
            yield FieldError(at, "duplicate-line-id", "an earlier line has this line_id")
        seen.add(line["line_id"])


def _line_discounts(order: dict[str, Any], fine: Fine) -> Iterator[FieldError]:
    lines = order.get("lines")
    for n, line in enumerate(lines if isinstance(lines, list) else ()):
        at = f"/lines/{n}"
        if fine(at) and _off(line) > line["quantity"] * line["unit_price_minor"]:
            yield FieldError(f"{at}/discounts", "discount-too-large", "more than the line comes to")


def _sums(order: dict[str, Any], fine: Fine) -> Iterator[FieldError]:
    if not all(fine(f"/{name}") for name in ("lines", "discounts", "gift_cards")):
        return
    if not order["lines"] and not order.get("gift_cards"):
        # That is told already.
        return
    lines = sum(line["quantity"] * line["unit_price_minor"] - _off(line) for line in order["lines"])
    if _off(order) > max(lines, 0):
        yield FieldError("/discounts", "discount-too-large", "more than the lines come to")
        return
    if not fine("/shipping_minor") or any(
        _off(line) > line["quantity"] * line["unit_price_minor"] for line in order["lines"]
    ):
        return
    total = lines - _off(order) + order.get("shipping_minor", 0) + _sold(order)
    if total > MAX_TOTAL_MINOR:
        yield FieldError("/lines", "amount-too-large", "the order's total is beyond 2^53 - 1")
    elif fine("/payments") and fine("/prices_include_tax"):
        paid = sum(payment["amount_minor"] for payment in order["payments"])
        inclusive = order.get("prices_include_tax", True)
        if inclusive and paid != total:
            detail = (
                f"the payments come to {paid}, the order to {total}; where prices include tax they are equal"
            )
            yield FieldError("/payments", "payments-mismatch", detail)
        elif paid < total:
            detail = f"the payments come to {paid}, the order before tax to {total}"
            yield FieldError("/payments", "payments-mismatch", detail)


def _cards(order: dict[str, Any], fine: Fine) -> Iterator[FieldError]:
    """Gift cards that the order sells: codes told apart, paid with money, and alone only where nothing is shipped."""
    if not (fine("/gift_cards") and fine("/lines")):
        return
    cards = order.get("gift_cards", ())
    if not order["lines"] and not cards:
        yield FieldError("/lines", "too-short", "the least is 1 items, or a gift card that is sold")
    elif not order["lines"] and fine("/shipping_minor") and order.get("shipping_minor", 0):
        yield FieldError("/shipping_minor", "nothing-to-ship", "gift cards alone are not shipped")
    taken = {line["line_id"] for line in order["lines"]}
    codes: set[str] = set()
    for n, card in enumerate(cards):
        if card["line_id"] in taken:
            yield FieldError(
                f"/gift_cards/{n}/line_id", "duplicate-line-id", "an earlier line has this line_id"
            )
        if card["code"] in codes:
            yield FieldError(f"/gift_cards/{n}/code", "duplicate-code", "an earlier gift card has this code")
        taken.add(card["line_id"])
        codes.add(card["code"])
    if cards and fine("/payments"):
        money = sum(one["amount_minor"] for one in order["payments"] if one["method"] != GIFT_CARD)
        if money < _sold(order):
            yield FieldError("/payments", "gift-card-by-gift-card", "no gift card pays for a gift card")


def _sold(order: dict[str, Any]) -> int:
    return sum(card["amount_minor"] for card in order.get("gift_cards", ()))


def _delivery(order: dict[str, Any], fine: Fine) -> Iterator[FieldError]:
    delivery = order.get("delivery")
    if delivery is None or not fine("/delivery"):
        # No service was named, so nothing says what it would need.
        return
    service = delivery.get("service", "standard")
    needs = SERVICES.get(service)
    if needs is None:
        yield FieldError("/delivery/service", "unknown-service", f"known are {', '.join(SERVICES)}")
    elif needs == "pickup_location" and not delivery.get("pickup_location"):
        yield FieldError("/delivery/pickup_location", "required", "a pickup needs the place it waits at")
    elif needs == "pickup_location" and delivery["pickup_location"] not in STORES:
        yield FieldError("/delivery/pickup_location", "unknown-store", f"known are {', '.join(STORES)}")
    elif needs == "address":
        to = order.get("ship_to")
        for name in ("lines", "city"):
            at = f"/ship_to/{name}"
            if fine(at) and isinstance(to, dict) and not to.get(name):
                yield FieldError(at, "required", "the delivery service needs the address")


def _dates(order: dict[str, Any], fine: Fine) -> Iterator[FieldError]:
    delivery, placed = order.get("delivery"), order.get("placed_at")
    if not (fine("/delivery/ship_by") and fine("/placed_at") and isinstance(delivery, dict)):
        return
    ship_by = delivery.get("ship_by")
    if ship_by is not None and placed is not None:
        if msgspec.convert(ship_by, Time) < msgspec.convert(placed, Time):
            yield FieldError("/delivery/ship_by", "before-placed-at", "the order was not placed by then")


def _quote(order: dict[str, Any], fine: Fine) -> Iterator[FieldError]:
    row = CHANNELS.get(order["channel"]) if fine("/channel") else None
    if row is not None and row.price_policy == "quote" and fine("/quote_id") and not order.get("quote_id"):
        yield FieldError("/quote_id", "quote-missing", "the channel sells at the prices of a quote alone")


def _off(discounted: dict[str, Any]) -> int:
    return sum(discount["amount_minor"] for discount in discounted.get("discounts", ()))


RULES: tuple[Rule, ...] = (_known_names, _line_ids, _line_discounts, _sums, _delivery, _dates, _quote, _cards)
