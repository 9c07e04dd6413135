"""Numbers as people read them: shared by the terminal and the HTML file."""

from __future__ import annotations


def clock(ms: int) -> str:
    """Virtual time as `m:ss`, or `h:mm:ss` from an hour on."""
    sign = "-" if ms < 0 else ""
    seconds = abs(ms) // 1000
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{sign}{hours}:{minute:02}:{second:02}" if hours else f"{sign}{minute}:{second:02}"


def duration(ms: int | None) -> str:
    """A latency: `35 ms`, `4.20 s`, `2:05 min`, or a dash."""
    if ms is None:
        return "–"
    if ms < 1_000:
        return f"{ms} ms"
    if ms < 100_000:
        return f"{ms / 1000:.2f} s"
    minutes, second = divmod(ms // 1000, 60)
    return f"{minutes}:{second:02} min"


def count(number: int) -> str:
    """Thousands apart."""
    return f"{number:,}"


def words(identifier: str) -> str:
    """`error_5xx` as `error 5xx`."""
    return identifier.replace("_", " ")


def compression(factor: float) -> str:
    """How many times faster than its trace a load runs."""
    return "as drawn" if factor == 1.0 else f"{factor:,.0f}x faster than the trace"


def amount(minor: int) -> str:
    """An amount in hundredths, with its decimals: 10,246.42 for 1024642."""
    sign = "-" if minor < 0 else ""
    return f"{sign}{abs(minor) // 100:,}.{abs(minor) % 100:02d}"
