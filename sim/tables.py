"""Distributions as integer tables, computed with integers only, so that every machine has the same ones.

Logarithms and powers of two are fixed-point numbers with 40 fractional bits: log2 by squaring (one bit of
the result a squaring), exp2 by multiplying the square roots of two that its bits name. Both are right to
about 1e-10, far finer than any table here needs.
"""

from __future__ import annotations

from functools import lru_cache
from math import isqrt

FRACTION_BITS = 40
ONE = 1 << FRACTION_BITS

QUANTILES = 4096
SCALE = 1_000_000


def log2_fixed(n: int) -> int:
    """log2(n) x 2^40 for an integer n >= 1."""
    whole = n.bit_length() - 1
    mantissa = (n << FRACTION_BITS) >> whole
    result = whole
    for _ in range(FRACTION_BITS):
        mantissa = (mantissa * mantissa) >> FRACTION_BITS
        result <<= 1
        if mantissa >= 2 * ONE:
            mantissa >>= 1
            result |= 1
    return result


@lru_cache(maxsize=1)
def _roots_of_two() -> tuple[int, ...]:
    """2^(1/2), 2^(1/4), ... x 2^40."""
    roots = []
    root = 2 * ONE
    for _ in range(FRACTION_BITS):
        root = isqrt(root << FRACTION_BITS)
        roots.append(root)
    return tuple(roots)


def exp2_fixed(exponent: int) -> int:
    """2^(exponent / 2^40) x 2^40 for any fixed-point exponent."""
    whole, fraction = exponent >> FRACTION_BITS, exponent & (ONE - 1)
    result = ONE
    for bit, root in enumerate(_roots_of_two(), start=1):
        if fraction >> (FRACTION_BITS - bit) & 1:
            result = (result * root) >> FRACTION_BITS
    return result << whole if whole >= 0 else result >> -whole


@lru_cache(maxsize=16)
def zipf_weights(count: int, tenths: int) -> tuple[int, ...]:
    """Weights of ranks 1..count that fall with the power `tenths`/10, the first being 2^40."""
    return tuple(max(1, exp2_fixed(-(tenths * log2_fixed(rank)) // 10)) for rank in range(1, count + 1))


@lru_cache(maxsize=1)
def exponential_quantiles() -> tuple[int, ...]:
    """4,096 quantiles of the exponential distribution in millionths of its mean, summing to the mean exactly.

    Quantile i is -ln((2i + 1) / 8192); the table falls from the longest wait to the shortest.
    """
    raw = [(2 * QUANTILES).bit_length() - 1 << FRACTION_BITS] * QUANTILES
    raw = [top - log2_fixed(2 * i + 1) for i, top in enumerate(raw)]
    total = sum(raw)
    # Scaling by the total turns log2 into ln and takes up what the middle of each quantile leaves out.
    scaled = [value * QUANTILES * SCALE // total for value in raw]
    scaled[0] += QUANTILES * SCALE - sum(scaled)
    return tuple(scaled)


def interpolated(points: tuple[tuple[int, int], ...], draw: int) -> int:
    """The value at `draw` on the line through (draw, value) points, in integers.

    Points ascend in both; a draw outside them gets the value of the nearest.
    """
    low_at, low = points[0]
    if draw <= low_at:
        return low
    for high_at, high in points[1:]:
        if draw <= high_at:
            return low + (high - low) * (draw - low_at) // (high_at - low_at)
        low_at, low = high_at, high
    return low
