"""What a settlement dialect is: tables from a provider's words to ours, and how its amounts are signed.

SettlementRefused   the file cannot be meant so: the provider's mistake (or the way's), told with every problem
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contracts.settlement import ControlTotal, SettlementLine

from ..refusals import FileRefused

# A record as the provider has it: field name -> text.
Record = Mapping[str, str]
# text of the amount field `name` in a record -> minor units, or a problem noted and 0
Minor = Callable[[str], int]


class SettlementRefused(FileRefused):
    """A settlement file of which nothing may be recorded."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file taken apart and not yet understood. `ended` is False where its end is missing."""

    header: Record
    rows: list[tuple[int, Record]]
    control: Record
    control_line: int
    ended: bool


@dataclass(frozen=True, slots=True)
class SettlementDialect:
    """One provider's way. Tables go from our field to theirs.

    `header` has file_id, payout_id, currency, paid_on; `line` line_id, type, reference, order_ref, currency;
    `kinds` from their types to ours (None: a record that is no line). `amounts(record, minor)` and
    `control(record, minor)` give gross, fee and net, signed our way, and name only fields of theirs.
    `count` is the control's field for the number of lines. `open` raises ValueError(line, field, detail).
    """

    name: str
    open: Callable[[str], Opened]
    header: Mapping[str, str]
    line: Mapping[str, str]
    kinds: Mapping[str, str | None]
    amounts: Callable[[Record, Minor], tuple[int, int, int]]
    count: str
    control: Callable[[Record, Minor], tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class SettlementFile:
    """A file in our words. Its lines are distinct and come to its control total."""

    provider: str
    file_id: str
    name: str
    payout_id: str
    currency: str
    paid_on: str
    control: ControlTotal
    lines: tuple[SettlementLine, ...]
