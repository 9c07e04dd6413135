"""Legal entities as data: base currency, time zone, calendar, chart of accounts, tax registrations, book.

Every order, location and posting belongs to one. Days, periods and cut-offs are the entity's local ones.
"""

from __future__ import annotations

from msgspec import Struct


class TaxRegistration(Struct, frozen=True):
    """The entity collects this jurisdiction's tax under this number."""

    jurisdiction: str
    number: str


class Entity(Struct, frozen=True):
    """A row. `time_zone` is an IANA name; `weekend` names ISO weekdays (1 is Monday) on which nobody works and
    `holidays` days as yyyymmdd; `chart` is a row of `contracts.accounts.CHARTS`; `rounding` is `line` or
    `document`: whether tax is rounded on each line, or once on the document. Finance records are kept
    for `retention_years` after the end of the year that they fall into. Another entity's customer gets its goods
    at cost and `transfer_markup_bp` of it.
    """

    id: str
    name: str
    book: str
    base_currency: str
    time_zone: str
    tax_registrations: tuple[TaxRegistration, ...]
    chart: str = "standard"
    weekend: tuple[int, ...] = (6, 7)
    holidays: tuple[int, ...] = ()
    rounding: str = "line"
    retention_years: int = 10
    transfer_markup_bp: int = 500


# Bank holidays in England and Wales (source: gov.uk), with their substitute days.
_BANK_HOLIDAYS = (
    20260101, 20260403, 20260406, 20260504, 20260525, 20260831, 20261225, 20261228,
    20270101, 20270326, 20270329, 20270503, 20270531, 20270830, 20271227, 20271228,
)  # fmt: skip

ENTITIES: dict[str, Entity] = {
    entity.id: entity
    for entity in (
        Entity(
            "GB01",
            "Tidegate Retail Ltd",
            "GB01",
            "GBP",
            "Europe/London",
            (TaxRegistration("GB", "GB123456789"), TaxRegistration("FR", "FR40303265045")),
            holidays=_BANK_HOLIDAYS,
            retention_years=6,
        ),
        # Holds goods that GB01 sells.
        Entity(
            "GB02",
            "Tidegate Distribution Ltd",
            "GB02",
            "GBP",
            "Europe/London",
            (TaxRegistration("GB", "GB987654321"),),
            holidays=_BANK_HOLIDAYS,
            retention_years=6,
        ),
        Entity(
            "JP01",
            "Tidegate Japan K.K.",
            "JP01",
            "JPY",
            "Asia/Tokyo",
            (TaxRegistration("JP", "T1234567890123"),),
            rounding="document",
        ),
        Entity(
            "KW01",
            "Tidegate Kuwait W.L.L.",
            "KW01",
            "KWD",
            "Asia/Kuwait",
            (TaxRegistration("KW", "KW100200300"),),
            weekend=(5, 6),
        ),
        Entity(
            "US01",
            "Tidegate Inc.",
            "US01",
            "USD",
            "America/New_York",
            (TaxRegistration("US-NY", "13-1234567"),),
            retention_years=7,
        ),
    )
}

# Whose goods lie at a location. What has no row is the first entity's. Who shares a stock pool shares a base currency.
HOME = "GB01"
LOCATIONS: dict[str, str] = {"WH3": "GB02"}

ENTITY_OF_BOOK: dict[str, Entity] = {entity.book: entity for entity in ENTITIES.values()}


def entity_of_location(location: str) -> Entity:
    """The entity whose goods lie at a location."""
    return ENTITIES[LOCATIONS.get(location, HOME)]


def entity_of_book(book: str) -> Entity:
    """The entity whose book this is. LookupError where there is none: nothing may be posted there."""
    try:
        return ENTITY_OF_BOOK[book]
    except KeyError:
        raise LookupError(f"no legal entity has the book {book!r}") from None
