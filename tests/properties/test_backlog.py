"""The backlog against a plain model: per subject first in, first out, one at a time; cold or hot alike."""

from collections import deque
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from actors.runtime import backlog as module
from actors.runtime.backlog import Backlog, pack, unpack
from contracts.turn import LANES, NORMAL, Message

SUBJECTS = ("a", "b", "c", "d", "e")
# One lane a subject, as those who say to a port have it: lanes choose between subjects, never within one.
LANE_OF = dict(zip(SUBJECTS, (0, 1, 1, 1, 2), strict=True))


def message(n, subject):
    return Message(
        "erp", subject, subject, "x", 1, LANE_OF.get(subject, NORMAL), None, n, f"3.{n}.0", "", "", "", ""
    )


@given(st.integers(0, 63), st.integers(0, 2**48 - 1), st.integers(0, 1_023))
def test_coordinates_survive_packing_and_take_64_bits(partition, pos, index):
    packed = pack(f"{partition}.{pos}.{index}")
    assert unpack(packed) == (partition, pos, index)
    assert packed < 2**64


class BacklogMachine(RuleBasedStateMachine):
    """`waiting` is each subject's queue; `taken` what is out."""

    def __init__(self):
        super().__init__()
        self.every: dict[Any, Any] = {}
        self.waiting: dict[Any, deque[Any]] = {subject: deque() for subject in SUBJECTS}
        self.taken = {}
        self.claimed: list[str] = []
        self.backlog = Backlog("erp", lambda coordinates: [self.every[pos] for _, pos, _ in coordinates])
        self.n = 0
        self.begun = False

    @rule(subject=st.sampled_from(SUBJECTS), count=st.integers(1, 6))
    def put(self, subject, count):
        for _ in range(count):
            self.every[self.n] = message(self.n, subject)
            self.backlog.put(self.every[self.n])
            self.waiting[subject].append(self.n)
            self.n += 1

    @rule()
    def take(self):
        self.begun = True
        taken = self.backlog.take()
        ready = [s for s in SUBJECTS if self.waiting[s] and s not in self.taken and s not in self.claimed]
        if taken is None:
            assert ready == []
            return
        assert taken.subject not in self.taken
        assert taken.subject not in self.claimed
        assert self.waiting[taken.subject].popleft() == taken.body
        self.taken[taken.subject] = taken.body

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def free(self, data):
        subject = data.draw(st.sampled_from(sorted(self.taken)))
        del self.taken[subject]
        self.backlog.free(subject)

    @precondition(lambda self: not self.begun)
    @rule(subject=st.sampled_from(SUBJECTS))
    def claim(self, subject):
        """A process that is gone had taken one: known before anything is taken anew."""
        if subject not in self.claimed:
            self.claimed.append(subject)
            self.backlog.claim(subject)

    @precondition(lambda self: self.claimed)
    @rule()
    def conclude_a_claim(self):
        self.begun = True
        self.backlog.free(self.claimed.pop())

    @invariant()
    def it_knows_how_many_wait(self):
        waiting = sum(map(len, self.waiting.values()))
        assert len(self.backlog) == waiting
        assert self.backlog.max_depth >= waiting
        assert len(self.backlog._lanes) == len(LANES)


class ColdBacklogMachine(BacklogMachine):
    """The same with room for three whole messages a lane: nearly all wait as coordinates."""

    def __init__(self):
        super().__init__()
        self._room = module.HOT, module.REFILL
        module.HOT, module.REFILL = 3, 2

    def teardown(self):
        module.HOT, module.REFILL = self._room


BacklogMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
ColdBacklogMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestBacklog = BacklogMachine.TestCase
TestColdBacklog = ColdBacklogMachine.TestCase
