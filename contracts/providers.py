"""Payment providers as data: how their settlement files are written, and whose book they are about."""

from __future__ import annotations

from msgspec import Struct


class Provider(Struct, frozen=True):
    """A row. `files` names a dialect of actors/connectors/settlement; `book` is the legal entity that is paid out."""

    files: str
    book: str = "GB01"


PROVIDERS: dict[str, Provider] = {
    "psp-a": Provider("debit_credit"),
    "psp-b": Provider("two_columns"),
    "psp-c": Provider("signed_net"),
}
