"""`tidegate replay`: the same run again. Same plan, same code: same journal hash."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from ..mistakes import InputMistake
from ..plan import plan_hash
from ..plan_file import find_plan
from ..reports.json_report import read_result
from ..reports.result import EXIT_CODES
from ..reports.verdict import print_verdict
from ..runs import RESULT
from .simulate import run_shown


@click.command()
@click.argument("run")
def replay(run: str) -> None:
    """Run RUN (a run's folder, or a plan) again; with a folder, compare the journal's hash."""
    try:
        plan = find_plan(run)
        recorded = Path(run) / RESULT
        before = read_result(recorded) if recorded.exists() else None
        outcome = run_shown(plan, f"tidegate replay {run}")
    except InputMistake as mistake:
        click.echo(f"tidegate replay: {mistake}", err=True)
        sys.exit(2)
    result = outcome.result
    print_verdict(result, Console())
    if before is None:
        sys.exit(EXIT_CODES[result.verdict])
    if before.plan_hash != plan_hash(plan):
        click.echo("the folder's plan and result do not belong together", err=True)
        sys.exit(2)
    same = before.journal_sha256 == result.journal_sha256
    click.echo(
        "same journal hash as recorded"
        if same
        else f"OTHER journal hash: recorded {before.journal_sha256}, now {result.journal_sha256}"
    )
    sys.exit(EXIT_CODES[result.verdict] if same else 1)
