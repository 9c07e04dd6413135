"""/v1/customers as a list, made, and everything that is held of one: /v1/customers/{id}/data."""

from __future__ import annotations

from functools import partial

import trio
from quart import Response

from actors.domains.orders.customers_model import CustomerState
from actors.domains.orders.model import OrderState
from actors.views.customers import CustomerRow, customers
from contracts.http import time_of, to_customer
from contracts.http_answers_orders import CustomerAsked
from contracts.http_answers_platform import (
    CustomerData,
    CustomerListed,
    CustomersAnswer,
    HeldAddress,
    HeldInOrder,
    HeldPerson,
)
from contracts.http_platform import NewCustomerSubmission, to_told
from contracts.orders import Person, PostalAddress

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body
from ..described import Param
from ..door import Gateway, Route, json_response, submitted
from ..pages import Query, page, store_of
from ..problems import Problem
from .customers import checked, clear

STATUSES = ("known", "asking", "deferred", "erasing", "erased")


async def look_through(gateway: Gateway, principal: Principal) -> Response:
    """Customers in the order in which they became known; who they are, their own page tells."""
    query = Query("status")
    status = query.one_of("status", STATUSES)
    query.check()
    rows = customers(store_of(gateway), status=status, after=query.after, limit=query.limit + 1)
    return page(gateway, query, rows, lambda row: row.row, _listed)


def _listed(row: CustomerRow) -> CustomerListed:
    return CustomerListed(row.customer_id, row.status, time_of(row.known_at_ms), time_of(row.changed_at_ms))


async def make(gateway: Gateway, principal: Principal) -> Response:
    """A customer that nobody knows yet: 201. 409 where one of this number is known."""
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, NewCustomerSubmission)
    told = to_customer(asked.customer_id, to_told(asked), new=True)
    return await submitted(
        gateway, principal, "/v1/customers", body, to="customers", key=asked.customer_id, command=told
    )  # fmt: skip


async def data(gateway: Gateway, principal: Principal, customer_id: str) -> Response:
    """Everything that is held of a person: their record, and what each of their orders says of them."""
    at_ms = gateway.system.engine.now()
    found = await gateway.system.read(
        "customers", checked(customer_id), lambda state, _: (_record(gateway, state), list(state.orders))
    )
    if found is None:
        raise Problem("not-found", "there is no such customer")
    record, order_ids = found
    orders = []
    for order_id in order_ids:
        await trio.lowlevel.checkpoint()
        held = await gateway.system.read("orders", order_id, partial(_order, gateway, order_id))
        if held is not None:
            orders.append(held)
    told = CustomerData(customer_id, time_of(at_ms), *record, tuple(orders))
    response = json_response(200, told)
    response.headers["cache-control"] = "no-store"
    return response


def _record(
    gateway: Gateway, state: CustomerState
) -> tuple[str, str, str | None, str | None, HeldPerson | None, HeldAddress | None]:
    return (
        state.status,
        state.source,
        time_of(state.changed_at_ms) if state.changed_at_ms else None,
        time_of(state.erased_at_ms) if state.erased_at_ms else None,
        _person(clear(gateway, state.person)),
        _address(clear(gateway, state.address)),
    )


def _order(gateway: Gateway, order_id: str, state: OrderState, version: int) -> HeldInOrder | None:
    order = state.order
    if order is None:
        return None
    opened = clear(gateway, order)
    return HeldInOrder(
        order_id,
        order.channel,
        order.channel_order_id,
        None if order.placed_at_ms is None else time_of(order.placed_at_ms),
        state.order_status,
        opened is None,
        None if opened is None else _person(opened.contact),
        None if opened is None else _address(opened.ship_to),
        None if opened is None else _address(opened.bill_to),
        None if opened is None else opened.delivery.instructions,
        dict(order.attributes),
    )


def _person(one: Person | None) -> HeldPerson | None:
    return None if one is None else HeldPerson(one.name, one.email, one.phone)


def _address(one: PostalAddress | None) -> HeldAddress | None:
    if one is None:
        return None
    return HeldAddress(one.country, one.name, one.lines, one.city, one.region, one.postal_code)


ROUTES = (
    Route(
        "GET", "/v1/customers", "customers:read", look_through, owner="customers", paged=True,
        query=(Param("status", str, f"one of {', '.join(STATUSES)}"),), answers={200: CustomersAnswer},
    ),
    Route(
        "POST", "/v1/customers", "customers:write", make, owner="customers", body=NewCustomerSubmission, needs="K",
        answers={201: CustomerAsked}, gives=("location",), problems=("409 customer-exists",),
    ),
    Route(
        "GET", "/v1/customers/<customer_id>/data", "customers:export", data, owner="customers",
        answers={200: CustomerData},
    ),
)  # fmt: skip
