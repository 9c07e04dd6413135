"""The customer: what is known of them, which orders are theirs, how far their erasure has come. Pure."""

from __future__ import annotations

from msgspec import Struct

from contracts.customers import CustomerUpserted, NeedTold, UpsertCustomer
from contracts.orders import Person, PostalAddress
from contracts.private import pii_refs

CRM = "crm"
# How often open orders are asked again: twice as long each time, up to the last.
AGAIN_MS, AGAIN_AT_MOST_MS = 60_000, 6 * 3_600_000

KNOWN, ASKING, DEFERRED, ERASING, ERASED = "known", "asking", "deferred", "erasing", "erased"


class CustomerState(Struct):
    """One customer, or one order's guest.

    `orders` are those whose seals still stand, with their seals; `refs` those of the records told so far. `needs` are
    the answers of the orders asked in this round, `asked` how many rounds there were.
    """

    status: str = "none"
    source: str = ""
    changed_at_ms: int = 0
    person: Person | None = None
    address: PostalAddress | None = None
    orders: dict[str, tuple[str, ...]] = {}
    refs: tuple[str, ...] = ()
    asking: tuple[str, ...] = ()
    needs: dict[str, NeedTold] = {}
    asked: int = 0
    due_ms: int = 0
    overdue: bool = False
    erased_at_ms: int = 0
    waiting_for: tuple[str, ...] = ()
    again_at_ms: int = 0
    # What the vault was told to forget, and has not said yet that it has.
    destroying: tuple[str, ...] = ()


def is_newer(state: CustomerState, told: UpsertCustomer | CustomerUpserted) -> bool:
    """Whether this is news. What was true before an erasure never comes back."""
    if told.changed_at_ms <= state.erased_at_ms:
        return False
    known = (state.changed_at_ms, state.source == CRM)
    return (told.changed_at_ms, told.source == CRM) > known


def seals_of(told: UpsertCustomer | CustomerUpserted) -> tuple[str, ...]:
    """The seals of a record."""
    return tuple(pii_refs(told))


def pause_ms(asked: int) -> int:
    """How long until open orders are asked again, after so many rounds."""
    return min(AGAIN_MS << min(asked, 16), AGAIN_AT_MOST_MS)


def open_orders(state: CustomerState, last: NeedTold) -> tuple[str, ...] | None:
    """With this answer: the orders that still need the customer; None while answers are missing."""
    needs = {**state.needs, last.order_id: last}
    if any(order_id not in needs for order_id in state.asking):
        return None
    return tuple([order_id for order_id in state.asking if needs[order_id].open])


def seals_to_destroy(state: CustomerState, last: NeedTold | None) -> tuple[str, ...]:
    """Every seal there is of the customer, each once; but none of an order that came while others were asked.

    Nobody asked that one whether it still needs the customer, so it is of the life that begins now.
    """
    told = [*state.needs.values(), *([] if last is None else [last])]
    refs = dict.fromkeys(state.refs)
    came: set[str] = set()
    for order_id, theirs in state.orders.items():
        if order_id in state.asking:
            refs.update(dict.fromkeys(theirs))
        else:
            came.update(theirs)
    for one in told:
        refs.update(dict.fromkeys(one.refs))
    return tuple([ref for ref in refs if ref not in came])
