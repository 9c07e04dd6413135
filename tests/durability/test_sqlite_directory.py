"""Whose directory it is: what the SQLite journal opens, what it refuses, and who may read along."""

import os

import pytest

from actors.journal.digest import journal_sha256, verify
from actors.journal.engine import (
    CannotOpen,
    DamagedJournal,
    DirectoryInUse,
    NewerFormat,
    NotAJournal,
    WrongMode,
)
from actors.journal.sqlite import SqliteJournal
from contracts.ports import StaleEpoch
from tests.support.journals import change, groups_of, kill, start_appending, written
from tests.support.turns import TurnMaker, append


async def test_a_closed_journal_opens_again_with_everything_and_nothing_to_say(tmp_path):
    groups = await written(tmp_path / "new" / "deep", [1, 30, 2])
    journal = SqliteJournal.open(tmp_path / "new" / "deep", "live")
    assert journal.notes == []
    assert groups_of(journal) == groups
    assert journal.statistics().turns == 33
    assert sorted(p.name for p in (tmp_path / "new" / "deep").iterdir() if "-" not in p.name) == [
        "journal.db",
        "lock",
    ]
    journal.close()
    journal.close()


async def test_a_take_over_outlives_the_process_and_is_needed_again_after_it(tmp_path):
    await written(tmp_path, [1])
    journal = SqliteJournal.open(tmp_path, "live")
    assert journal.header.epoch == 1
    with pytest.raises(StaleEpoch):
        await append(journal, [TurnMaker(1).make("z")])
    assert journal.take_over() == 2
    journal.close()
    journal = SqliteJournal.open(tmp_path, "live")
    assert journal.header.epoch == 2
    journal.close()


def test_a_directory_in_use_is_refused_and_its_process_named(tmp_path):
    journal = SqliteJournal.open(tmp_path, "live")
    with pytest.raises(DirectoryInUse, match=f"in use by process {os.getpid()}"):
        SqliteJournal.open(tmp_path, "live")
    journal.close()
    SqliteJournal.open(tmp_path, "live").close()


def test_a_killed_process_lets_its_directory_go(tmp_path):
    holder = start_appending(tmp_path)
    holder.stdout.readline()
    with pytest.raises(DirectoryInUse, match=f"in use by process {holder.pid}"):
        SqliteJournal.open(tmp_path, "live")
    kill(holder)
    SqliteJournal.open(tmp_path, "live").close()


async def test_another_mode_is_refused_and_nothing_is_changed(tmp_path):
    await written(tmp_path, [1])
    before = (tmp_path / "journal.db").read_bytes()
    with pytest.raises(WrongMode, match="mode 'live', not 'sandbox'"):
        SqliteJournal.open(tmp_path, "sandbox")
    assert (tmp_path / "journal.db").read_bytes() == before
    SqliteJournal.open(tmp_path, "live").close()


async def test_a_newer_format_is_refused(tmp_path):
    await written(tmp_path, [1])
    change(tmp_path, "UPDATE header SET value = 99 WHERE name = 'format'")
    for open_ in (
        lambda: SqliteJournal.open(tmp_path, "live"),
        lambda: SqliteJournal.open_read_only(tmp_path),
    ):
        with pytest.raises(NewerFormat, match="has format 99"):
            open_()


async def test_a_broken_header_is_refused(tmp_path):
    await written(tmp_path, [1])
    change(tmp_path, "UPDATE header SET value = 'many' WHERE name = 'epoch'")
    with pytest.raises(DamagedJournal, match="broken header"):
        SqliteJournal.open(tmp_path, "live")


@pytest.mark.parametrize(
    "content,error",
    [
        (b"PK\x03\x04 this is a parcel, not a journal" * 400, NotAJournal),
        (b"short", NotAJournal),
        (b"", DamagedJournal),
        (bytes(8192), NotAJournal),
    ],
)
def test_what_is_no_database_is_refused(tmp_path, content, error):
    (tmp_path / "journal.db").write_bytes(content)
    for open_ in (
        lambda: SqliteJournal.open(tmp_path, "live"),
        lambda: SqliteJournal.open_read_only(tmp_path),
    ):
        with pytest.raises(error, match=r"journal\.db"):
            open_()
    assert (tmp_path / "journal.db").read_bytes() == content


def test_another_programs_database_is_refused(tmp_path):
    change(tmp_path, "CREATE TABLE music (title)")
    with pytest.raises(NotAJournal, match="another program"):
        SqliteJournal.open(tmp_path, "live")


async def test_a_log_without_its_database_is_refused_not_thrown_away(tmp_path):
    (tmp_path / "journal.db-wal").write_bytes(b"precious")
    with pytest.raises(DamagedJournal, match=r"journal\.db-wal is there"):
        SqliteJournal.open(tmp_path, "live")
    assert (tmp_path / "journal.db-wal").read_bytes() == b"precious"


def test_a_file_where_the_directory_should_be_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(CannotOpen, match="file"):
            SqliteJournal.open(path, "live")
        with pytest.raises(CannotOpen, match="file"):
            SqliteJournal.open_read_only(path)


def test_a_birth_that_was_interrupted_is_begun_again(tmp_path):
    (tmp_path / "journal.db.new").write_bytes(b"half")
    SqliteJournal.open(tmp_path, "live").close()
    assert not (tmp_path / "journal.db.new").exists()


# Reading what another process owns.


async def test_a_journal_is_read_while_its_owner_writes(tmp_path):
    journal = SqliteJournal.open(tmp_path, "live")
    maker = TurnMaker(journal.take_over())
    first = await append(journal, maker.make_group(3))
    reader = SqliteJournal.open_read_only(tmp_path)
    assert groups_of(reader) == [first]
    second = await append(journal, maker.make_group(3))
    assert groups_of(reader) == [first, second]
    assert reader.statistics() == journal.statistics()
    assert reader.header == journal.header
    assert journal_sha256(reader) == journal_sha256(journal)
    assert verify(reader) == []
    reader.close()
    journal.close()


def test_a_journal_is_read_after_its_owner_was_killed_and_nothing_is_changed(tmp_path):
    holder = start_appending(tmp_path)
    acknowledged = [holder.stdout.readline() for _ in range(20)]
    kill(holder)
    before = (tmp_path / "journal.db-wal").read_bytes()
    reader = SqliteJournal.open_read_only(tmp_path)
    assert len(groups_of(reader)) >= len(acknowledged)
    reader.close()
    assert (tmp_path / "journal.db-wal").read_bytes() == before


def test_no_journal_to_read_is_said_so(tmp_path):
    with pytest.raises(NotAJournal, match="holds no journal"):
        SqliteJournal.open_read_only(tmp_path)
    assert list(tmp_path.iterdir()) == []
