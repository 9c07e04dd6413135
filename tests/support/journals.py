"""Journals on disk for tests: written, changed behind the program's back, and owned by a process to kill."""

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from actors.journal.sqlite import SqliteJournal
from tests.support.turns import TurnMaker, append

ROOT = Path(__file__).resolve().parents[2]


def groups_of(journal):
    return [group for _, group in journal.read()]


async def written(directory, sizes):
    """Make a journal, write groups of these sizes and close it. Returns the groups."""
    journal = SqliteJournal.open(directory, "live")
    maker = TurnMaker(journal.take_over())
    groups = [await append(journal, maker.make_group(n)) for n in sizes]
    journal.close()
    return groups


def change(directory, sql, *values):
    """Do to the database what this program never does."""
    db = sqlite3.connect(directory / "journal.db", isolation_level=None)
    db.execute(sql, values)
    db.close()


APPENDING = """
import sys, trio
from pathlib import Path
from actors.journal.sqlite import SqliteJournal
from tests.support.turns import TurnMaker, append

async def main():
    journal = SqliteJournal.open(Path(sys.argv[1]), "live")
    maker = TurnMaker(journal.take_over())
    count = 0
    while True:
        await append(journal, maker.make_group(1 + count % 40))
        count += 1
        print(count, flush=True)

trio.run(main)
"""


def start_appending(directory):
    """A process that appends groups of 1, 2, ... 40, 1, ... turns and prints how many were acknowledged."""
    return subprocess.Popen(
        [sys.executable, "-c", APPENDING, str(directory)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def kill(process):
    """SIGKILL. Returns the rest of what it had printed."""
    process.send_signal(signal.SIGKILL)
    rest = process.communicate()[0]
    assert process.returncode == -signal.SIGKILL
    return rest
