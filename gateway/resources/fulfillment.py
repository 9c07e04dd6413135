"""/v1/fulfillment-orders and /v1/shipments: what partners are to ship, what has left, and where it was seen."""

from __future__ import annotations

from quart import Response

from actors.domains.fulfillment.model import FulfillmentState
from actors.views import shipments
from contracts.fulfillment import AcceptFulfillmentOrder, ConfirmDispatch, WarehouseRejected
from contracts.holds import HoldOrder
from contracts.http import FieldError, ms_of, time_of
from contracts.http_answers_goods import (
    FulfillmentAsked,
    FulfillmentLine,
    FulfillmentListed,
    FulfillmentOrderAnswer,
    FulfillmentOrdersAnswer,
    ParcelAnswer,
    ShipmentAnswer,
    ShipmentsAnswer,
    TrackingAnswer,
    TrackingAsked,
    TrackingsAnswer,
)
from contracts.http_answers_orders import OrderAsked
from contracts.http_desks import HoldSubmission
from contracts.http_goods import FulfillmentRejection, ShipmentSubmission, TrackingSubmission
from contracts.inventory import DemandLine
from contracts.parcels import PARCEL_STATUSES, RecordScan

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body
from ..described import Param
from ..door import Gateway, Route, json_response, submitted
from ..pages import Query, as_of, caught_up, page, store_of
from ..problems import Problem
from .holds import AT_REST

_PATH = "/v1/fulfillment-orders/{fulfillment_order_id}"
_STATUSES = ("dispatched", "collected", *PARCEL_STATUSES)


async def look_through(gateway: Gateway, principal: Principal) -> Response:
    """Fulfillment orders in the order in which they were made."""
    query = Query("order_id", "location")
    query.check()
    rows = shipments.fulfillment_orders(
        store_of(gateway),
        order_id=query.text("order_id"),
        location=query.text("location"),
        after=query.after,
        limit=query.limit + 1,
    )
    return page(
        gateway,
        query,
        rows,
        lambda row: row.row,
        lambda row: FulfillmentListed(
            row.fulfillment_order_id, row.order_id, row.location, time_of(row.at_ms)
        ),
    )


async def look(gateway: Gateway, principal: Principal, fulfillment_order_id: str) -> Response:
    """The fulfillment order: what of it has left, and what is still to."""

    def render(state: FulfillmentState, version: int) -> FulfillmentOrderAnswer | None:
        if state.status == "none":
            return None
        return FulfillmentOrderAnswer(
            fulfillment_order_id,
            state.order_id,
            state.status,
            state.location,
            state.held,
            state.accepted,
            state.overdue,
            tuple([FulfillmentLine(line.line_id, line.sku, line.quantity) for line in state.lines]),
            state.heard,
            tuple([ParcelAnswer(id_, one.status, time_of(one.at_ms)) for id_, one in state.parcels.items()]),
            version,
        )

    found = await gateway.system.read("fulfillment", fulfillment_order_id, render)
    if found is None:
        raise Problem("not-found", "there is no such fulfillment order")
    return json_response(200, found, etag=str(found.version))


async def accept(gateway: Gateway, principal: Principal, fulfillment_order_id: str) -> Response:
    """The partner has it, and will ship. 409 where it is not released to anybody."""
    order_id, _ = await _known(gateway, fulfillment_order_id)
    idempotency_key(request)
    command = AcceptFulfillmentOrder(fulfillment_order_id, order_id)
    return await _say(gateway, principal, f"{_PATH}/accept", b"", fulfillment_order_id, order_id, command)


async def reject(gateway: Gateway, principal: Principal, fulfillment_order_id: str) -> Response:
    """The partner will not ship it: what it was to ship is found elsewhere, or the order ends."""
    order_id, _ = await _known(gateway, fulfillment_order_id)
    idempotency_key(request)
    body = await read_body(request)
    command = WarehouseRejected(fulfillment_order_id, order_id, read(body, FulfillmentRejection).reason)
    return await _say(gateway, principal, f"{_PATH}/reject", body, fulfillment_order_id, order_id, command)


async def hold(gateway: Gateway, principal: Principal, fulfillment_order_id: str) -> Response:
    """Hold the order that it is of: 202; it is let go of at /v1/orders/{order_id}/holds/{hold_id}."""
    order_id, _ = await _known(gateway, fulfillment_order_id)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, HoldSubmission)
    until_ms = 0 if asked.until is None else ms_of(asked.until)
    command = HoldOrder(order_id, asked.hold_id, asked.reason, asked.by or principal.key_id, until_ms)
    return await submitted(
        gateway, principal, f"{_PATH}/hold", body, to="orders", key=order_id, command=command
    )  # fmt: skip


async def ship(gateway: Gateway, principal: Principal) -> Response:
    """What has left: 201. 409 `over-ship` names every line of which more would have left than was asked for."""
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, ShipmentSubmission)
    order_id, skus = await _known(gateway, asked.fulfillment_order_id)
    lines = None
    if asked.lines is not None:
        errors = [
            FieldError(
                f"/lines/{n}/line_id", "unknown-line", "it is not of this fulfillment order, or has left"
            )
            for n, line in enumerate(asked.lines)
            if line.line_id not in skus
        ]
        if errors and skus:
            raise Problem("unknown-line", "some lines are not to be shipped", errors=errors)
        lines = tuple(
            [DemandLine(line.line_id, skus.get(line.line_id, ""), line.quantity) for line in asked.lines]
        )
    command = ConfirmDispatch(
        asked.fulfillment_order_id, order_id, asked.shipment_id, asked.tracking, ms_of(asked.dispatched_at), lines,
        asked.final, asked.shipments,
    )  # fmt: skip
    return await _say(
        gateway, principal, "/v1/shipments", body, asked.fulfillment_order_id, order_id, command
    )  # fmt: skip


async def _known(gateway: Gateway, fulfillment_order_id: str) -> tuple[str, dict[str, str]]:
    """(order, SKU of each line that is still to leave). Raises Problem 404."""

    def render(state: FulfillmentState, version: int) -> tuple[str, dict[str, str]] | None:
        if state.status == "none":
            return None
        return state.order_id, {line.line_id: line.sku for line in state.lines}

    found = await gateway.system.read("fulfillment", fulfillment_order_id, render)
    if found is None:
        raise Problem("not-found", "there is no such fulfillment order")
    return found


async def _say(
    gateway: Gateway, principal: Principal, route: str, body: bytes, id_: str, order_id: str, command: object
) -> Response:
    return await submitted(
        gateway, principal, route, body, to="fulfillment", key=id_, command=command, subject=order_id
    )


# -- shipments -------------------------------------------------------------------------------------


async def shipped(gateway: Gateway, principal: Principal) -> Response:
    """Shipments in the order in which they were confirmed."""
    query = Query("order_id", "status")
    status = query.one_of("status", _STATUSES)
    query.check()
    rows = shipments.shipments(
        store_of(gateway),
        order_id=query.text("order_id"),
        status=status,
        after=query.after,
        limit=query.limit + 1,
    )
    return page(gateway, query, rows, lambda row: row.row, _shown)


async def look_at_shipment(gateway: Gateway, principal: Principal, shipment_id: str) -> Response:
    """One shipment, and where it was seen last."""
    row = await _shipment(gateway, shipment_id)
    told = _shown(row)
    return json_response(200, {**{name: getattr(told, name) for name in _FIELDS}, "as_of": as_of(gateway)})


async def tracking(gateway: Gateway, principal: Principal, shipment_id: str) -> Response:
    """What carriers told of a shipment, as far as it was news."""
    query = Query()
    query.check()
    await _shipment(gateway, shipment_id)
    rows = shipments.scans(store_of(gateway), shipment_id, after=query.after, limit=query.limit + 1)
    return page(
        gateway,
        query,
        rows,
        lambda row: row.row,
        lambda row: TrackingAnswer(row.status, time_of(row.seen_at_ms), time_of(row.at_ms)),
        shipment_id=shipment_id,
    )


async def track(gateway: Gateway, principal: Principal, shipment_id: str) -> Response:
    """Where a carrier saw it: 201, in whatever order they come; `superseded` where something newer is known."""
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, TrackingSubmission)
    row = await _shipment(gateway, shipment_id)
    command = RecordScan(row.fulfillment_order_id, row.order_id, shipment_id, asked.status, ms_of(asked.at))
    route = "/v1/shipments/{shipment_id}/tracking-events"
    return await _say(gateway, principal, route, body, row.fulfillment_order_id, row.order_id, command)


async def _shipment(gateway: Gateway, shipment_id: str) -> shipments.ShipmentRow:
    """Raises Problem 404, after having waited for the lists to know everything."""
    row = shipments.shipment_of(store_of(gateway), shipment_id)
    if row is None:
        await caught_up(gateway)
        row = shipments.shipment_of(store_of(gateway), shipment_id)
    if row is None:
        raise Problem("not-found", "there is no such shipment")
    return row


def _shown(row: shipments.ShipmentRow) -> ShipmentAnswer:
    return ShipmentAnswer(
        row.shipment_id,
        row.fulfillment_order_id,
        row.order_id,
        row.location,
        row.tracking,
        row.status,
        time_of(row.status_at_ms),
        time_of(row.dispatched_at_ms),
    )


_FIELDS = tuple(name for name in ShipmentAnswer.__struct_fields__ if name != "as_of")

ROUTES = (
    Route(
        "GET", "/v1/fulfillment-orders", "fulfillment:read", look_through, owner="orders", paged=True,
        query=(Param("order_id", str, "of this order"), Param("location", str, "from this location")),
        answers={200: FulfillmentOrdersAnswer},
    ),
    Route(
        "GET", "/v1/fulfillment-orders/<fulfillment_order_id>", "fulfillment:read", look, owner="orders",
        gives=("etag",), answers={200: FulfillmentOrderAnswer, 304: None},
    ),
    Route(
        "POST", "/v1/fulfillment-orders/<fulfillment_order_id>/accept", "fulfillment:work", accept, owner="orders",
        needs="K", answers={200: FulfillmentAsked}, problems=("409 illegal-transition",),
    ),
    Route(
        "POST", "/v1/fulfillment-orders/<fulfillment_order_id>/reject", "fulfillment:work", reject, owner="orders",
        body=FulfillmentRejection, needs="K", answers={200: FulfillmentAsked},
        problems=("409 illegal-transition",),
    ),
    Route(
        "POST", "/v1/fulfillment-orders/<fulfillment_order_id>/hold", "orders:ops", hold, owner="orders",
        body=HoldSubmission, needs="K", answers={202: OrderAsked}, is_async=True,
        problems=(*AT_REST, "409 hold-exists", "409 being-cancelled"),
    ),
    Route(
        "POST", "/v1/shipments", "fulfillment:work", ship, owner="orders", body=ShipmentSubmission, needs="K",
        answers={201: FulfillmentAsked}, gives=("location",),
        problems=(
            "404 not-found", "409 illegal-transition", "409 over-ship", "409 duplicate-shipment", "422 unknown-line",
        ),
    ),
    Route(
        "GET", "/v1/shipments", "fulfillment:read", shipped, owner="orders", paged=True,
        query=(Param("order_id", str, "of this order"), Param("status", str, f"one of {', '.join(_STATUSES)}")),
        answers={200: ShipmentsAnswer},
    ),
    Route(
        "GET", "/v1/shipments/<shipment_id>", "fulfillment:read", look_at_shipment, owner="orders",
        answers={200: ShipmentAnswer}, problems=("503 no-lists",),
    ),
    Route(
        "GET", "/v1/shipments/<shipment_id>/tracking-events", "fulfillment:read", tracking, owner="orders", paged=True,
        answers={200: TrackingsAnswer},
    ),
    Route(
        "POST", "/v1/shipments/<shipment_id>/tracking-events", "fulfillment:work", track, owner="orders",
        body=TrackingSubmission, needs="K", answers={201: TrackingAsked}, problems=("503 no-lists",),
    ),
)  # fmt: skip
