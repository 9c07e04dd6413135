"""The plots of a run as SVG text, made with matplotlib without its global state.

Colours are written as placeholders and then turned into CSS variables, so that the page's light and dark
colours hold in the plots too. Text stays text. Equal results give equal bytes: no dates, salted ids.
"""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, MultipleLocator, NullLocator

from .result import FaultMark, PhaseSpan, RunResult, Series
from .words import clock, words

# Placeholder -> CSS variable of the page.
INK, FAINT, GRID, STORM = "#010101", "#020202", "#030303", "#040404"
LINES = ("#050501", "#050502", "#050503", "#050504", "#050505", "#050506")
VARIABLES = {
    INK: "var(--ink)",
    FAINT: "var(--faint)",
    GRID: "var(--grid)",
    STORM: "var(--storm)",
    **{colour: f"var(--c{n})" for n, colour in enumerate(LINES, start=1)},
}
PLACE_COLOURS = {
    "connector": LINES[0],
    "channel": LINES[1],
    "process": LINES[3],
    "window": LINES[2],
    "elsewhere": FAINT,
}

WIDTH_IN = 10.4
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "tidegate",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": FAINT,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "figure.facecolor": "none",
    "lines.linewidth": 1.6,
    "lines.solid_joinstyle": "round",
}
_TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)
_LATENCY_TICKS_MS = (1, 10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000)

Draw = Callable[[Axes, Series], None]


def plot(result: RunResult, series: Series, draw: Draw, height_in: float, label: str) -> str:
    """One plot over the run's virtual time as an `<svg>` element, `label` being its text alternative."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH_IN, height_in))
        FigureCanvasSVG(figure)
        # The same margins everywhere, so that instants stand below each other down the page.
        left, right = 0.136, 0.982
        bottom, top = 0.30 / height_in, 1 - 0.34 / height_in
        axes = figure.add_axes((left, bottom, right - left, top - bottom))
        end_ms = max([1_000, *series.t_ms, *(phase.to_ms for phase in result.phases)])
        axes.set_xlim(0, end_ms / 1000)
        _phases(axes, result.phases)
        draw(axes, series)
        _time_axis(axes, end_ms)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return _for_page(text.getvalue(), label)


def _for_page(svg: str, label: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'(<svg\b[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg\b[^>]*?) width="[^"]*"', rf'\1 role="img" aria-label="{label}"', svg, count=1)
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    # Names of groups would stand in the page once for each plot.
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r"font: ([0-9.]+px) [^;\"]*", r"font-size: \1", svg)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, variable)
    return svg.strip()


def _time_axis(axes: Axes, end_ms: int) -> None:
    step = next((step for step in _TIME_STEPS_S if end_ms / 1000 / step <= 12), _TIME_STEPS_S[-1])
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda second, _: clock(int(second * 1000))))
    axes.grid(axis="x", visible=False)


def _phases(axes: Axes, phases: Sequence[PhaseSpan]) -> None:
    for phase in phases:
        middle = (phase.from_ms + phase.to_ms) / 2000
        if phase.name == "storm":
            axes.axvspan(phase.from_ms / 1000, phase.to_ms / 1000, color=STORM, alpha=0.12, linewidth=0)
        else:
            axes.axvline(phase.from_ms / 1000, color=GRID, linewidth=0.8)
        low, high = axes.get_xlim()
        # A name needs room: about a twentieth of the axis.
        if phase.to_ms - phase.from_ms >= (high - low) * 1000 / 20:
            colour = STORM if phase.name == "storm" else FAINT
            axes.annotate(
                phase.name,
                (middle, 1),
                xycoords=axes.get_xaxis_transform(),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                color=colour,
                fontsize=8,
            )


def _from_zero(axes: Axes, *lines: Sequence[int]) -> None:
    highest = max((max(line, default=0) for line in lines), default=0)
    # Room for the legend above the lines.
    axes.set_ylim(0, max(1, highest) * 1.22)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=(1, 2, 5, 10), integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,.0f}"))


def _legend(axes: Axes) -> None:
    axes.legend(loc="upper right", ncol=6, handlelength=1.4, columnspacing=1.4, borderaxespad=0.2)


def _seconds(series: Series) -> list[float]:
    return [at / 1000 for at in series.t_ms]


def throughput(axes: Axes, series: Series) -> None:
    """Arrivals against completions."""
    at = _seconds(series)
    axes.fill_between(at, series.arrivals, step="mid", color=LINES[0], alpha=0.18, linewidth=0)
    axes.step(at, series.arrivals, where="mid", color=LINES[0], linewidth=1.0, label="arrivals")
    axes.plot(at, series.completions, color=LINES[1], label="completions")
    _from_zero(axes, series.arrivals, series.completions)
    _legend(axes)


def in_flight(axes: Axes, series: Series) -> None:
    """Orders received and not yet at rest."""
    at = _seconds(series)
    axes.fill_between(at, series.in_flight, color=LINES[3], alpha=0.18, linewidth=0)
    axes.plot(at, series.in_flight, color=LINES[3])
    _from_zero(axes, series.in_flight)


def backlog(axes: Axes, series: Series) -> None:
    """What waits for each system; systems that nothing ever waited for are left out."""
    at = _seconds(series)
    waited = [(system, sizes) for system, sizes in sorted(series.backlog.items()) if any(sizes)]
    for n, (system, sizes) in enumerate(waited):
        axes.plot(at, sizes, color=LINES[n % len(LINES)], label=system)
    _from_zero(axes, *(sizes for _, sizes in waited))
    if waited:
        _legend(axes)


def latency(axes: Axes, series: Series) -> None:
    """Accept and effect, median and 95th percentile of what ended in each second."""
    at = _seconds(series)
    drawn = [
        ("accept p50", series.accept_p50, LINES[0], "-"),
        ("accept p95", series.accept_p95, LINES[0], (0, (2, 1.2))),
        ("effect p50", series.effect_p50, LINES[1], "-"),
        ("effect p95", series.effect_p95, LINES[1], (0, (2, 1.2))),
    ]
    values = [max(1, value) for _, line, _, _ in drawn for value in line if value is not None]
    for label, line, colour, style in drawn:
        numbers = [math.nan if value is None else max(1, value) for value in line]
        width = 1.6 if style == "-" else 1.1
        axes.plot(at, numbers, color=colour, linestyle=style, linewidth=width, label=label)
    axes.set_yscale("log")
    if values:
        axes.set_ylim(min(values) / 1.6, max(values) * 4)
    axes.yaxis.set_major_locator(FixedLocator(_LATENCY_TICKS_MS))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda ms, _: _tick(int(ms))))
    _legend(axes)


def _tick(ms: int) -> str:
    for unit_ms, unit in ((3_600_000, "h"), (60_000, "min"), (1_000, "s")):
        if ms >= unit_ms:
            return f"{ms // unit_ms} {unit}"
    return f"{ms} ms"


def _place(mark: FaultMark) -> str:
    place = mark.place.partition(":")[0]
    return place if place in PLACE_COLOURS else "elsewhere"


def fault_kinds(series: Series) -> list[str]:
    """The kinds that struck, by place and name: the rows of the plot of faults."""
    place = {mark.kind: _place(mark) for mark in series.faults}
    return sorted(place, key=lambda kind: (list(PLACE_COLOURS).index(place[kind]), kind))


def faults(axes: Axes, series: Series) -> None:
    """A row for each kind; a mark stands for a second, its height for how many struck in it."""
    kinds = fault_kinds(series)
    # Marks closer than this run into each other.
    seconds = 1 + len(series.t_ms) // 600
    struck: dict[str, Counter[int]] = {kind: Counter() for kind in kinds}
    colours: dict[str, str] = {}
    for mark in series.faults:
        struck[mark.kind][mark.at_ms // 1000 // seconds * seconds] += 1
        colours[mark.kind] = PLACE_COLOURS[_place(mark)]
    for row, kind in enumerate(kinds):
        most = max(struck[kind].values())
        at = sorted(struck[kind])
        half = [0.10 + 0.30 * struck[kind][second] / most for second in at]
        axes.vlines(
            [second + seconds / 2 for second in at],
            [row - size for size in half],
            [row + size for size in half],
            color=colours[kind],
            linewidth=1.4,
        )
    axes.set_ylim(len(kinds) - 0.4, -0.6)
    axes.set_yticks(range(len(kinds)), [words(kind) for kind in kinds])
