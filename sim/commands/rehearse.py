"""`tidegate rehearse`: what a settlement or till file would do to a journal's books, and nothing of it done."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from actors.connectors import tills
from actors.connectors.settlement.reader import calls_of
from actors.journal.engine import JournalError
from actors.journal.sqlite import SqliteJournal
from actors.runtime.fold import Fold, rebuilt
from actors.runtime.real import RealClock
from actors.runtime.rehearsal import Rehearsal
from actors.runtime.rehearsal import rehearse as rehearse_calls
from actors.system import all_actors
from contracts.ports import Clock
from contracts.providers import PROVIDERS
from contracts.stores import STORES


@dataclass(frozen=True)
class Read:
    """A journal that was read: nobody's, and not held by this process."""

    actors: Any
    fold: Fold
    clock: Clock


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--provider", type=click.Choice(sorted(PROVIDERS)), help="Whose settlement file it is.")
@click.option("--store", type=click.Choice(sorted(STORES)), help="Whose till file it is.")
def rehearse(directory: Path, file: Path, provider: str | None, store: str | None) -> None:
    """Say what importing the settlement or till FILE would do to the books in DIRECTORY, and do nothing.

    Exit 0 where all of it would match, 1 where a person would have to look or it would be refused, 2 where
    journal or file cannot be read.
    """
    if (provider is None) == (store is None):
        raise click.UsageError("whose file it is must be said: --provider or --store, one of them")
    try:
        data = file.read_bytes()
        journal = SqliteJournal.open_read_only(directory)
        try:
            fold = rebuilt(all_actors(), journal.read())
        finally:
            journal.close()
    except (JournalError, OSError) as error:
        click.echo(f"tidegate rehearse: {error}", err=True)
        sys.exit(2)
    known = Read(fold.actors, fold, RealClock())
    read, whose = (tills.calls_of, store) if provider is None else (calls_of, provider)
    found = rehearse_calls(known, read(whose or "", file.name, data))
    for line in told(found):
        click.echo(line)
    sys.exit(1 if found.of("exception.opened") or found.failed or found.cut_off else 0)


def told(found: Rehearsal) -> list[str]:
    """A rehearsal in sentences."""
    lines = [f"{count:>6} x {type_}" for type_, count in Counter(fact.type for fact in found.facts).items()]
    for posting in found.of("ledger.posted"):
        lines.append(f"would post {posting.step}, {posting.reference}:")
        for e in posting.entries:
            lines.append(f"    {e.side} {e.account}: {e.amount_minor} {posting.currency} (minor units)")
    lines += [f"would need a person: {one.category}: {one.detail}" for one in found.of("exception.opened")]
    lines += [f"would break: {one}" for one in found.failed]
    if found.repeats:
        lines.append(f"{found.repeats} records were taken before: nothing would come of them")
    if found.cut_off:
        lines.append("more would follow than was looked at")
    lines.append("nothing was done")
    return lines
