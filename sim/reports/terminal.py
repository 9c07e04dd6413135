"""The run on the terminal: live while it goes on, then the verdict.

Whoever calls brings the wall clock (`now`, in seconds): it decides only how often something is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from .result import Progress
from .words import clock, count, words

Show = Callable[[Progress], None]

DRAW_EVERY_S = 0.15
LINE_EVERY_S = 3.0
PHASE_STYLES = {"calm": "green", "storm": "bold red", "heal": "yellow", "settle": "cyan", "check": "magenta"}


@contextmanager
def live_progress(console: Console, title: str, now: Callable[[], float]) -> Iterator[Show]:
    """A function to hand snapshots to: a live panel on a terminal, else a line every few seconds."""
    if not console.is_terminal:
        yield _throttled(lambda progress: console.print(progress_line(progress)), now, LINE_EVERY_S)
        return
    with Live(console=console, auto_refresh=False, transient=True) as live:

        def draw(progress: Progress) -> None:
            live.update(progress_panel(progress, title), refresh=True)

        yield _throttled(draw, now, DRAW_EVERY_S)


def _throttled(show: Show, now: Callable[[], float], every_s: float) -> Show:
    """The first snapshot, each first one of a phase, and otherwise one in `every_s`."""
    shown_at: float | None = None
    shown_phase = ""

    def maybe(progress: Progress) -> None:
        nonlocal shown_at, shown_phase
        at = now()
        if shown_at is None or progress.phase != shown_phase or at - shown_at >= every_s:
            shown_at, shown_phase = at, progress.phase
            show(progress)

    return maybe


def progress_line(progress: Progress) -> str:
    """A snapshot as one plain line."""
    parts = [
        f"{clock(progress.virtual_ms):>8} {progress.phase:<6}",
        f"received {count(progress.received)}/{count(progress.planned)}",
        f"accepted {count(progress.accepted)}",
        f"completed {count(progress.completed)}",
        f"in flight {count(progress.in_flight)}",
    ]
    waiting = {system: size for system, size in progress.backlog.items() if size}
    if waiting:
        parts.append("backlog " + " ".join(f"{system} {count(size)}" for system, size in waiting.items()))
    parts.append(f"faults {count(sum(progress.faults.values()))}")
    return "  ".join(parts)


def progress_panel(progress: Progress, title: str) -> RenderableType:
    """A snapshot as a panel: virtual clock and phase, orders, backlog by system, faults so far."""
    head = Text()
    head.append(f" {progress.phase.upper()} ", style=f"reverse {PHASE_STYLES.get(progress.phase, 'white')}")
    head.append(f"  {clock(progress.virtual_ms)}", style="bold")
    head.append(" virtual", style="dim")
    head.append(f"   {count(progress.turns)} turns" if progress.turns else "")
    head.append(f"   {count(progress.in_flight)} orders in flight")
    columns = Table.grid(padding=(0, 4))
    columns.add_row(_orders(progress), _backlog(progress), _faults(progress))
    return Panel(Group(head, Text(), columns), title=title, title_align="left", border_style="dim")


def _orders(progress: Progress) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    for name, number in (
        ("received", progress.received),
        ("accepted", progress.accepted),
        ("completed", progress.completed),
        ("closed otherwise", progress.closed),
    ):
        bar = ProgressBar(total=max(1, progress.planned), completed=number, width=24)
        table.add_row(name, bar, Text(count(number), justify="right"))
    return table


def _backlog(progress: Progress) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_row(Text("backlog", style="bold"), "")
    for system, size in sorted(progress.backlog.items()):
        table.add_row(system, Text(count(size), justify="right", style="yellow" if size else "dim"))
    return table


def _faults(progress: Progress) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_row(Text("faults so far", style="bold"), Text(count(sum(progress.faults.values()))))
    for kind, number in sorted(progress.faults.items()):
        table.add_row(words(kind), Text(count(number), justify="right"))
    return table
