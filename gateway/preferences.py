"""Prefer (RFC 7240): answer at once, or wait a little for the work to be done."""

from __future__ import annotations

import re

import trio
from quart import Response

from actors.domains.orders.model import OrderState, is_terminal
from actors.system import System

from .asked import request

WAIT_SECONDS_AT_MOST = 30
LOOK_EVERY_SECONDS = 0.05


def asked_to_wait_s() -> int | None:
    """The seconds of `wait=N`, bounded; None where the client does not ask for them or asks for an answer at once."""
    wishes = {name.lower(): value for name, value in _preferences(request.headers.getlist("prefer"))}
    if "respond-async" in wishes or not wishes.get("wait", "").isdecimal():
        return None
    return min(int(wishes["wait"][:6]), WAIT_SECONDS_AT_MOST)


def apply_async(response: Response) -> None:
    """Say so where the client preferred not to wait."""
    if any(name.lower() == "respond-async" for name, _ in _preferences(request.headers.getlist("prefer"))):
        response.headers["preference-applied"] = "respond-async"


async def at_rest(system: System, order_id: str, seconds: int) -> bool:
    """Whether the order came to rest in time. Looks at the live state, often: nobody tells a waiter by name."""
    with trio.move_on_after(seconds):
        while True:
            state: OrderState | None = system.look("orders", order_id)
            if state is not None and is_terminal(state):
                return True
            await trio.sleep(LOOK_EVERY_SECONDS)
    return False


def _preferences(values: list[str]) -> list[tuple[str, str]]:
    found = []
    for wish in ",".join(values).split(","):
        name, _, value = wish.partition(";")[0].partition("=")
        found.append((name.strip(), re.sub(r'^"(.*)"$', r"\1", value.strip())))
    return found
