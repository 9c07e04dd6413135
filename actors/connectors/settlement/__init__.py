"""Settlement files: one small table a provider's way of writing them, one reading, one list of checks."""

from __future__ import annotations

from contracts.providers import PROVIDERS

from ..refusals import Problem
from .checks import checked
from .debit_credit import DEBIT_CREDIT
from .dialect import SettlementDialect, SettlementFile, SettlementRefused
from .signed_net import SIGNED_NET
from .two_columns import TWO_COLUMNS

__all__ = ["DIALECTS", "SettlementFile", "SettlementRefused", "read_file"]

DIALECTS: dict[str, SettlementDialect] = {
    dialect.name: dialect for dialect in (DEBIT_CREDIT, TWO_COLUMNS, SIGNED_NET)
}


def read_file(provider: str, name: str, data: bytes) -> SettlementFile:
    """The file in our words, its control total checked. Raises SettlementRefused naming every problem."""
    row = PROVIDERS.get(provider)
    if row is None:
        raise SettlementRefused(
            name, [Problem(0, "provider", "unknown-provider", f"no provider {provider!r}")]
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SettlementRefused(name, [Problem(line, "", "malformed", "not UTF-8 text")]) from None
    return checked(DIALECTS[row.files], provider, name, text)
