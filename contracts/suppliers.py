"""Suppliers as data: what may be ordered without asking, what may differ, and when they are paid."""

from __future__ import annotations

from msgspec import Struct

DAY_MS = 86_400_000


class Supplier(Struct, frozen=True):
    """A row. Tolerances are basis points: of the price agreed, of the quantity expected or received.

    An order over `approval_limit_minor` waits for a person. What is neither delivered `delivery_grace_ms` after
    its day nor invoiced `invoice_grace_ms` after its delivery becomes an exception. `terms_ms` after its invoice
    is matched the supplier is paid, on a working day of the buyer; 0 is at once.
    """

    terms_ms: int = 30 * DAY_MS
    price_tolerance_bp: int = 200
    over_tolerance_bp: int = 1_000
    under_tolerance_bp: int = 500
    invoice_tolerance_bp: int = 0
    approval_limit_minor: int = 100_000_000
    delivery_grace_ms: int = 2 * DAY_MS
    invoice_grace_ms: int = 14 * DAY_MS


SUPPLIERS: dict[str, Supplier] = {
    "SUP-A": Supplier(terms_ms=0),
    "SUP-B": Supplier(),
}

_ANY = Supplier()


def supplier_of(name: str) -> Supplier:
    """The supplier's row; one that has none is treated like any other."""
    return SUPPLIERS.get(name, _ANY)
