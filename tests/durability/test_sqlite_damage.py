"""The SQLite journal on torn, cut and flipped files: a clear refusal, or a recovery that says what it did."""

import random
import shutil
import sqlite3
from functools import partial

import pytest

from actors.journal.digest import verify
from actors.journal.engine import (
    DamagedJournal,
    JournalError,
)
from actors.journal.sqlite import SqliteJournal
from tests.support.journals import change, groups_of, written
from tests.support.turns import TurnMaker, append


async def copy_mid_flight(tmp_path, sizes):
    """Copies of the files of a journal that is not closed, and the groups acknowledged before the copy."""
    journal = SqliteJournal.open(tmp_path / "owned", "live")
    maker = TurnMaker(journal.take_over())
    groups = [await append(journal, maker.make_group(n)) for n in sizes]
    copied = tmp_path / "copied"
    copied.mkdir()
    for name in ("journal.db", "journal.db-wal"):
        shutil.copy(tmp_path / "owned" / name, copied / name)
    journal.close()
    return copied, groups


async def test_a_copy_taken_mid_flight_holds_all_that_was_acknowledged(tmp_path):
    copied, groups = await copy_mid_flight(tmp_path, [5] * 30)
    journal = SqliteJournal.open(copied, "live")
    assert groups_of(journal) == groups
    assert journal.notes == [
        "the journal was not closed by its last owner; its log was recovered, and it ends with group 29"
    ]
    journal.close()


async def test_a_log_cut_anywhere_leaves_the_groups_before_the_cut_and_says_so(tmp_path):
    copied, groups = await copy_mid_flight(tmp_path, [5, 40, 1, 200, 3] * 4)
    log = (copied / "journal.db-wal").read_bytes()
    chosen = random.Random(7)
    kept = set()
    for at in [0, 1, 31, 32, 33, len(log) - 1, *(chosen.randrange(len(log)) for _ in range(40))]:
        (copied / "journal.db-wal").write_bytes(log[:at])
        trial = tmp_path / "trial"
        shutil.copytree(copied, trial)
        journal = SqliteJournal.open(trial, "live")
        found = groups_of(journal)
        assert found == groups[: len(found)]
        assert verify(journal) == []
        kept.add(len(found))
        if at and at % (4096 + 24) != 32:  # not between two pages of the log
            assert "its log was recovered" in journal.notes[0]
            assert "never finished" in journal.notes[1]
        maker = TurnMaker(journal.take_over())
        for group in found:
            maker.make_group(len(group))
        await append(journal, maker.make_group(2))
        journal.close()
        shutil.rmtree(trial)
    assert len(kept) > 5


async def test_a_flipped_byte_in_the_log_loses_nothing_before_it(tmp_path):
    copied, groups = await copy_mid_flight(tmp_path, [5, 40, 1, 200, 3] * 4)
    log = (copied / "journal.db-wal").read_bytes()
    chosen = random.Random(8)
    for _ in range(25):
        at = chosen.randrange(32, len(log))
        broken = bytearray(log)
        broken[at] ^= 1 << chosen.randrange(8)
        (copied / "journal.db-wal").write_bytes(broken)
        trial = tmp_path / "trial"
        shutil.copytree(copied, trial)
        journal = SqliteJournal.open(trial, "live")
        found = groups_of(journal)
        assert found == groups[: len(found)]
        assert "never finished" in journal.notes[-1]
        journal.close()
        shutil.rmtree(trial)


def found_or_told(directory, read_only):
    """The groups of a directory, or the message of its refusal."""
    try:
        opening = SqliteJournal.open_read_only if read_only else partial(SqliteJournal.open, mode="live")
        journal = opening(directory)
        try:
            return groups_of(journal)
        finally:
            journal.close()
    except JournalError as error:
        return str(error)


@pytest.mark.parametrize("how", ["cut", "flipped", "zeroed"])
async def test_a_broken_database_file_is_told_never_a_traceback_of_sqlite(tmp_path, how):
    home = tmp_path / "home"
    groups = await written(home, [5, 40, 1, 200, 3] * 4)
    whole = (home / "journal.db").read_bytes()
    chosen = random.Random(how)
    refused = 0
    for _ in range(60):
        at = chosen.randrange(len(whole))
        broken = bytearray(whole[:at] if how == "cut" else whole)
        if how == "flipped":
            broken[at] ^= 1 << chosen.randrange(8)
        elif how == "zeroed":
            broken[at : at + 4096] = bytes(len(broken[at : at + 4096]))
        (home / "journal.db").write_bytes(broken)
        for read_only in (True, False):
            found = found_or_told(home, read_only)
            refused += isinstance(found, str)
            if isinstance(found, str):
                assert str(home) in found
            else:
                assert found == groups[: len(found)]
        for left in ("journal.db-wal", "journal.db-shm"):
            (home / left).unlink(missing_ok=True)
    assert refused > 20


async def test_a_torn_last_group_is_moved_aside_and_said_so(tmp_path):
    groups = await written(tmp_path, [3, 4, 5])
    change(tmp_path, "UPDATE groups SET body = zeroblob(300) WHERE id = 2")
    journal = SqliteJournal.open(tmp_path, "live")
    (note,) = journal.notes
    assert "group 2, the last, has another checksum" in note
    assert "now ends with group 1" in note
    assert groups_of(journal) == groups[:2]
    assert journal.statistics().turns == 7
    maker = TurnMaker(journal.take_over())
    maker.make_group(3)
    maker.make_group(4)
    again = await append(journal, maker.make_group(5))
    assert groups_of(journal) == [*groups[:2], again]
    journal.close()
    journal = SqliteJournal.open(tmp_path, "live")
    assert journal.notes == []
    journal.close()
    db = sqlite3.connect(tmp_path / "journal.db")
    assert db.execute("SELECT group_id, length(body), why FROM damaged").fetchall() == [
        (2, 300, "has another checksum than was written")
    ]
    db.close()


async def test_a_journal_whose_only_group_is_torn_is_empty(tmp_path):
    await written(tmp_path, [3])
    change(tmp_path, "UPDATE groups SET crc = crc + 1")
    journal = SqliteJournal.open(tmp_path, "live")
    assert "the journal now is empty" in journal.notes[0]
    assert groups_of(journal) == []
    journal.close()


async def test_a_torn_group_that_others_follow_is_refused_by_name(tmp_path):
    await written(tmp_path, [3, 4, 5])
    change(tmp_path, "UPDATE groups SET crc = crc + 1 WHERE id = 1")
    with pytest.raises(DamagedJournal, match="group 1 has another checksum"):
        SqliteJournal.open(tmp_path, "live")
    reader = SqliteJournal.open_read_only(tmp_path)
    (found,) = verify(reader)
    assert "group 1 has another checksum" in found
    reader.close()


async def test_two_torn_groups_at_the_end_are_refused_since_one_was_acknowledged(tmp_path):
    await written(tmp_path, [3, 4, 5])
    change(tmp_path, "UPDATE groups SET body = x'c1' WHERE id >= 1")
    for _ in range(2):
        with pytest.raises(DamagedJournal, match="group 1 has another checksum"):
            SqliteJournal.open(tmp_path, "live")


async def test_damage_far_from_the_end_is_named_when_it_is_read(tmp_path):
    await written(tmp_path, [2] * 30)
    change(tmp_path, "UPDATE groups SET body = x'90' WHERE id = 4")
    journal = SqliteJournal.open(tmp_path, "live")
    with pytest.raises(DamagedJournal, match="group 4 has another checksum"):
        groups_of(journal)
    journal.close()
    change(tmp_path, "DELETE FROM groups WHERE id = 4")
    journal = SqliteJournal.open(tmp_path, "live")
    with pytest.raises(DamagedJournal, match="group 4 is missing"):
        groups_of(journal)
    journal.close()


@pytest.mark.parametrize(
    "sql,match",
    [
        ("DELETE FROM groups", "its groups are gone"),
        ("DELETE FROM groups WHERE id = 1", "group 1 is missing"),
        ("UPDATE groups SET turns = 'many' WHERE id = 2", "no totals"),
        ("DELETE FROM groups WHERE id = 2", "its groups are gone: there were 3, now 2"),
        ("UPDATE groups SET ends = zeroblob(384) WHERE id = 1", "group 1 has another checksum"),
        ("UPDATE header SET value = 'some' WHERE name = 'groups'", "cannot be counted"),
    ],
)
async def test_groups_that_do_not_join_are_refused(tmp_path, sql, match):
    await written(tmp_path, [3, 4, 5])
    change(tmp_path, sql)
    with pytest.raises(DamagedJournal, match=match):
        SqliteJournal.open(tmp_path, "live")


async def test_a_whole_group_after_a_gap_of_positions_is_refused(tmp_path):
    journal = SqliteJournal.open(tmp_path, "live")
    maker = TurnMaker(journal.take_over())
    await append(journal, [maker.make()])
    maker.make()
    await append(journal, [maker.make()])
    journal.close()
    with pytest.raises(DamagedJournal, match=r"turn 1 of partition \d+ is not after group 0"):
        SqliteJournal.open(tmp_path, "live")
