"""/v1/customers: who they are, to those who may know; and their erasure, by customer or by a guest's order."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from quart import Response

from actors.domains.orders.customers import shown
from actors.domains.orders.customers_model import CustomerState
from contracts.customers import GUEST, EraseCustomer, guest_of
from contracts.http import CustomerSubmission, ErasureSubmission, time_of, to_customer
from contracts.http_answers_orders import CustomerAnswer, CustomerAsked
from contracts.orders import Order, Person, PostalAddress
from contracts.private import PersonErased, pii_refs
from contracts.turn import URGENT

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body, read_optional
from ..door import Gateway, Route, json_response, submitted
from ..preconditions import change, change_of
from ..problems import Problem

S = TypeVar("S", Person, PostalAddress, Order)


async def look(gateway: Gateway, principal: Principal, customer_id: str) -> Response:
    """The customer in clear, or how far their erasure is."""

    def render(state: CustomerState, version: int) -> dict[str, Any]:
        return {
            **shown(state, customer_id),
            "source": state.source,
            "changed_at": time_of(state.changed_at_ms) if state.changed_at_ms else None,
            "erased_at": time_of(state.erased_at_ms) if state.erased_at_ms else None,
            "contact": _told(clear(gateway, state.person)),
            "address": _told(clear(gateway, state.address)),
            "orders": list(state.orders),
            "version": version,
        }

    found = await gateway.system.read("customers", checked(customer_id), render)
    if found is None:
        raise Problem("not-found", "there is no such customer")
    return json_response(200, found, etag=str(found["version"]))


def clear(gateway: Gateway, value: S | None) -> S | None:
    """What is sealed, opened for whoever may know it; None once it is erased."""
    if value is None:
        return None
    try:
        return gateway.system.sealer.unseal(value)
    except PersonErased:
        return None


def _told(one: msgspec.Struct | None) -> dict[str, Any] | None:
    return None if one is None else msgspec.structs.asdict(one)


async def put(gateway: Gateway, principal: Principal, customer_id: str) -> Response:
    """This is the customer as of `changed_at`: 200, `superseded` where something newer is known; 201 for a new one."""
    body = await read_body(request)
    told = read(body, CustomerSubmission)
    known = await _version(gateway, checked(customer_id)) is not None
    command = to_customer(customer_id, told, new=not known)
    call = change_of(
        gateway,
        principal,
        "/v1/customers/{customer_id}",
        body,
        to="customers",
        key=customer_id,
        command=command,
    )
    return await change(gateway, call, f"customer {customer_id}", lambda: _version(gateway, customer_id))


async def _version(gateway: Gateway, customer_id: str) -> str | None:
    return await gateway.system.read("customers", customer_id, lambda _, version: str(version))


async def erase(gateway: Gateway, principal: Principal, customer_id: str) -> Response:
    """Erase: 202, done once no open order needs the address; 200 where it is done already."""
    return await _erase(gateway, principal, "/v1/customers/{customer_id}", checked(customer_id), "")


async def erase_guest(gateway: Gateway, principal: Principal, order_id: str) -> Response:
    """Erase the guest of an order. Raises Problem 409 where the order is a customer's."""
    order = await gateway.system.read("orders", order_id, lambda state, _: state.order)
    if order is None:
        raise Problem("not-found", "there is no such order")
    if order.customer_id is not None:
        raise Problem("not-a-guest", f"the order is a customer's: erase /v1/customers/{order.customer_id}")
    return await _erase(
        gateway, principal, "/v1/orders/{order_id}/personal-data", guest_of(order_id), order_id
    )


async def _erase(gateway: Gateway, principal: Principal, route: str, key: str, order_id: str) -> Response:
    known = await gateway.system.read("customers", key, lambda state, _: True)
    if known is None and not order_id:
        raise Problem("not-found", "there is no such customer")
    idempotency_key(request)
    body, asked = await read_optional(request, ErasureSubmission)
    command = EraseCustomer(key, principal.key_id, asked.reason, order_id)
    return await submitted(
        gateway, principal, route, body, to="customers", key=key, command=command, lane=URGENT
    )


def checked(customer_id: str) -> str:
    """Raises Problem 404 for what can be no customer's number."""
    if len(customer_id) > 128 or customer_id.startswith(GUEST):
        raise Problem("not-found", "there is no such customer")
    return customer_id


def personal_state(gateway: Gateway, order: Any) -> str | None:
    """Whether what an order knows of a person can still be read; None where it knows nothing."""
    refs = pii_refs(order)
    return None if not refs else "erased" if gateway.system.sealer.is_erased(refs) else "sealed"


_ERASING = {202: CustomerAsked, 200: CustomerAsked}

ROUTES = (
    Route(
        "GET", "/v1/customers/<customer_id>", "customers:read", look, owner="customers", gives=("etag",),
        answers={200: CustomerAnswer, 304: None},
    ),
    Route(
        "PUT", "/v1/customers/<customer_id>", "customers:write", put, owner="customers", body=CustomerSubmission,
        needs="Mk", answers={200: CustomerAsked, 201: CustomerAsked}, gives=("etag",),
        problems=("409 customer-exists",),
    ),
    Route(
        "DELETE", "/v1/customers/<customer_id>", "customers:erase", erase, owner="customers", body=ErasureSubmission,
        body_optional=True, needs="K", answers=_ERASING, problems=("404 customer-not-found",), is_async=True,
    ),
    Route(
        "DELETE", "/v1/orders/<order_id>/personal-data", "customers:erase", erase_guest, owner="customers",
        body=ErasureSubmission, body_optional=True, needs="K", answers=_ERASING,
        problems=("409 not-a-guest", "404 customer-not-found"), is_async=True,
    ),
)  # fmt: skip
