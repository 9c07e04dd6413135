"""Ways through the machines of `contracts/machines.py`: real actors, brought into every state by real commands.

A way knows how each command is said, by which commands a state is reached, and how to tell where an actor is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from actors.runtime.actor import ActorSpec
from contracts.decision import Decision
from contracts.machines import MACHINES
from contracts.states import Machine
from contracts.turn import Address
from tests.support.walk import message_to, take

ASKER = Address("somebody", "k", "s")
Say = Callable[["Walker"], Any]


class Way(NamedTuple):
    """`say[command]` makes what is said, of where the walker is; `paths` lead to states, to a (state, command) where
    a command wants another way there. `where` names the state an actor is in, `seen` is all that the machine speaks of,
    `told` the code by which a decision refuses (or ""), but for the commands of `tells`, which
    tell that something else is refused. `types` are those of messages that several commands share.
    """

    machine: str
    spec: ActorSpec
    key: str
    say: Mapping[str, Say]
    paths: Mapping[str | tuple[str, str], tuple[str, ...]]
    where: Callable[[Any], str]
    seen: Callable[[Any], Any]
    told: Callable[[Decision], str]
    types: Mapping[str, str] = {}
    before: tuple[Any, ...] = ()
    asks: bool = True
    tells: frozenset[str] = frozenset()


class Walker:
    """An actor on its way."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.state = way.spec.initial(way.key)
        self.n = 0
        for body in way.before:
            self._take(body, None)

    def _take(self, body: Any, type_: str | None) -> Decision:
        self.n += 1
        message = message_to(self.way.spec, self.way.key, body, type_=type_, n=self.n)
        if self.way.asks:
            message = msgspec.structs.replace(message, reply_to=ASKER)
        return take(self.way.spec, self.state, message, 1_000 * self.n)

    def do(self, command: str) -> Decision:
        """Say a command, decide and fold it."""
        return self._take(self.way.say[command](self), self.way.types.get(command))

    @property
    def where(self) -> str:
        """The state the actor is in."""
        return self.way.where(self.state)

    def seen(self) -> bytes:
        """All that the machine speaks of."""
        return msgspec.msgpack.encode(self.way.seen(self.state))


def machine_of(way: Way) -> Machine:
    """The table a way belongs to."""
    return next(machine for machine in MACHINES if machine.name == way.machine)


def walked_to(way: Way, state: str, command: str) -> Walker:
    """An actor that was brought into a state, as the command wants it there."""
    walker = Walker(way)
    for step in way.paths[state, command] if (state, command) in way.paths else way.paths[state]:
        walker.do(step)
    return walker


def problem_code(decision: Decision) -> str:
    """The code of a problem that somebody was answered, or ""."""
    if decision.reply is None:
        return ""
    said = decision.said[decision.reply]
    if said.type != "http.answer":
        return ""
    code: str = msgspec.json.decode(said.body.body).get("code", "")
    return code
