"""The SQLite journal against kills, failing disks and slow ones: real files, real processes."""

import sqlite3
import threading

import pytest
import trio
import trio.testing

from actors.journal.digest import verify
from actors.journal.sqlite import SqliteJournal
from contracts.ports import JournalFailed
from tests.support.journals import change, groups_of, kill, start_appending
from tests.support.turns import TurnMaker, append, coordinates, encoded


@pytest.mark.parametrize("acknowledged", [1, 40, 170])
def test_every_acknowledged_group_is_there_after_a_kill(tmp_path, acknowledged):
    process = start_appending(tmp_path)
    for _ in range(acknowledged):
        last = process.stdout.readline()
    lines = kill(process).split()
    count = int(lines[-1] if lines else last)
    journal = SqliteJournal.open(tmp_path, "live")
    assert "was not closed by its last owner" in journal.notes[0]
    sizes = [len(group) for group in groups_of(journal)]
    assert sizes == [1 + n % 40 for n in range(len(sizes))]
    assert len(sizes) in (count, count + 1)
    assert journal.statistics().turns == sum(sizes)
    assert verify(journal) == []
    assert journal.take_over() == 2
    journal.close()


# Disks that fail, and slow ones.


class Disk:
    """A connection factory: a commit fails while `broken`, and waits while `held` is not set."""

    def __init__(self):
        self.broken = False
        self.held = threading.Event()
        self.held.set()
        self.waiting = threading.Event()
        disk = self

        class Connection(sqlite3.Connection):
            def commit(self):
                disk.waiting.set()
                disk.held.wait()
                if disk.broken:
                    raise sqlite3.OperationalError("disk I/O error")
                super().commit()

        self.connect = lambda *args, **kwargs: sqlite3.connect(*args, factory=Connection, **kwargs)


async def test_a_failed_sync_is_told_and_everything_after_it_refused(tmp_path):
    disk = Disk()
    journal = SqliteJournal.open(tmp_path, "live", disk.connect)
    maker = TurnMaker(journal.take_over())
    first = await append(journal, maker.make_group(2))
    disk.broken = True
    with pytest.raises(JournalFailed, match="disk I/O error"):
        await append(journal, maker.make_group(2))
    disk.broken = False
    with pytest.raises(JournalFailed, match="an earlier write failed"):
        await append(journal, maker.make_group(2))
    with pytest.raises(JournalFailed):
        journal.take_over()
    with pytest.raises(JournalFailed):
        journal.put_rest([("main", "orders", "a", b"1")])
    assert groups_of(journal) == [first]
    assert journal.statistics().groups == 1
    journal.close()
    journal = SqliteJournal.open(tmp_path, "live")
    assert groups_of(journal) == [first]
    journal.close()


async def test_a_group_written_by_somebody_else_ends_this_owner(tmp_path):
    journal = SqliteJournal.open(tmp_path, "live")
    maker = TurnMaker(journal.take_over())
    change(tmp_path, "INSERT INTO groups VALUES (0, 0, 0, 0, zeroblob(384), x'90')")
    with pytest.raises(JournalFailed, match="UNIQUE"):
        await append(journal, maker.make_group(2))
    journal.close()


async def test_the_loop_goes_on_while_a_group_is_synced(tmp_path):
    disk = Disk()
    journal = SqliteJournal.open(tmp_path, "live", disk.connect)
    maker = TurnMaker(journal.take_over())
    journal.put_rest([("main", "orders", "a", b"1")])
    turns = maker.make_group(2)
    disk.held.clear()
    disk.waiting.clear()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(append, journal, turns)
        await trio.testing.wait_all_tasks_blocked()
        await trio.to_thread.run_sync(disk.waiting.wait)
        journal.put_rest([("main", "orders", "b", b"2")])
        assert journal.get_rest("main", "orders", "a") == b"1"
        assert journal.get_rest("main", "orders", "b") == b"2"
        assert groups_of(journal) == []
        with pytest.raises(KeyError):
            journal.read_turns(coordinates(turns))
        with pytest.raises(RuntimeError, match="one append at a time"):
            await append(journal, maker.make_group(2))
        with pytest.raises(RuntimeError, match="close after it"):
            journal.close()
        nursery.cancel_scope.cancel()
        disk.held.set()
    assert groups_of(journal) == [encoded(turns)]
    journal.close()


# States at rest.


async def test_states_at_rest_are_durable_with_the_next_group_or_at_the_close(tmp_path):
    journal = SqliteJournal.open(tmp_path, "live")
    maker = TurnMaker(journal.take_over())
    reader = SqliteJournal.open_read_only(tmp_path)
    journal.put_rest([("main", "orders", "a", b"1")])
    assert reader.get_rest("main", "orders", "a") is None
    await append(journal, maker.make_group(1))
    assert reader.get_rest("main", "orders", "a") == b"1"
    reader.close()
    journal.put_rest([("main", "orders", "a", b"2")])
    journal.close()
    journal = SqliteJournal.open(tmp_path, "live")
    assert journal.get_rest("main", "orders", "a") == b"2"
    journal.close()
    with pytest.raises(RuntimeError, match="closed"):
        journal.put_rest([])


@pytest.mark.parametrize("groups", [1, 2, 3, 8, 33])
async def test_every_turn_is_found_by_its_coordinates_however_many_groups_there_are(tmp_path, groups):
    journal = SqliteJournal.open(tmp_path, "live")
    maker = TurnMaker(journal.take_over())
    turns = []
    for n in range(groups):
        made = [maker.make(f"k{n % 5}-{i}") for i in range(1 + n % 3)]
        await append(journal, made)
        turns.extend(made)
    coordinates = [(turn.partition, turn.pos) for turn in turns]
    assert journal.read_turns(reversed(coordinates)) == encoded(reversed(turns))
    for partition in range(64):
        end = max([pos + 1 for p, pos in coordinates if p == partition], default=0)
        for missing in (end, end + 7, -1):
            with pytest.raises(KeyError):
                journal.read_turns([(partition, missing)])
    journal.close()
