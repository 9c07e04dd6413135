"""The vocabulary of till files: what a till has sold, paid and taken away already, uploaded when it closes.

Amounts are in minor units of the store's currency, net and tax apart, as they stand on the receipt.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

# What may become of goods that a till takes back: on the shelf again, put aside as second grade, or thrown away.
GRADES = ("A", "B", "scrap")


class TillItem(Struct, array_like=True, frozen=True, gc=False):
    """Units of a SKU on a receipt, what they came to, and the tax on it; of goods taken back, their grade."""

    sku: str
    quantity: int
    net_minor: int
    tax_minor: int
    grade: str = ""


class TillSale(Struct, array_like=True, frozen=True, gc=False):
    """A receipt: when it was printed, what was sold, and how it was paid."""

    receipt: str
    placed_at_ms: int
    items: tuple[TillItem, ...]
    cash_minor: int
    card_minor: int


class TillTotal(Struct, array_like=True, frozen=True, gc=False):
    """What sales come to: as a till counted them itself when it closed, or as its file tells them."""

    sales: int
    units: int
    net_minor: int
    tax_minor: int
    cash_minor: int
    card_minor: int


def total_of(sales: Iterable[TillSale]) -> TillTotal:
    """What receipts come to."""
    count = units = net = tax = cash = card = 0
    for sale in sales:
        count += 1
        cash += sale.cash_minor
        card += sale.card_minor
        for item in sale.items:
            units += item.quantity
            net += item.net_minor
            tax += item.tax_minor
    return TillTotal(count, units, net, tax, cash, card)


NOTHING = TillTotal(0, 0, 0, 0, 0, 0)


class TillFile(Struct, array_like=True, frozen=True, gc=False):
    """A closing of a till, whole. `file_id` is the closing's number, unique among all stores.

    `refunds` are receipts of goods that the till took back, for so much cash and so much onto cards; `refunded` is what
    it counted of them.
    """

    store: str
    till: str
    file_id: str
    name: str
    sha256: str
    currency: str
    opened_at_ms: int
    closed_at_ms: int
    control: TillTotal
    sales: tuple[TillSale, ...]
    refunds: tuple[TillSale, ...] = ()
    refunded: TillTotal = NOTHING


class ImportTillFile(Struct, array_like=True, frozen=True, gc=False):
    """A file that could be read, every receipt of it paid in full. Its control total is still to be compared."""

    store: str
    file_id: str
    file: TillFile


class RefuseTillFile(Struct, array_like=True, frozen=True, gc=False):
    """A file that cannot be meant so. `code` is the first problem's; nothing of it is recorded."""

    store: str
    file_id: str
    name: str
    sha256: str
    code: str
    problems: tuple[str, ...]


class HoldTillFile(Struct, array_like=True, frozen=True, gc=False):
    """The file cannot be posted as it is: whole, it waits."""

    store: str
    file_id: str
    code: str
    problems: tuple[str, ...]


class ResolveTillFile(Struct, array_like=True, frozen=True, gc=False):
    """A person decides over a file that waits: `post` what its receipts say, or `discard` it."""

    store: str
    file_id: str
    action: str
    principal: str
    reason: str


class TillFileImported(Struct, array_like=True, frozen=True, gc=False):
    """till_file.imported: its receipts come to its control total, or a person posts it as it is."""

    store: str
    file_id: str
    file: TillFile
    by: str = ""
    reason: str = ""


class TillFileRefused(Struct, array_like=True, frozen=True, gc=False):
    """till_file.refused: nothing of these bytes is in any book."""

    store: str
    file_id: str
    name: str
    sha256: str
    code: str
    problems: tuple[str, ...]


class TillFileHeld(Struct, array_like=True, frozen=True, gc=False):
    """till_file.held: it waits, nothing of it is posted. `nth` counts how often it had to."""

    store: str
    file_id: str
    sha256: str
    code: str
    problems: tuple[str, ...]
    nth: int


class TillFileDiscarded(Struct, array_like=True, frozen=True, gc=False):
    """till_file.discarded: a person gave it up. What comes under its id is taken as if it were the first."""

    store: str
    file_id: str
    by: str
    reason: str


# What the flow asks of the book.


class PostTillFile(Struct, array_like=True, frozen=True, gc=False):
    """finance.post_till_file: revenue, tax and what was paid, less what was given back, as of the closing; with the
    cost of what left, of what stands on the shelves again, and of what was taken back and thrown away.
    """

    store: str
    file_id: str
    book: str
    location: str
    currency: str
    jurisdiction: str
    provider: str
    closed_at_ms: int
    total: TillTotal
    cost_minor: int
    refunded: TillTotal = NOTHING
    back_cost_minor: int = 0
    scrapped_cost_minor: int = 0


class TillFilePosted(Struct, array_like=True, frozen=True, gc=False):
    """till_file.posted: it is in the book, and its units have left the stock."""

    store: str
    file_id: str
    book: str
    currency: str
    provider: str
    total: TillTotal
    cost_minor: int
    refunded: TillTotal = NOTHING


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "stores.import_till_file": (1, ImportTillFile),
    "stores.refuse_till_file": (1, RefuseTillFile),
    "stores.hold_till_file": (1, HoldTillFile),
    "stores.resolve_till_file": (1, ResolveTillFile),
    "till_file.imported": (1, TillFileImported),
    "till_file.refused": (1, TillFileRefused),
    "till_file.held": (1, TillFileHeld),
    "till_file.discarded": (1, TillFileDiscarded),
    "till_file.posted": (1, TillFilePosted),
    "finance.post_till_file": (1, PostTillFile),
}
