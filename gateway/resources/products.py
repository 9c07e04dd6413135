"""/v1/products and /v1/prices: what is sold, and for how much. Lists are of one price list, in the order of arrival."""

from __future__ import annotations

from itertools import islice
from typing import Any

from quart import Response

from actors.domains.inventory.catalog_model import PriceListState
from contracts.channels import PRICE_LISTS
from contracts.http import FieldError, time_of
from contracts.http_answers_rows import (
    CatalogChanged,
    PriceAnswer,
    PricesAnswer,
    ProductAnswer,
    ProductsAnswer,
)
from contracts.http_catalog import PriceSubmission, ProductSubmission, to_price, to_product
from contracts.inventory import ProductRow
from contracts.money import EXPONENTS
from contracts.prices import ImportPrices, PriceRow
from contracts.reference import ImportProductChanges

from ..admission import Principal
from ..asked import request
from ..bodies import read, read_body
from ..described import Param
from ..door import Gateway, Route, json_response
from ..pages import Query, page_of
from ..preconditions import change, change_of, etag_of
from ..problems import Problem

Shown = dict[str, Any]
# Beyond it no SKU is taken anywhere.
SKU_AT_MOST = 64


async def products(gateway: Gateway, principal: Principal) -> Response:
    """Every product."""
    return await _list(gateway, _product)


async def prices(gateway: Gateway, principal: Principal) -> Response:
    """What each product costs now, and what it will."""
    return await _list(gateway, _price)


async def _list(gateway: Gateway, show: Any) -> Response:
    query = Query("price_list")
    name = query.one_of("price_list", PRICE_LISTS) or "default"
    query.check()

    def render(state: PriceListState, seq: int) -> list[tuple[int, Shown]]:
        rows = islice(enumerate(state.rows.values(), 1), query.after, query.after + query.limit + 1)
        return [(n, show(state, row)) for n, row in rows]

    found = await gateway.system.read("catalog", name, render) or []
    at = time_of(gateway.system.engine.now())
    return page_of(query, found, lambda row: row[0], lambda row: row[1], at, price_list=name)


async def product(gateway: Gateway, principal: Principal, sku: str) -> Response:
    """One product."""
    return await _look(gateway, sku, _product)


async def price(gateway: Gateway, principal: Principal, sku: str) -> Response:
    """What one product costs now, and what it will."""
    return await _look(gateway, sku, _price)


async def _look(gateway: Gateway, sku: str, show: Any) -> Response:
    found = await _shown(gateway, _named_list(), sku, show)
    if found is None:
        raise Problem("not-found", "there is no such product in this price list")
    return json_response(200, found, etag=etag_of(found))


async def _shown(gateway: Gateway, name: str, sku: str, show: Any) -> Shown | None:
    def render(state: PriceListState, seq: int) -> Shown | None:
        row = state.rows.get(sku)
        return None if row is None else {"price_list": name, **show(state, row)}

    return await gateway.system.read("catalog", name, render)


async def put_product(gateway: Gateway, principal: Principal, sku: str) -> Response:
    """What a product is called and how it is taxed; of a new one also price, cost and currency. 200, 201."""
    name = _named_list()
    body = await read_body(request)
    asked = read(body, ProductSubmission)
    found = await gateway.system.read(
        "catalog", name, lambda state, _: (state.rows.get(sku), state.changed.get(sku, (0, 0)))
    )
    known, newest = found or (None, (0, 0))
    _check_new(sku, asked, known)
    command = ImportProductChanges(
        name, (to_product(sku, asked, gateway.system.engine.now(), known, newest),)
    )  # fmt: skip
    call = change_of(
        gateway, principal, "/v1/products/{sku}", body, to="catalog", key=name, command=command, subject=sku
    )
    return await change(gateway, call, f"product {name} {sku}", lambda: _etag(gateway, name, sku, _product))


def _check_new(sku: str, asked: ProductSubmission, known: ProductRow | None) -> None:
    """Raises Problem 422 naming every field that a new product lacks, or that a known one may not bring."""
    errors: list[FieldError] = []
    if len(sku) > SKU_AT_MOST:
        errors.append(FieldError("", "too-long", f"a SKU has at most {SKU_AT_MOST} characters"))
    for name in ("price_minor", "cost_minor", "currency"):
        given = getattr(asked, name) is not None
        if known is None and not given:
            errors.append(FieldError(f"/{name}", "required", "a new product needs it"))
        elif known is not None and given and getattr(asked, name) != getattr(known, name):
            errors.append(FieldError(f"/{name}", "not-changed-here", "prices and costs change otherwise"))
    if asked.currency is not None and asked.currency not in EXPONENTS:
        errors.append(FieldError("/currency", "unknown-currency", f"known are {', '.join(EXPONENTS)}"))
    if errors:
        raise Problem("invalid-body", "some fields are not valid", errors=errors)


async def put_price(gateway: Gateway, principal: Principal, sku: str) -> Response:
    """A list price from an instant on. 404 where the price list has no such product."""
    name = _named_list()
    body = await read_body(request)
    asked = read(body, PriceSubmission)
    if asked.currency not in EXPONENTS:
        error = FieldError("/currency", "unknown-currency", f"known are {', '.join(EXPONENTS)}")
        raise Problem("invalid-body", "some fields are not valid", errors=[error])
    versions = await gateway.system.read(
        "catalog", name, lambda state, _: _versions(state, sku) if sku in state.rows else None
    )
    if versions is None:
        raise Problem("not-found", "there is no such product in this price list")
    row = to_price(sku, asked, gateway.system.engine.now(), versions)
    call = change_of(
        gateway, principal, "/v1/prices/{sku}", body, to="catalog", key=name, command=ImportPrices(name, (row,)),
        subject=sku,
    )  # fmt: skip
    return await change(gateway, call, f"price {name} {sku}", lambda: _etag(gateway, name, sku, _price))


async def _etag(gateway: Gateway, name: str, sku: str, show: Any) -> str | None:
    found = await _shown(gateway, name, sku, show)
    return None if found is None else etag_of(found)


def _versions(state: PriceListState, sku: str) -> list[int]:
    told = state.told.get(sku)
    return [row.version for row in (*([told] if told else ()), *state.planned.get(sku, ()))]


def _product(state: PriceListState, row: ProductRow) -> Shown:
    changed_at_ms, _ = state.changed.get(row.sku, (0, 0))
    return {
        "sku": row.sku,
        "name": row.name,
        "tax_class": row.tax_class,
        "weight_g": row.weight_g,
        "price_minor": row.price_minor,
        "currency": row.currency,
        "changed_at": time_of(changed_at_ms) if changed_at_ms else None,
    }


def _price(state: PriceListState, row: ProductRow) -> Shown:
    told = state.told.get(row.sku)
    planned = sorted(state.planned.get(row.sku, ()), key=lambda one: one.effective_at_ms)
    return {
        "sku": row.sku,
        "price_minor": row.price_minor,
        "currency": row.currency,
        "effective_at": time_of(told.effective_at_ms) if told else None,
        "planned": [_planned(one) for one in planned],
    }


def _planned(row: PriceRow) -> Shown:
    return {
        "price_minor": row.price_minor,
        "currency": row.currency,
        "effective_at": time_of(row.effective_at_ms),
    }


def _named_list() -> str:
    query = Query("price_list", paged=False)
    name = query.one_of("price_list", PRICE_LISTS) or "default"
    query.check()
    return name


_LIST = (Param("price_list", str, "of this price list"),)
_CHANGE: dict[str, Any] = {"owner": "pricing", "query": _LIST, "needs": "Mk", "gives": ("etag",)}

ROUTES = (
    Route(
        "GET", "/v1/products", "catalog:read", products, owner="pricing", paged=True, query=_LIST,
        answers={200: ProductsAnswer},
    ),
    Route(
        "GET", "/v1/products/<sku>", "catalog:read", product, owner="pricing", query=_LIST, gives=("etag",),
        answers={200: ProductAnswer, 304: None},
    ),
    Route(
        "PUT", "/v1/products/<sku>", "catalog:write", put_product, body=ProductSubmission,
        answers={200: CatalogChanged, 201: CatalogChanged}, **_CHANGE,
    ),
    Route(
        "GET", "/v1/prices", "pricing:read", prices, owner="pricing", paged=True, query=_LIST,
        answers={200: PricesAnswer},
    ),
    Route(
        "GET", "/v1/prices/<sku>", "pricing:read", price, owner="pricing", query=_LIST, gives=("etag",),
        answers={200: PriceAnswer, 304: None},
    ),
    Route(
        "PUT", "/v1/prices/<sku>", "pricing:write", put_price, body=PriceSubmission, answers={200: CatalogChanged},
        **_CHANGE,
    ),
)  # fmt: skip
