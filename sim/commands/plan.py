"""`tidegate plan`: list, show and check plans."""

from __future__ import annotations

import sys

import click
import msgspec

from ..mistakes import InputMistake
from ..plan import PLANS, Plan, plan_hash, plan_json
from ..plan_file import find_plan


@click.group()
def plan() -> None:
    """Plans: the whole run as one value."""


@plan.command("list")
def list_() -> None:
    """The named plans."""
    for name, value in PLANS.items():
        click.echo(f"{name}: {value.orders} orders, x{value.load.multiplier}, faults {value.faults.preset}")


@plan.command()
@click.argument("name")
def show(name: str) -> None:
    """A plan with every field written out."""
    click.echo(plan_json(_found(name)).decode(), nl=False)


@plan.command()
def schema() -> None:
    """The plan's JSON Schema."""
    schema_ = msgspec.json.encode(msgspec.json.schema(Plan), order="deterministic")
    click.echo(msgspec.json.format(schema_, indent=2).decode())


@plan.command()
@click.argument("name")
def check(name: str) -> None:
    """Read a plan and say its hash; exit 2 with file, line and field for a mistake."""
    click.echo(plan_hash(_found(name)))


def _found(name: str) -> Plan:
    try:
        return find_plan(name)
    except InputMistake as mistake:
        click.echo(f"tidegate plan: {mistake}", err=True)
        sys.exit(2)
