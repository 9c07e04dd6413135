"""`tidegate keys` and `tidegate operators`: who may ask a gateway for what, kept in its data directory."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from pathlib import Path

import click
import msgspec

from actors.runtime.real import RealClock
from contracts.http import ms_of, time_of
from contracts.turn import DEFAULT_TENANT
from gateway.audit import DID, LOCAL, AuditFailed
from gateway.auth import OPERATOR, SCOPES, Access, AccessRefused
from gateway.roles import ROLES

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
@click.option("--role", default="", help=f"What it may: {', '.join(ROLES)}. By default its client's, or all.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    help=f"In the place of a role; again for several: {', '.join(SCOPES)}.",
)
@click.option("--client", default="", help="Another key of this client; by default of a client of its own.")
@click.option("--tenant", default=DEFAULT_TENANT, show_default=True, help="Whose shop it is for.")
@click.option("--expires", default="", help="When it ends: 90d, 12h, 30m, or 2026-12-31T00:00:00Z.")
def create(
    data: Path, name: str, role: str, scopes: tuple[str, ...], client: str, tenant: str, expires: str
) -> None:
    """Make a key; it is shown once."""
    with _Opened(data) as access:
        key, secret = access.create(
            name, scopes, tenant, role=role, client=client, expires_ms=_expires_ms(access, expires)
        )
        _note(access, "keys.create", key.client)
        click.echo(f"{key.id}  {secret}")


def _expires_ms(access: Access, told: str) -> int:
    """Raises AccessRefused for what is no duration and no instant, or over already."""
    if not told:
        return 0
    now = access.clock.now_ms()
    if (found := re.fullmatch(r"([1-9]\d{0,5})([dhm])", told)) is not None:
        return now + int(found.group(1)) * {"d": 86_400_000, "h": 3_600_000, "m": 60_000}[found.group(2)]
    try:
        at_ms = ms_of(msgspec.convert(told, datetime))
    except (msgspec.ValidationError, TypeError):
        raise AccessRefused(f"--expires {told} is neither a duration (90d) nor an instant") from None
    if at_ms <= now:
        raise AccessRefused(f"--expires {told} is over already")
    return at_ms


@keys.command("list")
@_data
def list_(data: Path) -> None:
    """Every key that ever was; secrets are not kept."""
    with _Opened(data) as access:
        for key in access.list_keys():
            state = f"revoked {time_of(key.revoked_ms)}" if key.revoked_ms else "active"
            if not key.revoked_ms and key.expires_ms:
                over = key.expires_ms <= access.clock.now_ms()
                state = f"{'expired' if over else 'active until'} {time_of(key.expires_ms)}"
            may = f"role {key.role}" if key.role else " ".join(key.scopes)
            click.echo(f"{key.id}  {key.name}  {key.client}  {state}  made {time_of(key.created_ms)}  {may}")


@keys.command()
@_data
@click.option(
    "--grace", type=click.IntRange(0, 30 * 86_400), default=0, help="Seconds the old secret still works."
)
@click.argument("key_id")
def rotate(data: Path, grace: int, key_id: str) -> None:
    """Give a key a new secret; it is shown once."""
    with _Opened(data) as access:
        secret = access.rotate(key_id, grace)
        _note(access, "keys.rotate", _client_of(access, key_id))
        click.echo(f"{key_id}  {secret}")


@keys.command()
@_data
@click.argument("key_id")
def revoke(data: Path, key_id: str) -> None:
    """End a key."""
    with _Opened(data) as access:
        access.revoke(key_id)
        _note(access, "keys.revoke", _client_of(access, key_id))
        click.echo(f"{key_id} is revoked")


@click.group()
def operators() -> None:
    """People who sign in: add, list, disable. Each is one person to the two-person rule, whatever keys they have."""


@operators.command()
@_data
@click.option("--role", default="operator", show_default=True, help=f"One of {', '.join(ROLES)}.")
@click.argument("name")
def add(data: Path, role: str, name: str) -> None:
    """Add a person, with a key to sign in with; it is shown once."""
    with _Opened(data) as access:
        if any(one.name == name and not one.disabled_ms for one in access.list_clients(OPERATOR)):
            raise AccessRefused(f"there is an operator {name} already")
        person = access.add_client(name, role, kind=OPERATOR)
        _, secret = access.create(name, client=person.id)
        _note(access, "operators.add", person.id)
        click.echo(f"{person.id}  {secret}")


@operators.command("list")
@_data
def list_operators(data: Path) -> None:
    """Everybody who ever was one."""
    with _Opened(data) as access:
        for one in access.list_clients(OPERATOR):
            state = f"disabled {time_of(one.disabled_ms)}" if one.disabled_ms else "active"
            click.echo(f"{one.id}  {one.name}  role {one.role}  {state}  added {time_of(one.created_ms)}")


@operators.command()
@_data
@click.argument("operator")
def disable(data: Path, operator: str) -> None:
    """End a person, by id or by name, and each of their keys."""
    with _Opened(data) as access:
        found = [
            one.id for one in access.list_clients(OPERATOR)
            if operator in (one.id, one.name) and not one.disabled_ms
        ]  # fmt: skip
        if not found:
            raise AccessRefused(f"there is no active operator {operator}")
        access.disable_client(found[0])
        _note(access, "operators.disable", found[0])
        click.echo(f"{found[0]} is disabled")


def _note(access: Access, operation: str, client: str) -> None:
    """Whoever has the machine did this. Raises AccessRefused."""
    try:
        access.audit.note(DEFAULT_TENANT, LOCAL, "", DID, operation, f"clients/{client}", 200, "")
    except AuditFailed as error:
        raise AccessRefused(str(error)) from error


def _client_of(access: Access, key_id: str) -> str:
    return next(key.client for key in access.list_keys() if key.id == key_id)


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
