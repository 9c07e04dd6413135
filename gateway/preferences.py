"""Prefer (RFC 7240): answer at once, or wait a little for the work to be done."""

from __future__ import annotations

import re

import trio

from actors.domains.orders.model import OrderState, is_terminal
from actors.system import System

from .asked import asked

WAIT_SECONDS_AT_MOST = 30
LOOK_EVERY_SECONDS = 0.05


def preferred() -> tuple[int | None, bool]:
    """The seconds of `wait=N`, bounded, None where nobody waits; and whether an answer at once is asked for."""
    wishes = {name.lower(): value for name, value in _preferences(asked().request.headers.getlist("prefer"))}
    is_async = "respond-async" in wishes
    if is_async or not wishes.get("wait", "").isdecimal():
        return None, is_async
    return min(int(wishes["wait"][:6]), WAIT_SECONDS_AT_MOST), False


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
