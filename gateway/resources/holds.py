"""/v1/orders/{id}/holds, /review, and PATCH of an order: what people do to an order before it is released."""

from __future__ import annotations

from hashlib import sha256

from msgspec import Struct
from quart import Response

from contracts.countries import COUNTRIES
from contracts.holds import HoldOrder, ReleaseHold, ReviewOrder
from contracts.http import FieldError, ms_of
from contracts.http_answers_orders import OrderAsked, ReviewAnswer
from contracts.http_desks import (
    EditSubmission,
    HoldReleaseSubmission,
    HoldSubmission,
    ReviewSubmission,
    to_edit,
)
from contracts.orders import TERMINAL
from contracts.turn import URGENT

from ..admission import Principal, fingerprint, idempotency_key, if_match
from ..asked import request
from ..bodies import read, read_body, read_contract, read_optional
from ..door import Gateway, Route, submitted
from ..problems import Problem
from .orders import known


async def hold(gateway: Gateway, principal: Principal, order_id: str) -> Response:
    """Ask for a hold: 202; whether it comes in time its order says."""
    await known(gateway, order_id)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, HoldSubmission)
    until_ms = 0 if asked.until is None else ms_of(asked.until)
    command = HoldOrder(order_id, asked.hold_id, asked.reason, asked.by or principal.key_id, until_ms)
    return await _say(gateway, principal, "/v1/orders/{order_id}/holds", body, order_id, command)


async def release(gateway: Gateway, principal: Principal, order_id: str, hold_id: str) -> Response:
    """Let go of a hold; with the last of them the order goes on."""
    await known(gateway, order_id)
    idempotency_key(request)
    body, asked = await read_optional(request, HoldReleaseSubmission)
    command = ReleaseHold(order_id, hold_id, asked.by or principal.key_id, asked.reason)
    return await _say(gateway, principal, "/v1/orders/{order_id}/holds/{hold_id}", body, order_id, command)


async def review(gateway: Gateway, principal: Principal, order_id: str) -> Response:
    """Decide an order's fraud review."""
    await known(gateway, order_id)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, ReviewSubmission)
    command = ReviewOrder(order_id, asked.decision, asked.by or principal.key_id, asked.reason)
    return await _say(gateway, principal, "/v1/orders/{order_id}/review", body, order_id, command)


async def edit(gateway: Gateway, principal: Principal, order_id: str) -> Response:
    """Change an order before its release: 202; what came of it stands in the order under `edits`.

    `If-Match` names the version that was changed. Raises Problem 412 for another, unless this is that edit again.
    """
    await known(gateway, order_id)
    seen = if_match(request)
    body = await read_body(request)
    asked = _read_edit(body)
    edit_id = "edit_" + sha256(f"{','.join(seen)} {fingerprint(request, body)}".encode()).hexdigest()[:32]
    found = await gateway.system.read(
        "orders", order_id, lambda state, version: (str(version), edit_id in state.edits)
    )
    # A version's ETag may say more of what is shown: `7-erased`.
    if found is None or not (found[1] or {one.partition("-")[0] for one in seen} & {found[0], "*"}):
        raise Problem("precondition-failed", "the order is another by now: look at it and send what you want")
    command = to_edit(order_id, edit_id, asked.by or principal.key_id, asked)
    once = idempotency_key(request) if "idempotency-key" in request.headers else edit_id
    return await _say(gateway, principal, "/v1/orders/{order_id}", body, order_id, command, once)


def _read_edit(body: bytes) -> EditSubmission:
    """Raises Problem naming every bad field."""
    asked, tree, errors = read_contract(body, EditSubmission)
    wrong = {error.pointer for error in errors}
    to = tree.get("ship_to") if isinstance(tree, dict) else None
    if isinstance(to, dict) and "/ship_to/country" not in wrong and to.get("country") not in COUNTRIES:
        detail = "no country has this code (ISO 3166-1 alpha-2)"
        errors.append(FieldError("/ship_to/country", "unknown-country", detail))
    if errors or asked is None:
        raise Problem("invalid-body", "some fields are not valid", errors=errors)
    return asked


async def _say(
    gateway: Gateway,
    principal: Principal,
    route: str,
    body: bytes,
    order_id: str,
    command: Struct,
    once: str | None = None,
) -> Response:
    return await submitted(
        gateway, principal, route, body, to="orders", key=order_id, command=command, lane=URGENT, once=once
    )


AT_REST = ("404 order-not-found", "422 invalid", *(f"409 already-{end}" for end in sorted(TERMINAL)))

ROUTES = (
    Route(
        "PATCH", "/v1/orders/<order_id>", "orders:ops", edit, owner="orders", body=EditSubmission, needs="Mk",
        answers={202: OrderAsked}, is_async=True,
        problems=(
            *AT_REST, "409 not-accepted-yet", "409 being-cancelled", "409 edit-under-way", "409 edit-exists",
        ),
    ),
    Route(
        "POST", "/v1/orders/<order_id>/holds", "orders:ops", hold, owner="orders", body=HoldSubmission, needs="K",
        answers={202: OrderAsked}, is_async=True, problems=(*AT_REST, "409 hold-exists", "409 being-cancelled"),
    ),
    Route(
        "DELETE", "/v1/orders/<order_id>/holds/<hold_id>", "orders:ops", release, owner="orders", needs="K",
        body=HoldReleaseSubmission, body_optional=True, answers={200: OrderAsked},
        problems=(
            *AT_REST, "404 hold-not-found", "409 review-undecided", "409 hold-requested", "409 hold-refused",
            "409 hold-released",
        ),
    ),
    Route(
        "POST", "/v1/orders/<order_id>/review", "orders:ops", review, owner="orders", body=ReviewSubmission, needs="K",
        answers={200: ReviewAnswer}, problems=(*AT_REST, "409 already-reviewed"),
    ),
)  # fmt: skip
