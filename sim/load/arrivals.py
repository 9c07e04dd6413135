"""Arrival instants: a calm at the base rate, then a storm at its multiple, then perhaps the base rate again.

Instants are intended starts. They are set before the run and nothing that happens in it moves them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from msgspec import Struct

from contracts.ports import Chance

from ..tables import QUANTILES, exponential_quantiles


class Phases(Struct, frozen=True):
    """When calm and storm begin and end (epoch ms), and how many orders arrive in each."""

    calm_start_ms: int
    storm_start_ms: int
    storm_end_ms: int
    calm_orders: int
    storm_orders: int
    after_orders: int = 0
    after_end_ms: int = 0


def phases(
    orders: int,
    base_per_s: int,
    multiplier: int,
    storm_share_bp: int,
    calm_start_ms: int,
    after_share_bp: int = 0,
) -> Phases:
    """As long as it takes for the orders to arrive at the two rates."""
    storm_orders = -(-orders * storm_share_bp // 10_000)
    after_orders = min(orders * after_share_bp // 10_000, orders - storm_orders)
    calm_orders = orders - storm_orders - after_orders
    storm_start_ms = calm_start_ms + calm_orders * 1000 // base_per_s
    storm_end_ms = storm_start_ms + storm_orders * 1000 // (base_per_s * multiplier)
    after_end_ms = storm_end_ms + after_orders * 1000 // base_per_s
    return Phases(
        calm_start_ms, storm_start_ms, storm_end_ms, calm_orders, storm_orders, after_orders, after_end_ms
    )


def open_arrivals(when: Phases, chance: Chance) -> list[int]:
    """Epoch ms of independent clients (a Poisson process), ascending."""
    calm = _poisson(when.calm_orders, when.calm_start_ms, when.storm_start_ms, "load.calm", chance)
    storm = _poisson(when.storm_orders, when.storm_start_ms, when.storm_end_ms, "load.storm", chance)
    return (
        calm + storm + _poisson(when.after_orders, when.storm_end_ms, when.after_end_ms, "load.after", chance)
    )


def _poisson(count: int, start_ms: int, end_ms: int, stream: str, chance: Chance) -> list[int]:
    """`count` arrivals between start and end.

    Exponential gaps stretched to the span: given how many arrive in it, that is how a Poisson process lies.
    """
    table = exponential_quantiles()
    gaps = [table[chance.below(QUANTILES, stream, "gap", n)] for n in range(count + 1)]
    total = sum(gaps)
    return [start_ms + at * (end_ms - start_ms) // total for at in accumulate(gaps[:-1])]


def traced_arrivals(placed_ms: Sequence[int], when: Phases) -> list[int]:
    """Epoch ms for sales at these (ascending) times of a trace: the head fills the calm, the next the storm.

    The shape is kept inside each. Sales that all stand at one time are spread evenly.
    """
    calm_to = when.calm_orders
    storm_to = calm_to + when.storm_orders
    parts = (
        (placed_ms[:calm_to], when.calm_start_ms, when.storm_start_ms),
        (placed_ms[calm_to:storm_to], when.storm_start_ms, when.storm_end_ms),
        (placed_ms[storm_to:], when.storm_end_ms, when.after_end_ms),
    )
    arrivals: list[int] = []
    for part, start_ms, end_ms in parts:
        # Up to where the next part begins, if there is one.
        rest = placed_ms[len(arrivals) + len(part) :]
        arrivals += _stretch(part, rest[0] if rest else None, start_ms, end_ms)
    return arrivals


def _stretch(placed_ms: Sequence[int], next_ms: int | None, start_ms: int, end_ms: int) -> list[int]:
    if not placed_ms:
        return []
    first, count = placed_ms[0], len(placed_ms)
    if next_ms is None:
        # One mean gap follows the last sale, so that the rate over the span is the one asked for.
        next_ms = placed_ms[-1] + (placed_ms[-1] - first) // max(1, count - 1)
    span = next_ms - first
    if span <= 0:
        return [start_ms + n * (end_ms - start_ms) // count for n in range(count)]
    return [start_ms + (at - first) * (end_ms - start_ms) // span for at in placed_ms]


def time_compression(placed_ms: Sequence[int], base_per_s: int) -> float:
    """How many times faster than the trace its sales arrive at the base rate, to a tenth; 1.0 for one time."""
    span_ms = placed_ms[-1] - placed_ms[0]
    compressed_ms = max(1, (len(placed_ms) - 1) * 1000 // base_per_s)
    return max(1, span_ms * 10 // compressed_ms) / 10 if span_ms else 1.0
