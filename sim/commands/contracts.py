"""`tidegate contracts`: the specifications, and whether what was published still holds."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from actors.runtime.real import RealClock
from contracts.http import time_of
from gateway.app import ROUTES
from gateway.specification.documents import MAKERS
from gateway.specification.published import COMPARE, FOLDER, NotPublished, read

_NAMES = click.Choice(sorted(MAKERS))


@click.group()
def contracts() -> None:
    """The gateway's specifications: write them, and compare them with what was published."""


@contracts.command()
@click.argument("name", type=_NAMES)
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file; else standard output."
)
def export(name: str, output: Path | None) -> None:
    """Write a specification: the same code, the same bytes."""
    body = MAKERS[name](ROUTES)
    if output is None:
        sys.stdout.buffer.write(body)
        return
    try:
        output.write_bytes(body)
    except OSError as error:
        _refuse(f"{output} cannot be written: {error.strerror}")
    click.echo(f"{output}: {len(body)} bytes")


@contracts.command()
@click.option(
    "--published",
    type=click.Path(path_type=Path, file_okay=False),
    default=FOLDER,
    help="The folder of what was published; by default what came with the code.",
)
@click.option("--all", "everything", is_flag=True, help="List what is compatible, too.")
def check(published: Path, everything: bool) -> None:
    """Compare with what was published: exit 1 and name each field where a client of it would break.

    Exit 0 where nothing breaks; where something is new, it says that publishing is due.
    """
    today, broken, due = time_of(RealClock().now_ms())[:10], 0, []
    for name, make in sorted(MAKERS.items()):
        body = make(ROUTES)
        try:
            old = read(published, name)
        except NotPublished as error:
            _refuse(str(error))
        found = COMPARE[name](old, msgspec.json.decode(body), today)
        for change in found:
            if change.breaks or everything:
                word = "breaks" if change.breaks else "fine"
                click.echo(f"{name}: {word}: {change.pointer}: {change.code}: {change.detail}")
        broken += sum(change.breaks for change in found)
        if body != (published / f"{name}.json").read_bytes():
            due.append(name)
    if broken:
        click.echo(f"incompatible: {broken} differences break a client of what was published", err=True)
        sys.exit(1)
    for name in due:
        target = published / f"{name}.json"
        click.echo(f"compatible; publishing is due: tidegate contracts export {name} --output {target}")
    if not due:
        click.echo("compatible: what was published is what there is")


def _refuse(why: str) -> None:
    click.echo(f"tidegate contracts: {why}", err=True)
    sys.exit(2)
