"""The vocabulary of edits: what a customer wants changed of an order that is accepted and not released yet.

The order stands still for it, by its window or a hold; what was released before is out of reach. It is priced and
taxed anew, more money is authorized if more is owed, and its stock is reserved anew in one turn of the pool; if any
of that fails the edit is refused by name and the order goes on as it was.
"""

from __future__ import annotations

from msgspec import Struct

from .inventory import DemandLine
from .orders import Order, OrderLine, PostalAddress
from .partners import ErpLine


class EditOrder(Struct, array_like=True, frozen=True, gc=False):
    """orders.edit: all its lines as they are to be, or where it goes, or both. What is not given stays."""

    order_id: str
    edit_id: str
    by: str
    lines: tuple[OrderLine, ...] = ()
    ship_to: PostalAddress | None = None


class ApplyEdit(Struct, array_like=True, frozen=True, gc=False):
    """orders.apply_edit: everything is done, the order is this now."""

    order_id: str
    edit_id: str
    total_minor: int
    tax_minor: int


class RefuseEdit(Struct, array_like=True, frozen=True, gc=False):
    """orders.refuse_edit: the order stays as it was. `reason` is a stable code."""

    order_id: str
    edit_id: str
    reason: str


class EditRequested(Struct, array_like=True, frozen=True, gc=False):
    """order.edit_requested: `order` as it is to be."""

    order_id: str
    edit_id: str
    by: str
    order: Order


class OrderEdited(Struct, array_like=True, frozen=True, gc=False):
    """order.edited: the order is what its edit asked for."""

    order_id: str
    edit_id: str
    order: Order
    total_minor: int
    tax_minor: int


class EditRefused(Struct, array_like=True, frozen=True, gc=False):
    """order.edit_refused: `reason` is a stable code, `already-released` above all."""

    order_id: str
    edit_id: str
    reason: str


class ChangeReservation(Struct, array_like=True, frozen=True, gc=False):
    """inventory.change_reservation: these lines in place of what the order holds, at one location, or no change."""

    order_id: str
    pool: str
    lines: tuple[DemandLine, ...]
    channel: str


class ReviseFulfillmentOrder(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.revise: other lines, another location or address, under a new key. It stays held."""

    fulfillment_order_id: str
    order_id: str
    location: str
    effect_key: str
    lines: tuple[DemandLine, ...]
    ship_to: PostalAddress


class FulfillmentRevised(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.revised"""

    fulfillment_order_id: str
    order_id: str
    location: str
    effect_key: str
    lines: tuple[DemandLine, ...]
    ship_to: PostalAddress


class ChangeSalesOrder(Struct, array_like=True, frozen=True, gc=False):
    """erp.change_sales_order: the sales order is over this now. The same again changes nothing."""

    order_id: str
    effect_key: str
    total_minor: int
    lines: tuple[ErpLine, ...]


class ErpChanged(Struct, array_like=True, frozen=True, gc=False):
    """erp.order_changed"""

    order_id: str
    document_id: str


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "orders.edit": (1, EditOrder),
    "orders.apply_edit": (1, ApplyEdit),
    "orders.refuse_edit": (1, RefuseEdit),
    "order.edit_requested": (1, EditRequested),
    "order.edited": (1, OrderEdited),
    "order.edit_refused": (1, EditRefused),
    "inventory.change_reservation": (1, ChangeReservation),
    "fulfillment.revise": (1, ReviseFulfillmentOrder),
    "fulfillment.revised": (1, FulfillmentRevised),
    "erp.change_sales_order": (1, ChangeSalesOrder),
    "erp.order_changed": (1, ErpChanged),
}
