"""Builders of turns for tests: `TurnMaker` makes those of a whole journal, with dense positions and seqs."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st

from contracts.codec import encode
from contracts.ids import partition_of
from contracts.platform import Discarded
from contracts.turn import DECIDED, DEFAULT_TENANT, FORMAT, NORMAL, Fact, Said, Turn, message_id
from contracts.vocabulary import fact

START_MS = 1_700_000_000_000


class TurnMaker:
    """Makes the turns of one journal in order; `make` takes what differs, and any field as a keyword."""

    def __init__(self, epoch: int = 1) -> None:
        self.epoch = epoch
        self.positions: dict[int, int] = {}
        self.seqs: dict[tuple[str, str, str], int] = {}
        self.made = 0

    def make(
        self,
        key: str = "k",
        *,
        actor: str = "orders",
        tenant: str = DEFAULT_TENANT,
        says: int = 0,
        **fields: Any,
    ) -> Turn:
        """The next turn of a key, caused from outside; `says` entries go to other keys, each with a body."""
        partition = partition_of(tenant, key)
        pos = self.positions.get(partition, 0)
        seq = self.seqs.get((tenant, actor, key), 0) + 1
        self.made += 1
        turn = Turn(
            format=FORMAT,
            tenant=tenant,
            partition=partition,
            pos=pos,
            epoch=self.epoch,
            actor=actor,
            key=key,
            subject=key,
            seq=seq,
            at_ms=START_MS + self.made,
            cause=f"x:{self.made}",
            correlation=f"x:{self.made}",
            trace="",
            kind=DECIDED,
            message=None,
            events=(a_fact(f"reason {self.made}"),),
            said=tuple(an_entry(f"{key}/{index}") for index in range(says)),
            timers_set=(),
            timers_cancelled=(),
        )
        turn = msgspec.structs.replace(turn, **fields)
        self.positions[partition] = turn.pos + 1
        self.seqs[tenant, actor, key] = turn.seq
        return turn

    def make_group(self, count: int, keys: Sequence[str] = ("a", "b", "c", "d", "e")) -> list[Turn]:
        """`count` turns over some keys, in turn."""
        return [self.make(keys[n % len(keys)]) for n in range(count)]


def a_fact(reason: str) -> Fact:
    """A fact of the real vocabulary, of about the size of its reason."""
    return fact(Discarded("x:1", "orders.cancel", reason))


def an_entry(key: str) -> Said:
    """An entry said to a key, with a body of the real vocabulary."""
    said = a_fact("said")
    return Said("finance", key, key, said.type, said.version, NORMAL, None, said.body)


def cause_of(turn: Turn, index: int = 0) -> str:
    """The id of what the turn said."""
    return message_id(turn.partition, turn.pos, index)


def encoded(turns: Iterable[Turn]) -> list[bytes]:
    """Turns as the journal takes them."""
    return [encode(turn) for turn in turns]


def coordinates(turns: Iterable[Turn]) -> list[tuple[int, int]]:
    """Where the turns stand."""
    return [(turn.partition, turn.pos) for turn in turns]


async def append(journal: Any, turns: Sequence[Turn], epoch: int | None = None) -> list[bytes]:
    """Append a group of turns and return their bytes."""
    data = encoded(turns)
    await journal.append(data, coordinates(turns), turns[0].epoch if epoch is None else epoch)
    return data


@st.composite
def groups_of_turns(draw: st.DrawFn, max_groups: int = 6) -> list[list[Turn]]:
    """Any sequence of groups of epoch 1: keys, tenants, actors, entries and sizes as they come."""
    maker = TurnMaker()
    shape = st.tuples(
        st.sampled_from(["a", "b", "c", "pool", "ord_é"]),
        st.sampled_from(["orders", "finance"]),
        st.sampled_from([DEFAULT_TENANT, "other"]),
        st.integers(0, 3),
        st.text(max_size=40),
    )
    shapes = draw(st.lists(st.lists(shape, min_size=1, max_size=20), max_size=max_groups))
    return [
        [
            maker.make(key, actor=actor, tenant=tenant, says=says, events=(a_fact(reason),))
            for key, actor, tenant, says, reason in group
        ]
        for group in shapes
    ]
