"""The result as one HTML file: verdict, plots, tables. It opens without a network and holds no script."""

from __future__ import annotations

from html import escape
from importlib import import_module
from importlib.resources import files
from types import ModuleType

from .condense import condensed
from .money import revenue_rows
from .result import InvariantResult, RunResult, verdict_line
from .waiting import drain_rows, memory_rows
from .words import clock, compression, count, duration, words


class ReportUnavailable(Exception):
    """The library that draws the plots is not installed; the text says what to install."""


def _plots() -> ModuleType:
    try:
        return import_module("sim.reports.plots")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        raise ReportUnavailable(
            "the HTML report needs matplotlib, which is not installed: pip install tidegate[report]"
        ) from None


def check_available() -> None:
    """Raise ReportUnavailable now rather than after a long run."""
    _plots()


def html_report(result: RunResult) -> str:
    """The page. Raises ReportUnavailable."""
    style = files(__package__).joinpath("report.css").read_text(encoding="utf-8")
    title = f"{result.name} · seed {result.seed} · {result.verdict}"
    body = "".join(
        (
            _head(result),
            _figures(result),
            _violations(result),
            _drawings(result),
            _invariants(result),
            '<div class="columns">',
            _orders(result),
            _latency(result),
            _backlog(result),
            _faults(result),
            _trace(result),
            _revenue(result),
            _waiting(result),
            _kpis(result),
            "</div>\n",
            _places(result),
            _foot(result),
        )
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


def _head(result: RunResult) -> str:
    said = verdict_line(result).partition(": ")[2]
    return (
        f'<header class="{result.verdict}"><p class="pill">{result.verdict}</p>'
        f"<h1>{escape(result.name)} <span>seed {result.seed}</span></h1>"
        f"<p>{escape(said)}</p></header>\n"
    )


def _figures(result: RunResult) -> str:
    load, orders = result.load, result.orders
    tiles = (
        (count(orders.submitted), "orders", f"{count(load.orders_in_storm)} of them in the storm"),
        (f"{load.base_per_s} → {load.storm_per_s}/s", "arrivals", compression(load.time_compression)),
        (count(orders.completed), "completed", f"{count(orders.accepted)} accepted"),
        (count(result.in_flight.max), "in flight at most", f"p95 {count(result.in_flight.p95)}"),
        (count(sum(result.faults.values())), "faults", f"of {len(result.faults)} kinds"),
        (
            clock(int(result.virtual_s * 1000)),
            "virtual time",
            f"in {result.wall_s:.1f} s, {count(result.turns_per_wall_s)} turns/s",
        ),
    )
    cells = "".join(
        f"<div><strong>{escape(big)}</strong><b>{escape(name)}</b><span>{escape(small)}</span></div>"
        for big, name, small in tiles
    )
    return f'<section class="tiles">{cells}</section>\n'


def _violations(result: RunResult) -> str:
    told = []
    for invariant in result.invariants:
        violation = invariant.first_violation
        if violation is None:
            continue
        at = "" if violation.at_ms is None else f" at {clock(violation.at_ms)}"
        steps = "\n".join(violation.timeline)
        told.append(
            f'<section class="violation"><h2>{escape(invariant.id)} {escape(invariant.title)}</h2>'
            f"<p>{escape(violation.message)}</p><p><code>{escape(violation.subject)}</code>{at}</p>"
            + (f"<pre>{escape(steps)}</pre>" if steps else "")
            + "</section>\n"
        )
    return "".join(told)


def _drawings(result: RunResult) -> str:
    series = condensed(result.series)
    if not series.t_ms:
        return ""
    plots = _plots()
    kinds = len(plots.fault_kinds(series))
    drawn = [
        ("Arrivals against completions", "orders per virtual second", plots.throughput, 2.5),
        ("In flight", "orders received and not yet at rest", plots.in_flight, 1.7),
        ("Backlog by system", "calls that wait for a system's quota or for its return", plots.backlog, 2.5),
        (
            "Latency",
            "accept: arrival to promise; effect: arrival to completion; of what ended in that second",
            plots.latency,
            2.5,
        ),
    ]
    if kinds:
        text = "each mark a second, taller where more faults took effect; coloured by place"
        drawn.append(("Faults on the time line", text, plots.faults, 0.8 + 0.22 * kinds))
    return "".join(
        f"<figure><figcaption><b>{escape(title)}</b> {escape(text)}</figcaption>"
        f"{plots.plot(result, series, draw, height, title)}</figure>\n"
        for title, text, draw, height in drawn
    )


def _table(title: str, head: tuple[str, ...], rows: list[str], with_words: bool = False) -> str:
    """Rows are ready-made; the first column is text, the others are numbers (`with_words`: so are two more)."""
    if not rows:
        return ""
    cells = "".join(f"<th>{escape(name)}</th>" for name in head)
    header = f"<thead><tr>{cells}</tr></thead>" if any(head) else ""
    kind = ' class="words"' if with_words else ""
    return (
        f"<section{kind}><h2>{escape(title)}</h2><table>{header}<tbody>"
        + "".join(rows)
        + "</tbody></table></section>\n"
    )


def _row(name: str, *cells: str) -> str:
    return f"<tr><td>{escape(name)}</td>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _invariants(result: RunResult) -> str:
    return _table(
        "Invariants",
        ("", "", "state", "checked", "at risk"),
        [_invariant(one) for one in result.invariants],
        with_words=True,
    )


def _invariant(one: InvariantResult) -> str:
    state = one.state
    why = f" <small>{escape(one.why_not)}</small>" if state == "not exercised" and one.why_not else ""
    return (
        f"<tr><td><b>{escape(one.id)}</b></td><td>{escape(one.title)}</td>"
        f'<td><span class="state {state.replace(" ", "-")}">{state}</span>{why}</td>'
        f"<td>{count(one.checked)}</td><td>{count(one.at_risk)}</td></tr>"
    )


def _orders(result: RunResult) -> str:
    names = ("submitted", "received", "accepted", "completed", "rejected", "cancelled", "excepted")
    return _table("Orders", (), [_row(name, count(getattr(result.orders, name))) for name in names])


def _latency(result: RunResult) -> str:
    rows = [
        _row(name, duration(one.p50), duration(one.p95), duration(one.p99))
        for name, one in (("accept", result.latency_ms.accept), ("effect", result.latency_ms.effect))
    ]
    table = _table("Latency, virtual", ("", "p50", "p95", "p99"), rows)
    levels = [
        _row(one.name, duration(one.measured_ms), duration(one.limit_ms), "held" if one.held else "missed")
        for one in result.slo
    ]
    return table + _table("Service levels", ("", "measured", "limit", ""), levels)


def _backlog(result: RunResult) -> str:
    sizes = sorted(result.backlog_max.items(), key=lambda item: (-item[1], item[0]))
    return _table("Longest backlog", (), [_row(system, count(size)) for system, size in sizes])


def _faults(result: RunResult) -> str:
    counts = sorted(result.faults.items(), key=lambda item: (-item[1], item[0]))
    table = _table("Faults that took effect", (), [_row(words(kind), count(n)) for kind, n in counts])
    return table + _table("Reachable, never struck", (), [_row(cell) for cell in result.faults_never])


def _places(result: RunResult) -> str:
    kinds = sorted(result.faults)
    rows = [
        _row(place, *(count(struck[kind]) if kind in struck else "" for kind in kinds))
        for place, struck in sorted(result.fault_places.items())
    ]
    return _table("Faults by place", ("", *(words(kind) for kind in kinds)), rows)


def _trace(result: RunResult) -> str:
    load = result.load
    if not load.trace_rows:
        return ""
    rows = [_row("rows", count(load.trace_rows)), _row("lines of orders", count(load.trace_lines))]
    rows += [_row(words(kind), count(n)) for kind, n in load.trace_kinds.items()]
    rows += [_row(f"{words(note)} (kept)", count(n)) for note, n in load.trace_notes.items()]
    return _table("The trace", (), rows)


def _revenue(result: RunResult) -> str:
    if result.revenue is None:
        return ""
    return _table("The trace's money", (), [_row(*pair) for pair in revenue_rows(result.revenue)])


def _waiting(result: RunResult) -> str:
    drains = [_row(*row) for row in drain_rows(result)]
    memory = [_row(*row) for row in memory_rows(result)]
    head = ("", "resident", "the system", "the world")
    return _table("Backlogs drained", (), drains) + _table("Memory, MiB", head, memory)


def _kpis(result: RunResult) -> str:
    plain = [(name, value) for name, value in result.kpis.items() if isinstance(value, (int, float, str))]
    shown = [(name, count(value) if isinstance(value, int) else str(value)) for name, value in plain]
    return _table("Figures", (), [_row(words(name), value) for name, value in shown])


def _foot(result: RunResult) -> str:
    return (
        f"<footer><h2>Again</h2><pre>{escape(result.replay)}</pre>"
        f"<p>plan <code>{escape(result.plan_hash)}</code></p>"
        f"<p>journal <code>{escape(result.journal_sha256)}</code></p></footer>\n"
    )
