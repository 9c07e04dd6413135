"""`catalog`: one writer a price list. An order is priced and enriched in one turn."""

from __future__ import annotations

from contracts.answers import done
from contracts.decision import Decision
from contracts.ids import digest128
from contracts.inventory import (
    ImportProducts,
    OrderPriced,
    OrderUnpriceable,
    PriceOrder,
    ProductsUpserted,
)
from contracts.partners import ExceptionOpened
from contracts.prices import ImportPrices, PriceRow, PricesChanged, PricesPlanned
from contracts.reference import ImportProductChanges, ProductsChanged
from contracts.stock import ValueMoved
from contracts.turn import Message

from ...runtime.actor import ActorSpec
from . import dated, quotes, tax_rates
from .catalog_model import (
    PriceListState,
    due_prices,
    newer,
    next_price_ms,
    of_file,
    price,
    sorted_out,
    unknown,
    valued,
    with_change,
    with_price,
)

TIMER = "prices"


def _import(state: PriceListState, message: Message, at: int) -> Decision:
    command: ImportProducts = message.body
    decision = Decision()
    rows = of_file(state, command.rows, command.as_of_ms)
    decision.event(ProductsUpserted(command.price_list, rows, command.as_of_ms))
    return decision


def _import_prices(state: PriceListState, message: Message, at: int) -> Decision:
    command: ImportPrices = message.body
    decision = Decision()
    changed, planned = sorted_out(state, command.rows, at)
    if changed:
        decision.event(PricesChanged(command.price_list, changed))
    if planned:
        decision.event(PricesPlanned(command.price_list, planned))
        _wait(decision, state, message, planned, at)
    told = "changed" if changed else "planned" if planned else "superseded"
    _tell(decision, message, [row.sku for row in command.rows], told)
    return decision


def _tell(decision: Decision, message: Message, skus: list[str], status: str, code: int = 200) -> None:
    """Whoever waits hears what became of it: `superseded` is what something newer is known of."""
    if message.reply_to is not None:
        decision.answer(message.reply_to, done({"skus": skus, "status": status}, code))


def _wait(
    decision: Decision, state: PriceListState, message: Message, planned: tuple[PriceRow, ...], at: int
) -> None:
    due = next_price_ms(state, planned, at)
    if due is not None:
        decision.set_timer(TIMER, TIMER, due)


def _prices_due(state: PriceListState, message: Message, at: int) -> Decision:
    decision = Decision()
    changed = due_prices(state, at)
    if changed:
        decision.event(PricesChanged(message.key, changed))
    _wait(decision, state, message, (), at)
    return decision


def _price(state: PriceListState, message: Message, at: int) -> Decision:
    command: PriceOrder = message.body
    decision = Decision()
    lines, problems = price(
        state,
        command.lines,
        command.currency,
        trusted=command.policy == "trust",
        tolerance_bp=command.tolerance_bp,
    )
    if problems:
        decision.answer(message.reply_to, OrderUnpriceable(command.order_id, problems))
    else:
        decision.answer(message.reply_to, OrderPriced(command.order_id, lines))
    return decision


def _value(state: PriceListState, message: Message, at: int) -> Decision:
    """What moved in a pool, at cost, for each book that it concerns."""
    moved: ValueMoved = message.body
    decision = Decision()
    for fact in valued(state, moved):
        decision.event(fact)
    if missing := unknown(state, moved):
        exception_id = "exc_" + digest128("stock-unvalued", message.id)
        detail = f"{moved.pool} {moved.reference}: no cost is known of {', '.join(missing[:5])}"
        decision.event(ExceptionOpened(exception_id, "stock-unvalued", "", detail))
    return decision


def _import_changes(state: PriceListState, message: Message, at: int) -> Decision:
    command: ImportProductChanges = message.body
    decision = Decision()
    rows = newer(state, command.rows)
    if rows:
        decision.event(ProductsChanged(command.price_list, rows))
    skus = [row.sku for row in command.rows]
    new = any(row.sku not in state.rows for row in rows)
    _tell(decision, message, skus, "changed" if rows else "superseded", 201 if new else 200)
    return decision


def _fold_product_changed(state: PriceListState, body: ProductsChanged) -> None:
    for row in body.rows:
        state.rows[row.sku] = with_change(state, row)
        state.changed[row.sku] = (row.changed_at_ms, row.version)


def _fold_upserted(state: PriceListState, body: ProductsUpserted) -> None:
    for row in body.rows:
        state.rows[row.sku] = with_price(row, state.told.get(row.sku))
    if body.as_of_ms:
        for row in body.rows:
            state.changed[row.sku] = max((body.as_of_ms, 0), state.changed.get(row.sku, (0, 0)))


def _fold_planned(state: PriceListState, body: PricesPlanned) -> None:
    for row in body.rows:
        dated.plan(state.planned, row.sku, row)


def _fold_changed(state: PriceListState, body: PricesChanged) -> None:
    for row in body.rows:
        dated.hold(state.told, state.planned, row.sku, row)
        if row.sku in state.rows:
            state.rows[row.sku] = with_price(state.rows[row.sku], row)


CATALOG = ActorSpec(
    "catalog",
    lambda key: PriceListState(),
    {
        "catalog.import_products": _import,
        "catalog.import_prices": _import_prices,
        "catalog.import_product_changes": _import_changes,
        f"timer.{TIMER}": _prices_due,
        "catalog.price_order": _price,
        "inventory.value_moved": _value,
        **quotes.HANDLERS,
        **tax_rates.HANDLERS,
    },
    {
        "product.upserted": _fold_upserted,
        "product.changed": _fold_product_changed,
        "price.planned": _fold_planned,
        "price.changed": _fold_changed,
        **quotes.FOLDS,
        **tax_rates.FOLDS,
    },
)
