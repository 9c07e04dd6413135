"""`tidegate simulate`: one run in virtual time, judged.

Exit: 0 held, 1 an invariant broke, 2 bad usage, plan or trace, 3 a liveness bound was missed, 4 an SLO.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec
from rich.console import Console

from actors.journal.digest import journal_sha256
from actors.journal.sqlite import SqliteJournal
from contracts.ports import Journal

from ..mistakes import InputMistake
from ..plan import FaultPlan, Plan
from ..plan_file import check_plan, find_plan, load_faults
from ..reports.html import ReportUnavailable, check_available, html_report
from ..reports.json_report import result_json
from ..reports.junit import junit_xml
from ..reports.result import EXIT_CODES
from ..reports.terminal import live_progress
from ..reports.verdict import print_verdict
from ..run import Outcome, run_plan
from ..runs import write_run

PRESETS = ("none", "standard", "storm")


@click.command()
@click.argument("plan", default="promotion")
@click.option("--seed", type=click.IntRange(0), help="The seed of every draw.")
@click.option("--orders", type=click.IntRange(1), help="How many orders the clients place.")
@click.option("--trace", type=click.Path(dir_okay=False), help="Orders from a trace: CSV, plain, .gz or .xz.")
@click.option("--base-rate", type=click.IntRange(1), help="Orders a second in the calm.")
@click.option("--multiplier", type=click.IntRange(1), help="How many times the base rate the storm brings.")
@click.option("--faults", help="none, standard, storm, or a file of faults.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Write the result as JSON.")
@click.option(
    "--junit", "junit_file", type=click.Path(dir_okay=False), help="Write the verdict as JUnit XML."
)
@click.option(
    "--report", "report_file", type=click.Path(dir_okay=False), help="Write the report as one HTML file."
)
@click.option("--journal-out", type=click.Path(dir_okay=False), help="Write the journal's turns, msgpack.")
@click.option("--wire", type=click.Choice(["fast", "strict"]), help="strict: every hop encodes and decodes.")
@click.option(
    "--on-disk", is_flag=True, help="Keep the journal on disk meanwhile, and say what is held in memory."
)
@click.option("--runs", "runs_dir", type=click.Path(file_okay=False), default="runs", show_default=True)
def simulate(
    plan: str,
    seed: int | None,
    orders: int | None,
    trace: str | None,
    base_rate: int | None,
    multiplier: int | None,
    faults: str | None,
    json_file: str | None,
    junit_file: str | None,
    report_file: str | None,
    journal_out: str | None,
    wire: str | None,
    on_disk: bool,
    runs_dir: str,
) -> None:
    """Run PLAN (a name, a file or a run's folder) in virtual time and judge it from outside."""
    with ExitStack() as leaving:
        try:
            value = chosen(find_plan(plan), seed, orders, trace, base_rate, multiplier, faults, wire)
            check_plan(value)
            if report_file is not None:
                check_available()
            journal = leaving.enter_context(journal_on_disk()) if on_disk else None
            outcome = run_shown(value, journal=journal)
        except (InputMistake, ReportUnavailable) as mistake:
            click.echo(f"tidegate simulate: {mistake}", err=True)
            sys.exit(2)
        result = outcome.result
        page = html_report(result) if report_file is not None else None
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        folder = write_run(Path(runs_dir), stamp, value, result, page)
        result = msgspec.structs.replace(result, replay=f"tidegate replay {folder}")
        (folder / "result.json").write_bytes(result_json(result))
        if page is not None and report_file is not None:
            Path(report_file).write_text(html_report(result), encoding="utf-8")
        if json_file is not None:
            Path(json_file).write_bytes(result_json(result))
        if junit_file is not None:
            Path(junit_file).write_text(junit_xml(result), encoding="utf-8")
        if journal_out is not None:
            write_journal(outcome, Path(journal_out))
        print_verdict(result, Console())
        sys.exit(EXIT_CODES[result.verdict])


def chosen(
    plan: Plan,
    seed: int | None,
    orders: int | None,
    trace: str | None,
    base_rate: int | None,
    multiplier: int | None,
    faults: str | None,
    wire: str | None,
) -> Plan:
    """The plan with what the command line says differently. Raises PlanError for a bad fault file."""
    load = plan.load
    if trace is not None:
        load = msgspec.structs.replace(load, source="trace", trace=trace)
    if base_rate is not None:
        load = msgspec.structs.replace(load, base_rate_per_s=base_rate)
    if multiplier is not None:
        load = msgspec.structs.replace(load, multiplier=multiplier)
    fault_plan = plan.faults
    if faults is not None:
        # Click hands over any word: a preset's name, else a file.
        fault_plan = (
            msgspec.convert({"preset": faults}, FaultPlan) if faults in PRESETS else load_faults(faults)
        )
    changes = {"seed": seed, "orders": orders, "wire": wire}
    return msgspec.structs.replace(
        plan, load=load, faults=fault_plan, **{k: v for k, v in changes.items() if v is not None}
    )


@contextmanager
def journal_on_disk() -> Iterator[Journal]:
    """A journal in a directory of its own, which goes with it."""
    with TemporaryDirectory(prefix="tidegate-run-") as directory:
        journal = SqliteJournal.open(Path(directory), "simulated", durable=False)
        try:
            yield journal
        finally:
            journal.close()


def run_shown(plan: Plan, replay: str = "", journal: Journal | None = None) -> Outcome:
    """Run with progress on the terminal. Interrupting leaves nothing behind."""
    console = Console(stderr=True)
    try:
        with live_progress(console, f"{plan.name}, seed {plan.seed}", time.monotonic) as show:
            return run_plan(plan, show=show, now_s=time.monotonic, replay=replay, journal=journal)
    except KeyboardInterrupt:
        click.echo("interrupted: nothing was written", err=True)
        sys.exit(130)


def write_journal(outcome: Outcome, path: Path) -> None:
    """The turns, one msgpack value after another, in the order of their commits; and check the hash."""
    journal = outcome.stage.inner_journal
    with path.open("wb") as file:
        for _, group in journal.read():
            file.writelines(group)
    assert journal_sha256(journal) == outcome.result.journal_sha256
