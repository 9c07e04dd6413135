"""What all benchmarks share: interleaved rounds, medians, ratios, bars, a table and JSON.

Machines are shared and noisy: every case of a round is measured once, then the next round begins, so that a
disturbance meets all cases alike; what is compared is medians of one run.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from msgspec import Struct
from rich.console import Console
from rich.table import Table


class Row(Struct, frozen=True):
    """A case: median, least and most of its rounds, and the ratio of medians against another case."""

    case: str
    unit: str
    median: float
    min: float
    max: float
    ratio: float | None = None
    against: str | None = None
    note: str = ""


class Bar(Struct, frozen=True):
    """What was asked for and what was measured."""

    bar: str
    needed: str
    measured: float
    held: bool


class Report(Struct, frozen=True):
    """A benchmark's outcome, as its `--json`."""

    benchmark: str
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    rounds: int
    notes: tuple[str, ...] = ()


Case = Callable[[], dict[str, float]]


def interleaved(
    cases: dict[str, Case], rounds: int, say: Callable[[str], None]
) -> dict[str, dict[str, list[float]]]:
    """Run every case once a round. Returns {case: {measure: [a value a round]}}."""
    taken: dict[str, dict[str, list[float]]] = {name: {} for name in cases}
    for number in range(rounds):
        for name, case in cases.items():
            say(f"round {number + 1} of {rounds}: {name}")
            for measure, value in case().items():
                taken[name].setdefault(measure, []).append(value)
    return taken


def row(
    case: str,
    unit: str,
    values: Sequence[float],
    *,
    against: tuple[str, Sequence[float]] | None = None,
    note: str = "",
) -> Row:
    """A row from a case's rounds."""
    median = statistics.median(values)
    ratio = None if against is None else round(median / statistics.median(against[1]), 3)
    return Row(
        case,
        unit,
        round(median, 3),
        round(min(values), 3),
        round(max(values), 3),
        ratio,
        None if against is None else against[0],
        note,
    )


def show(report: Report, console: Console) -> None:
    """The rows, the bars and the notes, for people."""
    table = Table(title=f"{report.benchmark}, medians of {report.rounds} interleaved rounds", box=None)
    for column in ("case", "unit", "median", "min", "max", "ratio", "against", ""):
        table.add_column(column, justify="right" if column in ("median", "min", "max", "ratio") else "left")
    for one in report.rows:
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        table.add_row(
            one.case,
            one.unit,
            f"{one.median:,.1f}",
            f"{one.min:,.1f}",
            f"{one.max:,.1f}",
            ratio,
            one.against or "",
            one.note,
        )
    console.print(table)
    for bar in report.bars:
        style = "green" if bar.held else "bold red"
        held = "held" if bar.held else "MISSED"
        console.print(f"{bar.bar}: needed {bar.needed}, measured {bar.measured:,.2f}: {held}", style=style)
    for note in report.notes:
        console.print(note, style="dim")
