"""The vocabulary of deposits: money taken before the goods are there, kept until they ship, or given back."""

from __future__ import annotations

from msgspec import Struct

# Why an amount is captured before anything is invoiced, and in the place of a return: what goes back of it.
DEPOSIT = "deposit"


class DepositPart(Struct, array_like=True, frozen=True, gc=False):
    """So much of it is taken from an authorization."""

    authorization_id: str
    amount_minor: int


class DepositAsked(Struct, array_like=True, frozen=True, gc=False):
    """flow.deposit_asked: the order waits for its goods, and its channel wants a part of the price meanwhile."""

    order_id: str
    parts: tuple[DepositPart, ...]


class DepositHeld(Struct, array_like=True, frozen=True, gc=False):
    """deposit.held: it is captured and stands on customer deposits."""

    order_id: str
    book: str
    provider: str
    capture_id: str
    currency: str
    amount_minor: int


class ReturnDeposit(Struct, array_like=True, frozen=True, gc=False):
    """finance.return_deposit: what is held of an order's deposit is owed to the customer again."""

    order_id: str
    book: str
    capture_id: str
    currency: str
    amount_minor: int


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "flow.deposit_asked": (1, DepositAsked),
    "deposit.held": (1, DepositHeld),
    "finance.return_deposit": (1, ReturnDeposit),
}
