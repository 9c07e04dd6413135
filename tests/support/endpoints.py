"""Webhook endpoints in a World: registering them, and what they were owed."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from typing import Any

import msgspec
import pytest

from actors.connectors.webhooks.message import webhook_id
from actors.runtime.intake import Answered, Call
from contracts.events import cloud_event, events_of, is_wanted
from contracts.ports import SYSTEMS
from contracts.webhooks import (
    ChangeEndpoint,
    EndpointSecret,
    RedeliverEvent,
    RegisterEndpoint,
    RemoveEndpoint,
    ReplayEvents,
    RotateSecret,
    SendTest,
)
from sim.twins.receivers import Receiver, Receivers
from tests.support import virtual
from tests.support.shop import an_order
from tests.support.world import World

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def secret(letter: str = "s") -> str:
    """A secret, told apart by a letter."""
    return "whsec_" + b64encode(letter.encode() * 32).decode()


class Endpoints:
    """What a client does with its endpoints."""

    def __init__(self, world: World, receivers: Receivers) -> None:
        self.world = world
        self.receivers = receivers
        self.calls = 0

    async def say(self, command: Any) -> Answered:
        """A command to an endpoint's writer, each a new one."""
        self.calls += 1
        id_ = command.endpoint_id
        call = Call(
            "client", "POST", "webhooks", str(self.calls), "f", "webhooks", id_, id_, command, sheddable=False
        )  # fmt: skip
        return await self.world.system.submit(call)

    async def register(
        self,
        name: str = "shop",
        types: tuple[str, ...] = (),
        *addresses: tuple[str, ...],
        url: str = "",
        mode: str = "structured",
    ) -> Receiver:
        """An endpoint at a host of this name."""
        receiver = self.receivers.host(f"{name}.example", *addresses)
        receiver.secret = secret()
        where, first = url or f"https://{name}.example/hooks", EndpointSecret("whs_1", secret())
        command = RegisterEndpoint(f"we_{name}", where, types, mode, "", first, "me")
        assert (await self.say(command)).status == 201
        return receiver

    async def enable(self, name: str = "shop") -> Answered:
        return await self.say(ChangeEndpoint(f"we_{name}", None, None, None, None, True, "me"))

    async def disable(self, name: str = "shop") -> Answered:
        return await self.say(ChangeEndpoint(f"we_{name}", None, None, None, None, False, "me"))

    async def remove(self, name: str = "shop") -> Answered:
        return await self.say(RemoveEndpoint(f"we_{name}", "me"))

    async def test(self, name: str = "shop") -> Answered:
        return await self.say(SendTest(f"we_{name}", f"test_{self.calls}", "me"))

    async def rotate(self, letter: str, overlap_ms: int, name: str = "shop") -> Answered:
        new = EndpointSecret(f"whs_{letter}", secret(letter))
        return await self.say(RotateSecret(f"we_{name}", new, overlap_ms, "me"))

    async def redeliver(self, event_id: str, name: str = "shop") -> Answered:
        return await self.say(RedeliverEvent(f"we_{name}", event_id, "order.accepted", "me"))

    async def replay(self, since_ms: int, until_ms: int, name: str = "shop") -> Answered:
        groups = self.world.system.engine.durable + 1
        return await self.say(
            ReplayEvents(f"we_{name}", f"rep_{self.calls}", since_ms, until_ms, (), 0, groups, 0, "me")
        )

    def state(self, name: str = "shop") -> Any:
        return self.world.system.look("webhooks", f"we_{name}")

    def owed(self, name: str = "shop", types: tuple[str, ...] = ()) -> list[str]:
        """The webhook ids of all that was told since the endpoint was registered."""
        owed, begun = list[str](), False
        for turn in self.world.turns():
            if turn.actor == "webhooks" and turn.key == f"we_{name}" and turn.seq == 1:
                begun = True
                continue
            for place, type_, fact in events_of(turn):
                if begun and is_wanted(fact.type, types):
                    owed.append(webhook_id(cloud_event(turn, place, type_, fact)["id"]))
        return owed


@pytest.fixture
async def endpoints(open_world, timeline):
    """Makes a World with a way to endpoints."""

    async def make(**options: Any) -> Endpoints:
        receivers = Receivers(timeline)
        world: World = await open_world(webhooks=receivers, **options)
        return Endpoints(world, receivers)

    return make


def taken(receiver):
    """How often each webhook was taken."""
    return Counter(heard.id for heard in receiver.taken)


# For stories of days: what looks about by itself does so seldom.
LONG = {
    "feed_every_ms": 12 * HOUR_MS,
    "sweep_every_ms": 6 * HOUR_MS,
    "limits": {
        name: msgspec.structs.replace(limits, timeout_ms=6 * HOUR_MS) for name, limits in SYSTEMS.items()
    },
}


async def within(at: Endpoints, ms: int, true: Any) -> Any:
    """Let time pass until something is true, looking as often as befits the bound."""
    return await virtual.until(at.world.timeline, true, ms, max(10, ms // 300))


async def delivered(at: Endpoints, name: str = "shop", within_ms: int = 120_000) -> None:
    """Until an endpoint has taken all that it is owed."""
    receiver = at.receivers.hosts[f"{name}.example"]
    await within(at, within_ms, lambda: set(at.owed(name)) == set(taken(receiver)))


async def ordered(at: Endpoints, n: int) -> None:
    """An order as far as it comes before its goods leave."""
    assert (await at.world.place(an_order(n=n))).status == 202
    await at.world.until(lambda: at.world.state(an_order(n=n)).order_status == "accepted")
