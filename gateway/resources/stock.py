"""Stock by hand: /v1/inventory/adjustments and /snapshots, /v1/transfers, /v1/reservations."""

from __future__ import annotations

import re
from datetime import timedelta

from quart import Response

from actors.domains.inventory.model import PoolState, parts_of
from actors.domains.inventory.on_the_road import ROAD
from actors.views.movements import on_the_road
from contracts.channels import CHANNELS, POOLS
from contracts.http import FieldError, time_of
from contracts.http_answers_goods import (
    ReservationAnswer,
    ReservationAsked,
    ReservedLine,
    SnapshotApplied,
    StockAsked,
    TransferAnswer,
    TransferLine,
)
from contracts.http_goods import (
    AdjustmentSubmission,
    ReservationSubmission,
    SnapshotSubmission,
    TransferReceiptSubmission,
    TransferSubmission,
)
from contracts.ids import digest128
from contracts.inventory import DemandLine, StockRow
from contracts.stock import OUTSIDE, EndHold, HoldStock, MoveStock, TakeSnapshot

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body
from ..door import Gateway, Route, json_response, submitted
from ..pages import as_of, caught_up, store_of
from ..problems import Problem
from .known_goods import KnownGoods, pointed

# The instant at which it ends stands in it: what has ended is told from what never was.
_RESERVATION_ID = re.compile("rsv_([0-9a-f]{1,12})_[a-z2-7]{26}")
LOST_ON_THE_ROAD = "lost on the road"


async def adjust(gateway: Gateway, principal: Principal) -> Response:
    """Move units between buckets, or in and out: 201. 409 names every line of which there is too little."""
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, AdjustmentSubmission)
    known = KnownGoods(gateway, asked.pool)
    if asked.from_bucket == asked.to_bucket:
        known.errors.append(FieldError("/to_bucket", "nothing-would-move", "it is where it is"))
    known.skus(pointed(asked.lines, "sku"))
    known.locations(pointed(asked.lines, "location"))
    known.check()
    rows = tuple([StockRow(line.sku, line.location, line.quantity) for line in asked.lines])
    command = MoveStock(
        asked.pool, asked.adjustment_id, asked.reason, asked.from_bucket, asked.to_bucket, rows
    )
    return await _say(
        gateway, principal, "/v1/inventory/adjustments", body, asked.pool, asked.adjustment_id, command
    )


async def count(gateway: Gateway, principal: Principal) -> Response:
    """What lies at a location now: 201, and the book says the same. 409 where the book is not as it was seen."""
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, SnapshotSubmission)
    known = KnownGoods(gateway, asked.pool)
    known.skus(pointed(asked.lines, "sku"))
    known.distinct(pointed(asked.lines, "sku"))
    known.locations([("/location", asked.location)])
    known.check()
    rows = tuple([StockRow(line.sku, asked.location, line.quantity) for line in asked.lines])
    expected = tuple(
        [
            StockRow(line.sku, asked.location, -1 if line.expected is None else line.expected)
            for line in asked.lines
        ]
    )
    command = TakeSnapshot(asked.pool, asked.snapshot_id, asked.location, rows, expected)
    return await _say(
        gateway, principal, "/v1/inventory/snapshots", body, asked.pool, asked.snapshot_id, command
    )


async def send(gateway: Gateway, principal: Principal) -> Response:
    """Units leave for another location: 201, and they are on the road."""
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, TransferSubmission)
    known = KnownGoods(gateway, asked.pool)
    known.skus(pointed(asked.lines, "sku"))
    known.locations([("/from_location", asked.from_location), ("/to_location", asked.to_location)])
    if asked.from_location == asked.to_location:
        known.errors.append(FieldError("/to_location", "nothing-would-move", "it is there already"))
    known.check()
    rows = tuple([StockRow(line.sku, asked.from_location, line.quantity) for line in asked.lines])
    command = MoveStock(asked.pool, asked.transfer_id, "transfer", "available", ROAD, rows, asked.to_location)
    return await _say(gateway, principal, "/v1/transfers", body, asked.pool, asked.transfer_id, command)


async def receive(gateway: Gateway, principal: Principal, transfer_id: str) -> Response:
    """Units of a transfer have come, or never will: 201. 409 where more would come than is on the road."""
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, TransferReceiptSubmission)
    known = KnownGoods(gateway, asked.pool)
    known.check()
    to = await gateway.system.read(
        "inventory",
        asked.pool,
        lambda state, _: found.to if (found := state.transfers.get(transfer_id)) is not None else None,
    )
    if to is None:
        raise Problem("transfer-not-found", "nothing of such a transfer is on the road")
    rows = tuple([StockRow(line.sku, to, line.quantity) for line in asked.lines])
    reason, bucket = ("transfer", "available") if asked.outcome == "arrived" else (LOST_ON_THE_ROAD, OUTSIDE)
    command = MoveStock(asked.pool, transfer_id, reason, ROAD, bucket, rows)
    route = "/v1/transfers/{transfer_id}/receipts"
    return await _say(gateway, principal, route, body, asked.pool, transfer_id, command)


async def look_at_transfer(gateway: Gateway, principal: Principal, transfer_id: str) -> Response:
    """What was sent, what has come, and what never will."""
    rows = on_the_road(store_of(gateway), transfer_id)
    if not rows:
        await caught_up(gateway)
        rows = on_the_road(store_of(gateway), transfer_id)
    if not rows:
        raise Problem("not-found", "there is no such transfer")
    sums: dict[str, list[int]] = {}
    for row in rows:
        place = 0 if row.to_bucket == ROAD else 2 if row.to_bucket == OUTSIDE else 1
        sums.setdefault(row.sku, [0, 0, 0])[place] += row.quantity
    first = rows[0]
    open_ = any(sent > received + lost for sent, received, lost in sums.values())
    told = TransferAnswer(
        transfer_id,
        first.pool,
        first.location,
        first.to_location,
        "on_the_road" if open_ else "done",
        tuple([TransferLine(sku, *units) for sku, units in sums.items()]),
        as_of(gateway),
    )
    return json_response(200, told)


async def reserve(gateway: Gateway, principal: Principal) -> Response:
    """Keep units for a while: 201. 409 names every line of which there is too little; nothing is kept then."""
    once = idempotency_key(request)
    body = await read_body(request)
    asked = read(body, ReservationSubmission)
    row = CHANNELS.get(asked.channel)
    known = KnownGoods(gateway, row.pool if row is not None else "default")
    if row is None:
        known.errors.append(FieldError("/channel", "unknown-channel", f"known are {', '.join(CHANNELS)}"))
    known.skus(pointed(asked.lines, "sku"))
    known.distinct(pointed(asked.lines, "line_id"))
    known.check()
    until_ms = gateway.system.engine.now() + timedelta(minutes=asked.minutes) // timedelta(milliseconds=1)
    reservation_id = f"rsv_{until_ms:x}_{digest128(principal.tenant, principal.key_id, once)}"
    lines = tuple([DemandLine(line.line_id, line.sku, line.quantity) for line in asked.lines])
    command = HoldStock(reservation_id, known.pool, asked.channel, lines, until_ms)
    return await _say(gateway, principal, "/v1/reservations", body, known.pool, reservation_id, command)


async def look_at_reservation(gateway: Gateway, principal: Principal, reservation_id: str) -> Response:
    """What is held until when. 410 once it is over."""
    pool = await _pool_of(gateway, reservation_id)

    def render(state: PoolState, seq: int) -> ReservationAnswer:
        lines = [
            ReservedLine(line.line_id, line.sku, line.quantity, part.location)
            for part in parts_of(state.reservations[reservation_id])
            for line in part.lines
        ]
        return ReservationAnswer(reservation_id, "held", time_of(state.holds[reservation_id]), tuple(lines))

    return json_response(200, await gateway.system.read("inventory", pool, render))


async def let_go(gateway: Gateway, principal: Principal, reservation_id: str) -> Response:
    """Hold it no longer: 204. 410 where it is over already."""
    idempotency_key(request)
    pool = await _pool_of(gateway, reservation_id, again=True)
    command = EndHold(reservation_id, pool)
    route = "/v1/reservations/{reservation_id}"
    return await _say(gateway, principal, route, b"", pool, reservation_id, command)


async def _pool_of(gateway: Gateway, reservation_id: str, *, again: bool = False) -> str:
    """The pool that holds it. Raises Problem 404, and 410 for what is over, unless it may be let go of once more."""
    named = _RESERVATION_ID.fullmatch(reservation_id)
    if named is None:
        raise Problem("not-found", "there is no such reservation")
    for pool in POOLS:
        held = await gateway.system.read("inventory", pool, lambda state, _: reservation_id in state.holds)
        if held:
            return pool
    if again:
        return POOLS[0]
    raise Problem("reservation-gone", "it is held no more, or never was")


async def _say(
    gateway: Gateway, principal: Principal, route: str, body: bytes, pool: str, subject: str, command: object
) -> Response:
    return await submitted(
        gateway, principal, route, body, to="inventory", key=pool, command=command, subject=subject
    )


ROUTES = (
    Route(
        "POST", "/v1/inventory/adjustments", "inventory:adjust", adjust, owner="inventory",
        body=AdjustmentSubmission, needs="K", answers={201: StockAsked},
        problems=("409 insufficient-stock", "409 stock-move-refused"),
    ),
    Route(
        "POST", "/v1/inventory/snapshots", "inventory:adjust", count, owner="inventory", body=SnapshotSubmission,
        needs="K", answers={201: SnapshotApplied}, problems=("409 stale-quantity", "409 count-under-way"),
    ),
    Route(
        "POST", "/v1/transfers", "inventory:transfer", send, owner="inventory", body=TransferSubmission, needs="K",
        answers={201: StockAsked}, gives=("location",),
        problems=("409 insufficient-stock", "409 duplicate-transfer", "409 stock-move-refused"),
    ),
    Route(
        "GET", "/v1/transfers/<transfer_id>", "inventory:read", look_at_transfer, owner="inventory",
        answers={200: TransferAnswer}, problems=("503 no-lists",),
    ),
    Route(
        "POST", "/v1/transfers/<transfer_id>/receipts", "inventory:transfer", receive, owner="inventory",
        body=TransferReceiptSubmission, needs="K", answers={201: StockAsked}, gives=("location",),
        problems=(
            "404 transfer-not-found", "409 over-receipt", "409 insufficient-stock", "409 stock-move-refused",
        ),
    ),
    Route(
        "POST", "/v1/reservations", "inventory:reserve", reserve, owner="inventory", body=ReservationSubmission,
        needs="K", answers={201: ReservationAsked}, gives=("location",),
        problems=("409 insufficient-stock", "409 duplicate-reservation"),
    ),
    Route(
        "GET", "/v1/reservations/<reservation_id>", "inventory:read", look_at_reservation, owner="inventory",
        answers={200: ReservationAnswer}, problems=("410 reservation-gone",),
    ),
    Route(
        "DELETE", "/v1/reservations/<reservation_id>", "inventory:reserve", let_go, owner="inventory", needs="K",
        answers={204: None}, problems=("410 reservation-gone",),
    ),
)  # fmt: skip
