"""Whether what a body names is known: SKUs of a pool's price list, its locations, and a price's currency."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.channels import POOLS, price_list_of
from contracts.entities import entity_of_location
from contracts.http import FieldError
from contracts.suppliers import SUPPLIERS

from ..door import Gateway
from ..problems import Problem

# JSON pointer and what stands there.
Named = Iterable[tuple[str, str]]


class KnownGoods:
    """Gathers everything unknown that a body names; `check` raises Problem 422 with all of it."""

    def __init__(self, gateway: Gateway, pool: str = "default", *, pointer: str = "/pool") -> None:
        self._gateway = gateway
        self.pool = pool
        self.errors: list[FieldError] = []
        if pool not in POOLS:
            self.errors.append(FieldError(pointer, "unknown-pool", f"known are {', '.join(POOLS)}"))

    def skus(self, named: Named) -> None:
        """They stand in the pool's price list."""
        prices = self._gateway.system.look("catalog", price_list_of(self.pool))
        known = prices.rows if prices is not None else {}
        self._unknown(named, known, "unknown-sku", "the price list has no such SKU")

    def locations(self, named: Named) -> None:
        """Stock of the pool lies there, or has."""
        state = self._gateway.system.look("inventory", self.pool)
        known = state.locations if state is not None else ()
        self._unknown(named, known, "unknown-location", "no stock of the pool lies there")

    def suppliers(self, named: Named) -> None:
        """We buy from them."""
        self._unknown(named, SUPPLIERS, "unknown-supplier", f"known are {', '.join(SUPPLIERS)}")

    def currency(self, pointer: str, currency: str, location: str) -> None:
        """Goods are bought in the currency of the book in which they will stand."""
        base = entity_of_location(location).base_currency
        self._unknown([(pointer, currency)], (base,), "other-currency", f"goods there are bought in {base}")

    def distinct(self, named: Named, code: str = "named-twice") -> None:
        """None of them stands there twice."""
        seen: set[str] = set()
        for pointer, name in named:
            if name in seen:
                self.errors.append(FieldError(pointer, code, "it stands there twice"))
            seen.add(name)

    def _unknown(self, named: Named, known: Iterable[str], code: str, detail: str) -> None:
        there = set(known)
        self.errors += [FieldError(pointer, code, detail) for pointer, name in named if name not in there]

    def check(self) -> None:
        """Raises Problem 422."""
        if self.errors:
            raise Problem("invalid-body", "some fields are not valid", errors=self.errors)


def cost_minor(gateway: Gateway, pool: str, sku: str) -> int:
    """What a unit of a known SKU costs in stock."""
    prices = gateway.system.look("catalog", price_list_of(pool))
    return prices.rows[sku].cost_minor if prices is not None and sku in prices.rows else 0


def pointed(lines: Iterable[object], field: str) -> list[tuple[str, str]]:
    """The pointer and the text of a field of every line."""
    return [(f"/lines/{n}/{field}", getattr(line, field)) for n, line in enumerate(lines)]
