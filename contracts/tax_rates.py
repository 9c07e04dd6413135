"""The vocabulary of tax rates: reference data from the ERP, by jurisdiction, each from an instant on.

Nothing here reckons with them, the tax service does: they are what its rates are compared with. Of all that hold by now
the one that holds since last stands; of two from one instant the later change, by the ERP's instant of it, then by its
number.
"""

from __future__ import annotations

from msgspec import Struct


class ClassRate(Struct, array_like=True, frozen=True, gc=False):
    """A class of goods and its rate in basis points."""

    tax_class: str
    rate_bp: int


class TaxRates(Struct, array_like=True, frozen=True, gc=False):
    """All rates of a jurisdiction from an instant on."""

    jurisdiction: str
    rates: tuple[ClassRate, ...]
    effective_at_ms: int
    changed_at_ms: int
    version: int


class ImportTaxRates(Struct, array_like=True, frozen=True, gc=False):
    """catalog.import_tax_rates: these hold from their instants on."""

    price_list: str
    rows: tuple[TaxRates, ...]


class TaxRatesPlanned(Struct, array_like=True, frozen=True, gc=False):
    """tax_rate.planned: these will hold when their time has come."""

    price_list: str
    rows: tuple[TaxRates, ...]


class TaxRatesChanged(Struct, array_like=True, frozen=True, gc=False):
    """tax_rate.changed: these hold now."""

    price_list: str
    rows: tuple[TaxRates, ...]


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "catalog.import_tax_rates": (1, ImportTaxRates),
    "tax_rate.planned": (1, TaxRatesPlanned),
    "tax_rate.changed": (1, TaxRatesChanged),
}
