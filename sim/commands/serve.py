"""`tidegate serve`: the gateway. Without partners of its own to talk to it is a sandbox, with twins.

Exit: 0 ended by a signal after its drain, 1 the system failed (what is durable is in the journal), 2 it could
not start: the directory, its mode, the port, the address or the twins.
"""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import trio

from actors.connectors.http import HttpForeignSystems
from actors.connectors.settlement.files import DirectoryFiles
from actors.connectors.webhooks.http import HttpWebhookSender
from actors.journal.engine import JournalError
from actors.journal.sqlite import SqliteJournal
from actors.journal.vault import FILE as VAULT
from actors.journal.vault import SqliteVault
from actors.runtime.errors import LoopFailing
from actors.runtime.real import RealChance, RealClock, collect_seldom, new_bytes
from actors.system import Ports, Settings, System
from actors.views.store import FILE as VIEWS
from actors.views.store import ViewStore
from actors.views.tables import TABLES
from contracts.ports import JournalFailed, StaleEpoch
from gateway.app import make_app
from gateway.auth import Access, AccessRefused
from gateway.server import CannotListen, Tls, listen, run_gateway
from gateway.signatures import SecretsUnreadable, inbound_secrets
from gateway.web import Web

from ..sandbox import FEED_EVERY_MS, LIMITS, SYNC_EVERY_MS, seed
from ..twins_process import RunningTwins, TwinsFailed, end, find_or_start
from ..welcome import first_start, started

MODE = "sandbox"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line said."""

    data: Path
    host: str
    port: int
    twins: str | None
    tls: Tls | None
    web: Web


class CannotServe(Exception):
    """Bad usage; the message is for a person."""


REFUSALS = (CannotServe, CannotListen, JournalError, AccessRefused, SecretsUnreadable, TwinsFailed)
FAILURES = (JournalFailed, StaleEpoch, LoopFailing)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path(".tidegate"), show_default=True)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one."
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--twins", metavar="URL", help="Running twins; else serve runs its own.")
@click.option("--tls-cert", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="PEM.")
@click.option("--tls-key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="PEM.")
@click.option("--cors-origin", multiple=True, help="A browser's origin that may ask; again for several.")
@click.option("--behind-proxy", is_flag=True, help="Something in front of it speaks TLS.")
def serve(
    data: Path,
    port: int,
    host: str,
    twins: str | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    cors_origin: tuple[str, ...],
    behind_proxy: bool,
) -> None:
    """Run the gateway in sandbox mode, its journal in --data."""
    try:
        tls = _tls(host, tls_cert, tls_key, behind_proxy)
        web = Web(_origins(cors_origin), is_secure=tls is not None or behind_proxy)
        trio.run(_serve, Asked(data, host, port, twins.rstrip("/") if twins else None, tls, web))
    except BaseException as error:
        for kinds, code, words in (
            (REFUSALS, 2, ""),
            (FAILURES, 1, "ended: "),
            ((KeyboardInterrupt,), 130, ""),
        ):
            if (found := _first(error, kinds)) is not None:
                name = f"{type(found).__name__}: " if code == 1 else ""
                click.echo(f"tidegate serve: {words}{name}{found or 'interrupted'}", err=True)
                sys.exit(code)
        raise


# long because each thing that is opened is closed again in the opposite order.
async def _serve(asked: Asked) -> None:
    """Open what is needed, each thing closed again in the opposite order, and run."""
    listener = listen(asked.host, asked.port)
    port = listener.getsockname()[1]
    clock = RealClock()
    try:
        journal = SqliteJournal.open(asked.data, MODE)
    except BaseException:
        listener.close()
        raise
    twins: RunningTwins | None = None
    access: Access | None = None
    views: ViewStore | None = None
    vault: SqliteVault | None = None
    ended_well = False
    try:
        for note in journal.notes:
            click.echo(f"journal: {note}")
        vault = _open_vault(asked.data, journal)
        access = Access(asked.data, clock)
        secret = _first_key(access)
        views = ViewStore(TABLES, asked.data / VIEWS)
        if asked.twins is None:
            twins = await find_or_start(asked.data)
            url = twins.url
        else:
            url = asked.twins
        async with HttpForeignSystems(url) as foreign, HttpWebhookSender() as webhooks:
            settings = Settings(
                feed_every_ms=FEED_EVERY_MS, limits=LIMITS, reconcile=True, sync_every_ms=SYNC_EVERY_MS
            )
            files = DirectoryFiles(asked.data / "files")
            ports = Ports(
                journal,
                clock,
                RealChance(),
                foreign,
                files=files,
                vault=vault,
                views=views,
                webhooks=webhooks,
            )
            system = System(ports, settings)
            seed(system)
            here = f"{'http' if asked.tls is None else 'https'}://{_in_url(asked.host)}:{port}"

            def announce() -> None:
                click.echo(started(here, MODE, asked.data, url, system.recovered_turns))
                if secret is not None:
                    click.echo(first_start(here, secret, from_environment="TIDEGATE_API_KEY" in os.environ))

            app = make_app(system, access, MODE, web=asked.web, inbound=inbound_secrets(asked.data))
            collect_seldom()
            await run_gateway(app, listener, tls=asked.tls, announce=announce)
        ended_well = True
    finally:
        listener.close()
        if vault is not None:
            vault.close()
        if views is not None:
            views.close()
        if access is not None:
            access.close()
        journal.close()
        if twins is not None and (ended_well or not twins.adopted):
            with trio.CancelScope(shield=True):
                await end(twins, asked.data)
        if ended_well:
            click.echo("ended; what was under way goes on at the next start")


def _open_vault(data: Path, journal: SqliteJournal) -> SqliteVault:
    """The seals of what the journal holds. Says so where there are none for it."""
    vault = SqliteVault(data, new_bytes)
    if vault.is_new and journal.statistics().turns:
        click.echo(f"vault: {data / VAULT} was not there; whatever was sealed before is unreadable now")
    return vault


def _first_key(access: Access) -> str | None:
    """The key to show: a new one where there is none yet. TIDEGATE_API_KEY sets its own, and is not repeated."""
    is_first = not access.list_keys()
    from_environment = os.environ.get("TIDEGATE_API_KEY")
    if from_environment is not None:
        access.set_from_environment(from_environment)
        return "$TIDEGATE_API_KEY" if is_first else None
    return access.create("first")[1] if is_first else None


def _tls(host: str, certificate: Path | None, key: Path | None, behind_proxy: bool) -> Tls | None:
    """Raises CannotServe: API keys must not travel in the open."""
    if (certificate is None) != (key is None):
        raise CannotServe("--tls-cert and --tls-key go together")
    if certificate is not None and key is not None:
        return Tls(certificate, key)
    if not behind_proxy and not _is_loopback(host):
        raise CannotServe(f"--host {host} is not loopback: give --tls-cert and --tls-key, or --behind-proxy")
    return None


def _origins(told: tuple[str, ...]) -> tuple[str, ...]:
    """Raises CannotServe: an origin is written as browsers send it, and never as a pattern."""
    for one in told:
        if re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", one) is None:
            raise CannotServe(f"--cors-origin {one} is not an origin such as https://shop.example")
    return told


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _first(error: BaseException, kinds: tuple[type[BaseException], ...]) -> BaseException | None:
    """The first error of these kinds, in whatever groups it stands."""
    if isinstance(error, BaseExceptionGroup):
        return next((found for one in error.exceptions if (found := _first(one, kinds)) is not None), None)
    return error if isinstance(error, kinds) else None
