"""Whatever is changed, lost, repeated or late on its way to a subscriber: it has the newest state in the end."""

from typing import Any

import trio
from hypothesis import example, given
from hypothesis import strategies as st

from actors.connectors.sync.changes import Change
from actors.connectors.sync.outlet import Outlet
from actors.connectors.sync.things import Newest
from actors.flows.channel_sync import CHANNEL_SYNC
from actors.runtime.fold import Fold
from contracts.ports import ForeignRequest, ForeignResponse, NoAnswer, NotSent, SystemLimits
from contracts.subscribers import Feed, Subscriber
from sim.chance import SeededChance
from sim.twins.mirror import Mirror
from sim.twins.store import Store
from tests.support.twins import at_once
from tests.support.virtual import running_timeline, virtual_run

REFS = ("a", "b", "c")
FEED = Feed("order", "orders", (("status", "state"),))
FATES = ("taken", "lost before", "lost after", "unreachable", "late", "twice")
steps = st.lists(
    st.one_of(
        # Few states, so that a newer version often looks like the one before it.
        st.tuples(st.just("change"), st.sampled_from(REFS), st.integers(0, 2)),
        st.tuples(st.just("again"), st.sampled_from(REFS)),
        st.tuples(st.just("tick"), st.sampled_from(FATES)),
        st.just(("crash",)),
    ),
    max_size=40,
)


class Ours:
    """Things and engine in one: each thing's version and state, and what was recorded."""

    def __init__(self) -> None:
        self.newest_of: dict[str, tuple[int, int]] = {}
        self.changed_in: dict[str, list[int]] = {}
        self.groups = 0
        self.durable = -1
        self.confirmed = 0
        self.fold = Fold({"channel_sync": CHANNEL_SYNC})
        self.actors = {"channel_sync": CHANNEL_SYNC}

    def change(self, ref: str, state: int) -> Change:
        version, _ = self.newest_of.get(ref, (0, 0))
        self.newest_of[ref] = (version + 1, state)
        self.changed_in.setdefault(ref, []).append(self.groups)
        self.groups += 1
        return Change(self.groups - 1, self.groups - 1, ref)

    def newest(self, thing: tuple[str, str], change: Change, channel: str) -> Newest:
        version, state = self.newest_of[thing[1]]
        return Newest(version, change.last, {"status": state})

    def many(self, channel: str) -> None:
        pass

    async def until_durable(self, group: int) -> None:
        await trio.lowlevel.checkpoint()
        self.durable = max(self.durable, group)

    def group_of(self, ref: str, version: int) -> int:
        """In which group a thing came to a version."""
        return self.changed_in[ref][version - 1]

    def decide(self, spec: Any, message: Any) -> None:
        # A watermark only grows, and never past what is not confirmed.
        assert message.body.groups >= self.confirmed
        self.confirmed = message.body.groups


class Wire:
    """The mirror behind a wire on which the next call meets a fate; what is late comes behind the next one."""

    def __init__(self, mirror: Mirror, ours: Ours) -> None:
        self.mirror = mirror
        self.ours = ours
        self.fate = "taken"
        self.late: list[ForeignRequest] = []

    async def call(self, request: ForeignRequest) -> ForeignResponse:
        await trio.lowlevel.checkpoint()
        for item in request.body.get("items", ()):
            group = self.ours.group_of(item["ref"], item["version"])
            assert group <= self.ours.durable, "what a crash may still undo was told"
        fate, self.fate = self.fate, "taken"
        if fate == "unreachable":
            raise NotSent(fate)
        if fate == "late":
            self.late.append(request)
        if fate in ("late", "lost before"):
            raise NoAnswer(fate)
        answer = self._do(request)
        if fate == "twice":
            answer = self._do(request)
        if fate == "lost after":
            raise NoAnswer(fate)
        late, self.late = self.late, []
        for one in late:
            self._do(one)
        return answer

    def _do(self, request: ForeignRequest) -> ForeignResponse:
        return self.mirror.handle(request.operation, "", request.body, 0)


def rows_of(mirror: Mirror) -> dict[str, tuple[int, int]]:
    rows = mirror.books()["books"].get("web", {}).get("orders", [])
    return {row["ref"]: (row["version"], row["state"]) for row in rows}


async def play(script: list[Any], loses_bp: int) -> None:
    async with running_timeline() as timeline:
        ours, limits = Ours(), SystemLimits(8, 1_000, 1_000, 1_000)
        mirror = Mirror("channels", at_once(mirror_loses_bp=loses_bp), Store())
        wire = Wire(mirror, ours)
        seen: dict[str, int] = {}

        def process() -> Outlet:
            subscriber = Subscriber("channels", (FEED,), "web")
            outlet = Outlet(
                "web", subscriber, ours, ours, wire, timeline, SeededChance(1), limits, 1_000  # type: ignore[arg-type]
            )  # fmt: skip
            outlet.groups = ours.confirmed
            for ref, groups in ours.changed_in.items():
                change = Change(groups[0], groups[-1], ref)
                if outlet.takes(("order", ref), change, "web"):
                    outlet.change(("order", ref), change)
            return outlet

        outlet = process()
        for step in [*script, *[("tick", "taken")] * 24]:
            if step[0] == "change":
                outlet.change(("order", step[1]), ours.change(step[1], step[2]))
            elif step[0] == "again":
                # A turn of long ago is read once more.
                for group in ours.changed_in.get(step[1], ())[:1]:
                    outlet.change(("order", step[1]), Change(group, group, step[1]))
            elif step[0] == "crash":
                outlet = process()
            else:
                wire.fate = step[1]
                await outlet.tick(ours.groups)
                for ref, (version, _) in rows_of(mirror).items():
                    assert version >= seen.get(ref, 0), "a newer state was overwritten by an older one"
                    seen[ref] = version
        assert not outlet.busy
        assert rows_of(mirror) == ours.newest_of
        # Nothing that is not there was ever called confirmed.
        assert ours.confirmed <= ours.groups


TAKEN, LOST = ("tick", "taken"), 10_000
# Of two things told at once one is confirmed and one was lost there: a crash now must not forget that one.
ONE_OF_TWO = [("change", "a", 1), TAKEN, TAKEN, TAKEN, ("change", "b", 1), TAKEN, TAKEN, TAKEN, ("crash",)]
# A thing came to a new version that looks like the old one, and the new one was lost there.
THE_SAME_AGAIN = [("change", "a", 1), *[TAKEN] * 6, ("change", "a", 1), *[TAKEN] * 3]


@example(ONE_OF_TWO, LOST)
@example(THE_SAME_AGAIN, LOST)
@given(steps, st.sampled_from((0, 3_000, LOST)))
def test_the_newest_state_is_there_in_the_end_and_never_goes_back(script, loses_bp):
    virtual_run(lambda: play(script, loses_bp))
