"""The verdict on the terminal: what held, what was thrown at it, how long it took, and how to see it again."""

from __future__ import annotations

from rich.columns import Columns
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from .money import revenue_rows
from .result import RevenueFigures, RunResult, verdict_line
from .waiting import drain_rows, memory_rows
from .words import clock, compression, count, duration, words

STYLES = {
    "held": "green",
    "broken": "bold red",
    "not exercised": "yellow",
    "stalled": "bold red",
    "slow": "yellow",
}


def print_verdict(result: RunResult, console: Console) -> None:
    """Print tables and, last, the verdict line with the command that repeats the run."""
    console.print(_invariants(result))
    tables = [_orders(result), _latency(result), _levels(result), _faults(result), _backlog(result)]
    if result.load.trace_rows:
        tables.append(_trace(result))
    if result.revenue is not None:
        tables.append(_revenue(result.revenue))
    tables += [_drains(result), _memory(result)]
    console.print()
    console.print(Columns([table for table in tables if table.row_count], padding=(1, 4)))
    if result.faults_never:
        console.print(Text(f"faults that struck nowhere: {', '.join(result.faults_never)}", style="dim"))
    for invariant in result.invariants:
        if invariant.first_violation is not None:
            violation = invariant.first_violation
            at = "" if violation.at_ms is None else f" at {clock(violation.at_ms)}"
            steps = [Text(step) for step in violation.timeline]
            body = Group(Text(violation.message), *steps)
            title = Text(f"{invariant.id} {violation.subject}{at}")
            console.print(Panel(body, title=title, title_align="left", border_style="red"))
    console.print()
    console.print(Text(verdict_line(result), style=STYLES[result.verdict]))
    console.print(Text(_pace(result), style="dim"))
    console.print(Text(f"journal sha256 {result.journal_sha256}", style="dim"), soft_wrap=True)
    # No wrapping: the line is there to be copied.
    console.print(Text(f"replay: {result.replay}"), soft_wrap=True)


def _pace(result: RunResult) -> str:
    load = result.load
    return (
        f"{clock(int(result.virtual_s * 1000))} virtual in {result.wall_s:.1f} s, {count(result.turns)} turns "
        f"({count(result.turns_per_wall_s)}/s), {load.base_per_s}/s then {load.storm_per_s}/s, "
        f"{compression(load.time_compression)}"
    )


def _table(title: str, *columns: str) -> Table:
    """The first column is text, the others are numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index else "left", header_style="dim")
    return table


def _invariants(result: RunResult) -> Table:
    table = _table("invariants", "id")
    table.add_column("", header_style="dim")
    table.add_column("state", header_style="dim")
    table.add_column("checked", justify="right", header_style="dim")
    table.add_column("at risk", justify="right", header_style="dim")
    for one in result.invariants:
        state = one.state
        said = f"{state}: {one.why_not}" if state == "not exercised" and one.why_not else state
        table.add_row(
            one.id, one.title, Text(said, style=STYLES[state]), count(one.checked), count(one.at_risk)
        )
    return table


def _orders(result: RunResult) -> Table:
    table = _table("orders", "", "")
    orders = result.orders
    for name in ("submitted", "received", "accepted", "completed", "rejected", "cancelled", "excepted"):
        table.add_row(name, count(getattr(orders, name)))
    table.add_row("in flight, most", count(result.in_flight.max))
    table.add_row("in flight, p95", count(result.in_flight.p95))
    return table


def _latency(result: RunResult) -> Table:
    table = _table("latency (virtual)", "", "p50", "p95", "p99")
    for name, one in (("accept", result.latency_ms.accept), ("effect", result.latency_ms.effect)):
        table.add_row(name, duration(one.p50), duration(one.p95), duration(one.p99))
    return table


def _levels(result: RunResult) -> Table:
    table = _table("service levels", "", "measured", "limit", "")
    for one in result.slo:
        held = Text("held" if one.held else "missed", style="green" if one.held else "yellow")
        table.add_row(one.name, duration(one.measured_ms), duration(one.limit_ms), held)
    return table


def _faults(result: RunResult) -> Table:
    table = _table("faults that took effect", "", "")
    for kind, number in sorted(result.faults.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(words(kind), count(number))
    return table


def _backlog(result: RunResult) -> Table:
    table = _table("longest backlog", "", "")
    for system, size in sorted(result.backlog_max.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(system, count(size))
    return table


def _trace(result: RunResult) -> Table:
    load = result.load
    table = _table("the trace", "", "")
    table.add_row("rows", count(load.trace_rows))
    table.add_row("lines of orders", count(load.trace_lines))
    for kind, number in load.trace_kinds.items():
        table.add_row(words(kind), count(number))
    for note, number in load.trace_notes.items():
        table.add_row(Text(f"{words(note)} (kept)", style="dim"), Text(count(number), style="dim"))
    return table


def _revenue(revenue: RevenueFigures) -> Table:
    table = _table("the trace's money", "", "")
    for what, how_much in revenue_rows(revenue):
        table.add_row(what, how_much)
    return table


def _drains(result: RunResult) -> Table:
    table = _table("backlogs drained", "", "")
    for row in drain_rows(result):
        table.add_row(*row)
    return table


def _memory(result: RunResult) -> Table:
    table = _table("memory, MiB", "", "resident", "the system", "the world")
    for row in memory_rows(result):
        table.add_row(*row)
    return table
