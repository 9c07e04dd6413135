"""A series short enough to draw: neighbouring seconds put together where a run was long."""

from __future__ import annotations

from collections.abc import Sequence

from .result import Series

# More points than this are not told apart on a page.
POINTS_AT_MOST = 1_200


def condensed(series: Series, at_most: int = POINTS_AT_MOST) -> Series:
    """Every `n` seconds as one entry: rates as their mean, in-flight, backlog and latency as their highest.

    Faults stay as they are.
    """
    n = -(-len(series.t_ms) // at_most)
    if n <= 1:
        return series
    return Series(
        t_ms=series.t_ms[::n],
        arrivals=_means(series.arrivals, n),
        completions=_means(series.completions, n),
        in_flight=_highest(series.in_flight, n),
        backlog={system: _highest(sizes, n) for system, sizes in series.backlog.items()},
        accept_p50=_highest_known(series.accept_p50, n),
        accept_p95=_highest_known(series.accept_p95, n),
        effect_p50=_highest_known(series.effect_p50, n),
        effect_p95=_highest_known(series.effect_p95, n),
        faults=series.faults,
    )


def _parts(values: Sequence[int], n: int) -> list[Sequence[int]]:
    return [values[at : at + n] for at in range(0, len(values), n)]


def _means(values: Sequence[int], n: int) -> tuple[int, ...]:
    return tuple((2 * sum(part) + len(part)) // (2 * len(part)) for part in _parts(values, n))


def _highest(values: Sequence[int], n: int) -> tuple[int, ...]:
    return tuple(max(part) for part in _parts(values, n))


def _highest_known(values: Sequence[int | None], n: int) -> tuple[int | None, ...]:
    parts = (values[at : at + n] for at in range(0, len(values), n))
    return tuple(max((value for value in part if value is not None), default=None) for part in parts)
