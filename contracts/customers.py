"""The vocabulary of customers: who they are, as channels and the CRM tell it, and how they are erased.

A guest has no record: what an order says of them is under the order's own seal, and they are erased by the order.
"""

from __future__ import annotations

from msgspec import Struct

from .orders import Person, PostalAddress
from .partners import CallGaveUp

GUEST = "guest:"
# How long an erasure may be put off by open orders before a person has to look.
ERASE_WITHIN_MS = 30 * 86_400_000


def guest_of(order_id: str) -> str:
    """The key of an order's guest."""
    return GUEST + order_id


# Commands to `customers`.


class UpsertCustomer(Struct, array_like=True, frozen=True, gc=False):
    """This is the customer as of `changed_at_ms`, says `source`: the newest wins, of two at once the CRM's.

    `new`: nobody is known by this number yet, or they are erased.
    """

    customer_id: str
    source: str
    changed_at_ms: int
    person: Person
    address: PostalAddress | None = None
    new: bool = False


class NoteOrder(Struct, array_like=True, frozen=True, gc=False):
    """The customer has ordered. `refs` are the seals of what the order says of them."""

    customer_id: str
    order_id: str
    channel: str
    refs: tuple[str, ...]
    contact: Person | None = None


class EraseCustomer(Struct, array_like=True, frozen=True, gc=False):
    """Erase the customer, once no open order needs their address. A guest is erased by `order_id`."""

    customer_id: str
    by: str
    reason: str
    order_id: str = ""


# A question to `orders`, and its answer.


class TellNeed(Struct, array_like=True, frozen=True, gc=False):
    """Does the order still need what it knows of its customer?"""

    order_id: str
    customer_id: str


class NeedTold(Struct, array_like=True, frozen=True, gc=False):
    """`status` is the order's; `open`: it may still have to be shipped, recalled or looked at by a person."""

    order_id: str
    customer_id: str
    status: str
    open: bool
    refs: tuple[str, ...]


# A command to the vault, and what comes of it.


class DestroySeals(Struct, array_like=True, frozen=True, gc=False):
    """vault.destroy. `order_id` is the customer's key: what the call is about."""

    order_id: str
    effect_key: str
    refs: tuple[str, ...]


class SealsDestroyed(Struct, array_like=True, frozen=True, gc=False):
    """vault.destroyed: nobody will ever read what was under these."""

    order_id: str
    refs: tuple[str, ...]


# Facts of `customers`.


class CustomerUpserted(Struct, array_like=True, frozen=True, gc=False):
    """customer.upserted"""

    customer_id: str
    source: str
    changed_at_ms: int
    person: Person
    address: PostalAddress | None


class ErasureRequested(Struct, array_like=True, frozen=True, gc=False):
    """customer.erasure_requested: these orders are asked whether they still need the customer."""

    customer_id: str
    by: str
    reason: str
    due_ms: int
    orders: tuple[str, ...]


class ErasureDeferred(Struct, array_like=True, frozen=True, gc=False):
    """customer.erasure_deferred: these orders need the address; they are asked again then."""

    customer_id: str
    orders: tuple[str, ...]
    again_at_ms: int


class CustomerErasing(Struct, array_like=True, frozen=True, gc=False):
    """customer.erasing: no order is open, the vault is told to forget these seals."""

    customer_id: str
    orders: tuple[str, ...]
    refs: tuple[str, ...]


class CustomerErased(Struct, array_like=True, frozen=True, gc=False):
    """customer.erased: nothing of the customer can be read any more. Orders and money stay as they were."""

    customer_id: str
    at_ms: int
    orders: tuple[str, ...]
    refs: tuple[str, ...]


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "customers.upsert": (1, UpsertCustomer),
    "customers.note_order": (1, NoteOrder),
    "customers.erase": (1, EraseCustomer),
    "customers.need_told": (1, NeedTold),
    "orders.tell_need": (1, TellNeed),
    "vault.destroy": (1, DestroySeals),
    "vault.destroyed": (1, SealsDestroyed),
    "vault.call_gave_up": (1, CallGaveUp),
    "customer.upserted": (1, CustomerUpserted),
    "customer.erasure_requested": (1, ErasureRequested),
    "customer.erasure_deferred": (1, ErasureDeferred),
    "customer.erasing": (1, CustomerErasing),
    "customer.erased": (1, CustomerErased),
}
