"""`tidegate journal`: look into a journal, also while a gateway runs on it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from actors.journal.digest import journal_sha256
from actors.journal.digest import stats as stats_of
from actors.journal.digest import verify as verify_all
from actors.journal.engine import JournalError
from actors.journal.reader import SqliteReader
from actors.journal.sqlite import SqliteJournal


@click.group()
def journal() -> None:
    """Look into the journal of a data directory; nothing is changed."""


@journal.command()
@click.argument("directory", type=click.Path(path_type=Path))
def stats(directory: Path) -> None:
    """The journal in numbers, as JSON."""
    reader = _opened(directory)
    try:
        click.echo(json.dumps(stats_of(reader), indent=2))
    except JournalError as error:
        _refuse(error)
    finally:
        reader.close()


@journal.command()
@click.argument("directory", type=click.Path(path_type=Path))
def verify(directory: Path) -> None:
    """Check every rule of the record: exit 0 where all hold, 1 with each mistake in a sentence."""
    reader = _opened(directory)
    try:
        mistakes = verify_all(reader)
        for mistake in mistakes:
            click.echo(mistake)
        if mistakes:
            sys.exit(1)
        totals = reader.statistics()
        click.echo(f"whole: {totals.turns} turns in {totals.groups} groups, sha256 {journal_sha256(reader)}")
    except JournalError as error:
        _refuse(error)
    finally:
        reader.close()


def _opened(directory: Path) -> SqliteReader:
    try:
        return SqliteJournal.open_read_only(directory)
    except JournalError as error:
        _refuse(error)
        raise AssertionError from error


def _refuse(error: JournalError) -> None:
    click.echo(f"tidegate journal: {error}", err=True)
    sys.exit(2)
