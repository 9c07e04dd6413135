"""The queues of the runtime, without a system around them."""

import pytest
import trio

from actors.runtime.backlog import HOT, Backlog, pack, unpack
from actors.runtime.mailbox import Mailbox, Signal
from contracts.turn import BULK, NORMAL, URGENT, Message


def message(n, subject="s", lane=NORMAL):
    id_ = f"1.{n}.0"
    return Message("erp", subject, subject, "x", 1, lane, None, None, id_, "main", "", "", "")


def taken_from(backlog: Backlog) -> Message:
    """The next entry; there has to be one."""
    taken = backlog.take()
    assert taken is not None
    return taken


def test_urgent_wakeups_are_taken_first_and_lanes_keep_their_order():
    box = Mailbox(10)
    for name, lane in (("a", BULK), ("b", NORMAL), ("c", URGENT), ("d", NORMAL)):
        box.put_nowait(name, lane)
    assert [box.take_nowait(3), box.take_nowait(3), box.take_nowait(3)] == [["c", "b", "d"], ["a"], []]
    assert len(box) == 0


def test_a_mailbox_counts_what_it_received_and_how_full_it_was():
    box = Mailbox(10)
    for n in range(7):
        box.put_nowait(n, NORMAL)
    assert (box.take_nowait(4), len(box)) == ([0, 1, 2, 3], 3)
    box.put_nowait(7, NORMAL)
    told = box.statistics()
    assert (told["size"], told["received"], told["max_size"]) == (4, 8, 7)


def test_over_its_bound_a_mailbox_drops_the_wakeup_and_counts_it():
    box = Mailbox(2)
    for name in "abc":
        box.put_nowait(name, NORMAL)
    assert len(box) == 2
    assert box.statistics()["overflowed"] == 1


async def test_a_signal_given_before_the_wait_is_kept():
    signal = Signal()
    signal.give()
    with trio.fail_after(1):
        await signal.wait()
    with trio.move_on_after(0.01) as again:
        await signal.wait()
    assert again.cancelled_caught, "it was given once"


def test_coordinates_survive_packing():
    assert unpack(pack("63.281474976710655.1023")) == (63, 281474976710655, 1023)


def test_entries_beyond_the_hot_ones_cost_coordinates_only_and_come_back_in_order():
    asked = []

    def read_back(coordinates):
        asked.extend(coordinates)
        return [message(pos, f"s{pos}") for _, pos, _ in coordinates]

    backlog = Backlog("erp", read_back)
    total = HOT + 500
    for n in range(total):
        backlog.put(message(n, f"s{n}"))
    assert len(backlog) == total
    lane = backlog._lanes[NORMAL]
    assert lane.cold.itemsize <= 32
    assert len(lane.hot) == HOT
    taken = [taken_from(backlog).id for _ in range(total)]
    assert taken == [f"1.{n}.0" for n in range(total)]
    assert [pos for _, pos, _ in asked] == list(range(HOT, total))
    assert backlog.take() is None


def test_entries_of_a_subject_leave_one_at_a_time_and_in_order():
    backlog = Backlog("erp", lambda coordinates: [])
    for n, subject in enumerate(["a", "a", "b", "a"]):
        backlog.put(message(n, subject))
    assert taken_from(backlog).id == "1.0.0"
    assert taken_from(backlog).id == "1.2.0"
    assert backlog.take() is None
    backlog.free("a")
    assert taken_from(backlog).id == "1.1.0"
    assert backlog.take() is None
    backlog.free("a")
    assert taken_from(backlog).id == "1.3.0"
    assert len(backlog) == 0


@pytest.mark.parametrize("urgent_first", [True, False])
def test_an_urgent_entry_passes_other_subjects_never_its_own(urgent_first):
    backlog = Backlog("erp", lambda coordinates: [])
    backlog.put(message(0, "a"))
    backlog.put(message(1, "b", URGENT))
    assert taken_from(backlog).subject == "b"
    assert taken_from(backlog).subject == "a"
