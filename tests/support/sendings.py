"""Returns in a World: what the customer advises, the dock receives and the inspector finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from actors.runtime.intake import Call
from contracts.ids import return_id_of
from contracts.orders import Order
from contracts.returns import AdviseReturn, InspectedLine, InspectReturn, ReceiveReturn, ReturnLine
from contracts.turn import DEFAULT_TENANT
from tests.support.shop import id_of
from tests.support.world import World

WINDOW_MS = 600_000


def return_id(order: Order, ref: str = "R1") -> str:
    """The id of an order's return by its reference."""
    return return_id_of(DEFAULT_TENANT, id_of(order), ref)


async def _say(world: World, order: Order, ref: str, command: Any, route: str, key: str) -> tuple[int, Any]:
    id_ = return_id(order, ref)
    call = Call(
        "client",
        "POST",
        route,
        f"{id_} {key}",
        f"{command!r}",
        "returns",
        id_,
        id_of(order),
        command,
        sheddable=False,
    )
    answered = await world.system.submit(call)
    await world.quiet()
    return answered.status, msgspec.json.decode(answered.body)


def _lines(lines: Sequence[tuple[str, int]]) -> tuple[ReturnLine, ...]:
    return tuple(ReturnLine(*line) for line in lines)


async def advise(
    world: World, order: Order, *lines: tuple[str, int], ref: str = "R1", fee_bp: int = 0,
    within_ms: int = WINDOW_MS, key: str | None = None, card: str = "", keeps: bool = False,
) -> tuple[int, Any]:  # fmt: skip
    """The customer means to send (line, units) back: (status, body)."""
    command = AdviseReturn(
        return_id(order, ref), id_of(order), "too-small", _lines(lines), within_ms, fee_bp, card, keeps
    )
    return await _say(world, order, ref, command, "/v1/returns", key or f"advise-{ref}")


async def receive(
    world: World, order: Order, *lines: tuple[str, int], ref: str = "R1", receipt: str = "G1", key: str = ""
) -> tuple[int, Any]:
    """The dock has these units."""
    command = ReceiveReturn(return_id(order, ref), id_of(order), receipt, _lines(lines))
    return await _say(world, order, ref, command, "/v1/returns/receipts", key or f"receive-{ref}-{receipt}")


async def inspect(
    world: World, order: Order, *lines: tuple[str, int, int, int, int], ref: str = "R1"
) -> tuple[int, Any]:
    """The inspector graded (line, A, B, scrap, refused)."""
    graded = tuple(InspectedLine(*line) for line in lines)
    command = InspectReturn(return_id(order, ref), id_of(order), graded)
    return await _say(world, order, ref, command, "/v1/returns/inspections", f"inspect-{ref}")


async def send_back(world: World, order: Order, *lines: tuple[str, int], **options: Any) -> None:
    """Advise, receive and find everything as new."""
    ref = options.get("ref", "R1")
    assert (await advise(world, order, *lines, **options))[0] == 201
    assert (await receive(world, order, *lines, ref=ref))[0] == 201
    graded = [(line_id, units, 0, 0, 0) for line_id, units in lines]
    assert (await inspect(world, order, *graded, ref=ref))[0] == 201


def state_of(world: World, order: Order, ref: str = "R1") -> Any:
    """The return's live state."""
    return world.system.look("returns", return_id(order, ref))


def money_back(world: World) -> tuple[list[tuple[str, int, str]], list[tuple[str, int, str]]]:
    """The provider's refunds and disputes: (order, amount, status)."""
    books = world.twins.books()["payments"]
    refunds, disputes = (
        [(row["reference"], row["amount"], row["status"]) for row in books[kind]]
        for kind in ("refunds", "disputes")
    )
    return refunds, disputes
