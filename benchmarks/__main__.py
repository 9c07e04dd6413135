"""`python -m benchmarks [NAME] [--json FILE] [--rounds N]`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
from rich.console import Console

from . import gateway, http, outage, runtime
from .harness import Report, show

BENCHMARKS: dict[str, Callable[[int, Callable[[str], None]], Report]] = {
    "runtime": runtime.run,
    "gateway": gateway.run,
    "http": http.run,
    "outage": outage.run,
}


@click.command()
@click.argument("name", required=False)
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Write rows and bars as JSON.")
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
def main(name: str | None, json_file: str | None, rounds: int) -> None:
    """Run one benchmark, or all. Exit 1 if a bar was missed."""
    if name is not None and name not in BENCHMARKS:
        raise click.UsageError(f"no benchmark {name}; there are: {', '.join(BENCHMARKS)}")
    console = Console()
    errors = Console(stderr=True)
    reports = []
    for one in [name] if name is not None else list(BENCHMARKS):
        report = BENCHMARKS[one](rounds, lambda text: errors.print(text, style="dim"))
        show(report, console)
        reports.append(report)
    if json_file is not None:
        value = reports[0] if len(reports) == 1 else reports
        Path(json_file).write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")
    sys.exit(0 if all(bar.held for report in reports for bar in report.bars) else 1)


if __name__ == "__main__":
    main()
