"""A plan's load, whole: where its sales come from, when they arrive, what is on the shelf."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

import msgspec

from contracts.ports import Chance

from ..chance import SeededChance
from ..plan import LoadPlan, Plan
from ..timeline import START_MS
from .abroad import with_euros
from .arrivals import open_arrivals, phases, time_compression, traced_arrivals
from .cards import with_cards, with_sold_cards
from .orders import CURRENCY, planned_orders
from .planned import PlannedLoad, PlannedOrder, PlannedReturn, Product, Sale, TraceReport, TraceReturn
from .profile import profile_products, profile_sales
from .quotes import offers, with_quotes
from .stock import catalog_rows, opening_stock, reorder_points
from .tills import till_load, with_pickups
from .trace import read_sales


def build_load(plan: Plan, calm_start_ms: int = START_MS) -> PlannedLoad:
    """Everything the clients of this plan will do, the calm beginning at `calm_start_ms` (epoch ms).

    A trace with fewer sales than `plan.orders` gives as many as it has. Raises TraceError.
    """
    load, chance = plan.load, SeededChance(plan.seed)
    sales, products, report, returns = _sales(plan.orders, load, chance)
    when = phases(
        len(sales),
        load.base_rate_per_s,
        load.multiplier,
        load.storm_share_bp,
        calm_start_ms,
        load.after_share_bp,
    )
    if report is None:
        arrivals_ms = open_arrivals(when, chance)
        compression = 1.0
    else:
        placed_ms = [sale.placed_ms for sale in sales]
        arrivals_ms = traced_arrivals(placed_ms, when)
        compression = time_compression(placed_ms, load.base_rate_per_s)
    list_price = {product.sku: product.price_minor for product in products}
    orders = planned_orders(sales, arrivals_ms, list_price, load, chance)
    if returns:
        orders = with_returns(orders, sales, arrivals_ms, returns)
    orders = with_pickups(orders, load, chance)
    orders = with_euros(orders, load, chance)
    orders, cards = with_cards(orders, load, chance)
    orders = with_sold_cards(orders, load, chance)
    orders = with_quotes(orders, load, chance)
    catalog = catalog_rows((*products, *offers(load)), CURRENCY)
    stock = opening_stock(orders, load.stock, chance)
    return PlannedLoad(
        orders=orders,
        catalog=catalog,
        stock=stock,
        reorder=reorder_points(stock, catalog, load.stock, chance),
        calm_start_ms=when.calm_start_ms,
        storm_start_ms=when.storm_start_ms,
        storm_end_ms=when.storm_end_ms,
        base_per_s=load.base_rate_per_s,
        storm_per_s=load.base_rate_per_s * load.multiplier,
        time_compression=compression,
        trace=report,
        cards=cards,
        tills=till_load(orders, products, load.till_sales_bp, chance, when.calm_start_ms, when.storm_end_ms),
    )


def _sales(
    count: int, load: LoadPlan, chance: Chance
) -> tuple[tuple[Sale, ...], tuple[Product, ...], TraceReport | None, Mapping[str, tuple[TraceReturn, ...]]]:
    if load.source == "trace":
        assert load.trace is not None, "check_plan demands a path for a load from a trace"
        trace = read_sales(load.trace, count, returns=load.returns == "trace")
        return trace.sales, trace.products, trace.report, trace.returns
    products = profile_products(chance)
    return profile_sales(count, products, chance, load.zipf_tenths), products, None, {}


def with_returns(
    orders: Sequence[PlannedOrder],
    sales: Sequence[Sale],
    arrivals_ms: Sequence[int],
    returns: Mapping[str, Sequence[TraceReturn]],
) -> tuple[PlannedOrder, ...]:
    """The orders with what comes back of each, when the sales of that time arrive."""
    placed_ms = [sale.placed_ms for sale in sales]

    def planned(back: TraceReturn) -> PlannedReturn:
        at = arrivals_ms[max(0, bisect_right(placed_ms, back.placed_ms) - 1)]
        return PlannedReturn(back.ref, at, back.lines)

    return tuple(
        msgspec.structs.replace(order, returns=tuple(map(planned, returns[sale.ref])))
        if sale.ref in returns
        else order
        for order, sale in zip(orders, sales, strict=True)
    )
