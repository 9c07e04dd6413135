"""A till file: what is remembered of it, and whether its receipts come to its control total. Pure."""

from __future__ import annotations

from msgspec import Struct

from contracts.money import format_minor
from contracts.tills import TillFile, TillTotal, total_of

# What is refused, waits or was discarded may come again; what is posted, or about to be, never under other bytes.
REFUSED, WAITING, DISCARDED, POSTING, POSTED = "refused", "waiting", "discarded", "posting", "posted"
KEPT = (POSTING, POSTED)


class FileState(Struct):
    """A file. Its content is kept until it is in the books; `held` counts how often it had to wait.

    `open` are the (category, id) of exceptions that are open for it.
    """

    sha256: str
    status: str
    content: TillFile | None = None
    held: int = 0
    open: tuple[tuple[str, str], ...] = ()


class StoreState(Struct):
    """All of a store: one small row a file."""

    files: dict[str, FileState] = {}


def differences(file: TillFile) -> tuple[str, ...]:
    """Every part of the control total that the receipts do not come to, as a sentence."""
    wrong = _differences(file.control, total_of(file.sales), file.currency, "")
    return (*wrong, *_differences(file.refunded, total_of(file.refunds), file.currency, "refunds: "))


def _differences(said: TillTotal, found: TillTotal, currency: str, of: str) -> list[str]:
    wrong = []
    for name in TillTotal.__struct_fields__:
        theirs, ours = getattr(said, name), getattr(found, name)
        if theirs != ours:
            what, _, unit = name.partition("_")
            if unit:
                wrong.append(
                    f"{of}{what}: the till counted {format_minor(theirs, currency)}, its receipts come to"
                    f" {format_minor(ours, currency)}"
                )
            else:
                wrong.append(f"{of}{what}: the till counted {theirs}, its file has {ours}")
    return wrong
