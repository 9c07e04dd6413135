"""The job behind `webhooks`: looks on as turns are committed, and keeps a task for every endpoint.

An order pays nothing for it: no turn, no message. No endpoint shares anything with another: each has its own cursor,
its own task and its own few requests at a time, so that one that is slow or gone costs the others nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import trio

from contracts.codec import decode_turn
from contracts.events import events_of, is_wanted
from contracts.ports import Chance, Clock, NotSent, WebhookSender
from contracts.turn import Turn

from ...policies.targets import Forbidden, refusal_of, target_of
from ...runtime.engine import Engine
from ...runtime.mailbox import Signal
from .deliverer import ACTOR, Deliverer
from .reading import LOOKED_THROUGH, Place, Recent, group_at, group_behind

Key = tuple[str, str]


class Webhooks:
    """All endpoints, by (tenant, id). Told of every committed group, also of those that are read back at the start."""

    def __init__(
        self,
        engine: Engine,
        sender: WebhookSender | None,
        clock: Clock,
        chance: Chance,
        unseal: Callable[[Any], Any],
        *,
        sandbox: bool,
    ) -> None:
        """Without a `sender` endpoints are kept, and nothing is sent."""
        self.engine = engine
        self.sender = sender
        self.clock = clock
        self.chance = chance
        self.unseal = unseal
        self.sandbox = sandbox
        self.recent = Recent(engine)
        # Where each was registered: what was told before is not for it.
        self.endpoints: dict[Key, Place] = {}
        self.deliverers: dict[Key, Deliverer] = {}
        self._came = Signal()

    @property
    def busy(self) -> bool:
        """Whether something is being sent, or was told and not looked at yet."""
        return any(one.busy for one in self.deliverers.values())

    def take(self, turns: Sequence[Turn]) -> None:
        """A group is committed, now or before this process."""
        group = self.recent.next
        for n, turn in enumerate(turns):
            if turn.actor == ACTOR:
                self._note(turn, Place(group, n, len(turn.events)))
        if self.endpoints:
            self.recent.take(turns)
        else:
            self.recent.forget()
        for deliverer in self.deliverers.values():
            deliverer.signal.give()

    def _note(self, turn: Turn, place: Place) -> None:
        for event in turn.events:
            if event.type == "webhook.registered":
                self.endpoints[turn.tenant, turn.key] = place
                self._came.give()
            elif event.type == "webhook.removed":
                self.endpoints.pop((turn.tenant, turn.key), None)

    async def run(self) -> None:
        """Send until cancelled."""
        async with trio.open_nursery() as nursery:
            while True:
                for key, place in list(self.endpoints.items()):
                    if self.sender is not None and key not in self.deliverers:
                        self.deliverers[key] = Deliverer(self, self.sender, key, place)
                        nursery.start_soon(self._serve, key)
                await self._came.wait()

    async def _serve(self, key: Key) -> None:
        await self.deliverers[key].run()
        del self.deliverers[key]

    def of(self, tenant: str) -> list[str]:
        """The ids of a tenant's endpoints, the oldest first."""
        return [id_ for whose, id_ in self.endpoints if whose == tenant]

    async def refusal_of(self, url: str) -> str:
        """Why nothing would be sent to this URL, "" where it would. The caller brings the deadline."""
        try:
            target = target_of(url, sandbox=self.sandbox)
            if self.sender is None:
                return ""
            addresses = await self.sender.resolve(target.host, target.port)
        except Forbidden as error:
            return str(error)
        except NotSent:
            return "its host has no address"
        return refusal_of(target, addresses, sandbox=self.sandbox)

    def groups_between(self, since_ms: int, until_ms: int) -> tuple[int, int]:
        """The commit groups with turns of that time: the first, and the one behind the last."""
        journal, groups = self.engine.journal, self.recent.next
        return group_at(journal, since_ms, groups), group_behind(journal, until_ms, groups)

    def told(
        self, tenant: str, types: tuple[str, ...], since_ms: int, until_ms: int, first: int, behind: int
    ) -> Iterator[str | None]:
        """The name of each event of that time, and None where others should have their turn."""
        looked = 0
        for number, group in self.engine.journal.read(first):
            if number >= behind:
                return
            for turn in map(decode_turn, group):
                looked += 1
                if looked % LOOKED_THROUGH == 0:
                    yield None
                if turn.tenant == tenant and since_ms <= turn.at_ms < until_ms:
                    for _, _, fact in events_of(turn):
                        if is_wanted(fact.type, types):
                            yield fact.type

    def statistics(self) -> dict[str, Any]:
        """By endpoint."""
        return {id_: one.statistics() for (_, id_), one in self.deliverers.items()}
