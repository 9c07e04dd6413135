"""`tidegate audit`: whether the record of who did and read what is whole."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from actors.runtime.real import RealClock
from gateway.audit import FILE, Audit, AuditFailed


@click.group()
def audit() -> None:
    """Look into the audit of a data directory, also while a gateway runs on it."""


@audit.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--head", metavar="N:HASH", default="", help="An entry that was there once, as an auditor kept it."
)
def verify(directory: Path, head: str) -> None:
    """Check the chain: exit 0 where it is whole, 1 with each mistake in a sentence, 2 where there is none."""
    number, _, hash_ = head.partition(":")
    try:
        if head and not (number.isdecimal() and hash_):
            raise AuditFailed(f"--head {head} is not N:HASH")
        if not (directory / FILE).is_file():
            raise AuditFailed(f"{directory / FILE} is not there")
        found = Audit(directory / FILE, RealClock())
    except AuditFailed as failed:
        click.echo(f"tidegate audit: {failed}", err=True)
        sys.exit(2)
    try:
        mistakes = list(found.mistakes((int(number), hash_) if head else None))
        for mistake in mistakes:
            click.echo(mistake)
        if mistakes:
            sys.exit(1)
        n, last = found.head()
        click.echo(f"whole: {n} entries, head {n}:{last}")
    finally:
        found.close()
