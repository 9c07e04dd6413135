"""The built-in profile: sales drawn so that they look like a published year of real retail orders.

Calibrated with figures of the UCI "Online Retail" data (DOI 10.24432/C5BW33): lines per sale p50/p95/p99/max
15/79/219/1114 and mean 26.6, units per line 3/30/100, unit price 2.08/9.95/16.98 GBP, 3,922 SKUs of which
the top 1 % take 9.4 % of the lines, a guest in every 14th order. No row of it is here.

A table below is a list of points (basis points of the draws, value) with straight lines between them.
"""

from __future__ import annotations

from itertools import pairwise

from contracts.ports import Chance

from ..chance import cumulative, pick
from ..tables import interpolated, zipf_weights
from .planned import Product, Sale, SaleLine

SKUS = 3_922
MAX_LINES = 1_114

_LINES = (
    (0, 1), (700, 1), (1_000, 2), (2_000, 5), (3_000, 8), (4_000, 12), (5_000, 15), (6_000, 20), (7_000, 25),
    (8_000, 35), (9_000, 54), (9_500, 79), (9_700, 112), (9_800, 152), (9_900, 219), (9_950, 344), (9_990, 592),
    (9_999, MAX_LINES),
)  # fmt: skip
_QUANTITY = (
    (0, 1), (2_500, 1), (3_000, 2), (4_500, 2), (5_000, 3), (6_000, 6), (7_000, 8), (7_500, 11), (8_000, 12),
    (9_000, 24), (9_500, 30), (9_700, 48), (9_800, 72), (9_900, 100), (9_950, 160), (9_990, 448), (9_999, 2_400),
)  # fmt: skip
_PRICE_MINOR = (
    (0, 19), (500, 42), (1_000, 65), (2_000, 85), (2_500, 125), (4_000, 165), (5_000, 208), (6_000, 255),
    (7_000, 375), (8_000, 495), (9_000, 762), (9_500, 995), (9_700, 1_246), (9_900, 1_698), (9_990, 3_995),
    (9_999, 14_995),
)  # fmt: skip
# Rank of a SKU by demand, and the share of all lines (bp) that the SKUs up to it take.
_SHARE_BY_RANK = (
    (0, 0), (1, 44), (5, 185), (10, 318), (39, 940), (78, 1_584), (196, 2_940), (392, 4_479), (784, 6_466),
    (1_176, 7_745), (1_961, 9_230), (2_942, 9_903), (SKUS, 10_000),
)  # fmt: skip
_COUNTRIES = (
    ("GB", 9_143), ("DE", 175), ("FR", 158), ("IE", 151), ("ES", 47), ("NL", 44), ("BE", 38), ("CH", 37),
    ("PT", 28), ("AU", 23), ("NO", 20), ("IT", 15), ("US", 121),
)  # fmt: skip

_GUESTS_BP = 690
_CUSTOMERS = 4_300
_REPEATED_LINE_BP = 300
_OFF_LIST_ORDER_BP = 500
_OFF_LIST_LINE_BP = 3_000

_COLOURS = (
    "Red",
    "Blue",
    "Ivory",
    "Green",
    "Pink",
    "Black",
    "Grey",
    "Teal",
    "Gold",
    "Copper",
    "Cream",
    "Slate",
)
_MAKES = (
    "Enamel",
    "Linen",
    "Glass",
    "Oak",
    "Felt",
    "Tin",
    "Wicker",
    "Paper",
    "Cotton",
    "Slate",
    "Wool",
    "Clay",
)
_THINGS = (
    "Mug", "Lantern", "Cushion", "Tray", "Clock", "Frame", "Basket", "Bunting", "Candle", "Apron", "Jar", "Hook",
    "Doormat", "Teapot", "Bowl", "Garland", "Notebook", "Planter", "Box", "Magnet", "Bag", "Coaster", "Lamp",
    "Towel", "Stool", "Bell", "Ribbon", "Spoon",
)  # fmt: skip


def profile_products(chance: Chance) -> tuple[Product, ...]:
    """The 3,922 products, the most wanted first."""
    return tuple(_product(rank, chance) for rank in range(SKUS))


def profile_sales(
    count: int, products: tuple[Product, ...], chance: Chance, zipf_tenths: int | None
) -> tuple[Sale, ...]:
    """`count` sales without a time. Sale n is the same whatever the count is."""
    demand = cumulative(zipf_weights(SKUS, zipf_tenths) if zipf_tenths else _weights_by_rank())
    countries = cumulative(weight for _, weight in _COUNTRIES)
    return tuple(_sale(n, products, demand, countries, chance) for n in range(count))


def _product(rank: int, chance: Chance) -> Product:
    price_minor = interpolated(_PRICE_MINOR, chance.below(10_000, "profile.price", str(rank), 0))
    rest, thing = divmod(rank, len(_THINGS))
    colour, make = divmod(rest, len(_MAKES))
    name = f"{_COLOURS[colour % len(_COLOURS)]} {_MAKES[make]} {_THINGS[thing]}"
    return Product(f"P{rank + 1:04d}", name, price_minor)


def _weights_by_rank() -> list[int]:
    """Within two points of the table each SKU is wanted alike."""
    weights: list[int] = []
    for (low, low_bp), (high, high_bp) in pairwise(_SHARE_BY_RANK):
        weights += [(high_bp - low_bp) * 1_000_000 // (high - low)] * (high - low)
    return weights


def _sale(
    n: int,
    products: tuple[Product, ...],
    demand: tuple[int, ...],
    countries: tuple[int, ...],
    chance: Chance,
) -> Sale:
    ref = f"P-{n + 1:06d}"
    line_count = interpolated(_LINES, chance.below(10_000, "profile.lines", ref, 0))
    country = _COUNTRIES[pick(countries, chance.below(countries[-1], "profile.country", ref, 0))][0]
    guest = chance.below(10_000, "profile.guest", ref, 0) < _GUESTS_BP
    customer = None if guest else str(12_000 + chance.below(_CUSTOMERS, "profile.customer", ref, 0))
    off_list = chance.below(10_000, "profile.off_list", ref, 0) < _OFF_LIST_ORDER_BP
    taken: dict[int, None] = {}
    lines = []
    for line in range(line_count):
        rank = _sku(ref, line, taken, demand, chance)
        product = products[rank]
        quantity = interpolated(_QUANTITY, chance.below(10_000, "profile.quantity", ref, line))
        price_minor = product.price_minor
        if off_list and chance.below(10_000, "profile.off_list_line", ref, line) < _OFF_LIST_LINE_BP:
            price_minor = max(1, price_minor * 9 // 10)
        lines.append(SaleLine(product.sku, quantity, price_minor))
    return Sale(ref, 0, customer, country, tuple(lines))


def _sku(ref: str, line: int, taken: dict[int, None], demand: tuple[int, ...], chance: Chance) -> int:
    """A SKU that the order has not yet, or in a few lines of a hundred one that it has."""
    if taken and chance.below(10_000, "profile.repeat", ref, line) < _REPEATED_LINE_BP:
        return list(taken)[chance.below(len(taken), "profile.repeat_of", ref, line)]
    rank = pick(demand, chance.below(demand[-1], "profile.sku", ref, line))
    while rank in taken:
        rank = (rank + 1) % SKUS
    taken[rank] = None
    return rank
