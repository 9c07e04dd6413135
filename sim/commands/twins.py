"""`tidegate twins`: the foreign systems as HTTP servers, in a process of their own."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from ..twins.config import TwinsConfig
from ..twins.serve import run_twins
from ..twins.sqlite import TwinsRefused


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path(".tidegate/twins"), show_default=True)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8090, show_default=True, help="0 takes a free one."
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--config", type=click.Path(path_type=Path), help="A TwinsConfig as JSON; else the sandbox's.")
def twins(data: Path, port: int, host: str, config: Path | None) -> None:
    """Run payments, fraud, tax, ERP and warehouse, with books of their own in --data."""
    try:
        pace = TwinsConfig.sandbox() if config is None else TwinsConfig.from_json(config.read_bytes())
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        _refuse(f"{config}: {error}")
    try:
        run_twins(
            data, port, pace, host=host, announce=lambda url: click.echo(f"twins: {url}, books in {data}")
        )
    except (TwinsRefused, OSError) as error:
        _refuse(str(error))


def _refuse(why: str) -> None:
    click.echo(f"tidegate twins: {why}", err=True)
    sys.exit(2)
