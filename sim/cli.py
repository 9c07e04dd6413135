"""`tidegate`: one command line for serving, simulating and looking after.

Commands are loaded when they are asked for: a simulation does not import the gateway.
"""

from __future__ import annotations

from importlib import import_module

import click

# name: (module, attribute, help shown in the list)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "serve": ("sim.commands.serve", "serve", "Run the gateway; without partners, as a sandbox."),
    "twins": ("sim.commands.twins", "twins", "Run the foreign systems' twins as HTTP servers."),
    "simulate": ("sim.commands.simulate", "simulate", "Run one plan in virtual time and judge it."),
    "replay": ("sim.commands.replay", "replay", "Run a plan again: same plan, same journal hash."),
    "plan": ("sim.commands.plan", "plan", "List, show and check plans."),
    "rehearse": ("sim.commands.rehearse", "rehearse", "Say what a settlement file would do, and do nothing."),
    "journal": ("sim.commands.journal", "journal", "Look into a journal: stats, verify."),
    "contracts": (
        "sim.commands.contracts",
        "contracts",
        "Write the specifications; check what was published.",
    ),
    "operators": ("sim.commands.keys", "operators", "Add, list and disable people who sign in."),
    "audit": ("sim.commands.audit", "audit", "Check the record of who did and read what."),
    "keys": ("sim.commands.keys", "keys", "Make, list, rotate and revoke API keys."),
}


class _Lazy(click.Group):
    """Finds commands in the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        row = COMMANDS.get(cmd_name)
        if row is None:
            return None
        command: click.Command = getattr(import_module(row[0]), row[1])
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, row[2]) for name, row in COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tidegate")
def main() -> None:
    """Tidegate: a retail integration broker and its simulator."""
