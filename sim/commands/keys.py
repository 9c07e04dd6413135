"""`tidegate keys`: the API keys of a data directory."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from actors.runtime.real import RealClock
from contracts.http import time_of
from gateway.auth import SCOPES, Access, AccessRefused

_data = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path(".tidegate"),
    show_default=True,
    help="The directory.",
)


@click.group()
def keys() -> None:
    """Make, list, rotate and revoke API keys. A running gateway sees changes within a second."""


@keys.command()
@_data
@click.option("--name", default="client", show_default=True, help="What it is for, for people.")
@click.option(
    "--scope", "scopes", multiple=True, help=f"Again for several; all by default: {', '.join(SCOPES)}."
)
def create(data: Path, name: str, scopes: tuple[str, ...]) -> None:
    """Make a key; it is shown once."""
    with _Opened(data) as access:
        key, secret = access.create(name, scopes or SCOPES)
        click.echo(f"{key.id}  {secret}")


@keys.command("list")
@_data
def list_(data: Path) -> None:
    """Every key that ever was; secrets are not kept."""
    with _Opened(data) as access:
        for key in access.list_keys():
            state = f"revoked {time_of(key.revoked_ms)}" if key.revoked_ms else "active"
            click.echo(
                f"{key.id}  {key.name}  {state}  made {time_of(key.created_ms)}  {' '.join(key.scopes)}"
            )


@keys.command()
@_data
@click.option(
    "--grace", type=click.IntRange(0, 30 * 86_400), default=0, help="Seconds the old secret still works."
)
@click.argument("key_id")
def rotate(data: Path, grace: int, key_id: str) -> None:
    """Give a key a new secret; it is shown once."""
    with _Opened(data) as access:
        click.echo(f"{key_id}  {access.rotate(key_id, grace)}")


@keys.command()
@_data
@click.argument("key_id")
def revoke(data: Path, key_id: str) -> None:
    """End a key."""
    with _Opened(data) as access:
        access.revoke(key_id)
        click.echo(f"{key_id} is revoked")


class _Opened:
    """The keys of a directory that exists; a refusal is told plainly, with exit 2."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._access: Access | None = None

    def __enter__(self) -> Access:
        try:
            if not self._data.is_dir():
                raise AccessRefused(f"{self._data}: there is no such folder")
            self._access = Access(self._data, RealClock())
        except AccessRefused as refused:
            _refuse(refused)
        assert self._access is not None
        return self._access

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._access is not None:
            self._access.close()
        if isinstance(error, AccessRefused):
            _refuse(error)


def _refuse(refused: AccessRefused) -> None:
    click.echo(f"tidegate keys: {refused}", err=True)
    sys.exit(2)
