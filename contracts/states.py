"""State machines as data: for every state and command either the state that follows or a refusal by name.

A machine's table is what its actor decides by, what `docs/states.md` draws, and what the tests compare with a table
written by hand. The machines themselves stand in `contracts/machines.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

# A cell that begins so is a refusal; the rest is its code.
NO = "!"


class Machine(Struct, frozen=True):
    """`rows[state][command]` is the next state, or `!code` where the command is refused. Every cell is filled.

    The first state is where it begins. `steps` says what each command is, in the order in which it is drawn.
    """

    name: str
    about: str
    steps: Mapping[str, str]
    rows: Mapping[str, Mapping[str, str]]

    @property
    def states(self) -> tuple[str, ...]:
        """All states, the first one first."""
        return tuple(self.rows)

    @property
    def commands(self) -> tuple[str, ...]:
        """All commands."""
        return tuple(self.steps)

    def refusal(self, state: str, command: str) -> str | None:
        """The code by which the command is refused in this state, or None if it is not."""
        cell = self.rows[state][command]
        return cell[1:] if cell.startswith(NO) else None

    def after(self, state: str, command: str) -> str:
        """The state that follows. LookupError where the command is refused."""
        cell = self.rows[state][command]
        if cell.startswith(NO):
            raise LookupError(f"{self.name}: {command} in {state} is refused: {cell[1:]}")
        return cell


def machine(name: str, about: str, steps: Mapping[str, str], rows: Mapping[str, str]) -> Machine:
    """A machine whose rows are written as one text each: its cells, in the order of the commands."""
    commands = tuple(steps)
    cells = {state: dict(zip(commands, text.split(), strict=True)) for state, text in rows.items()}
    return Machine(name, about, steps, cells)


def gaps(machine: Machine) -> list[str]:
    """What is wrong with a machine's table: missing cells, unknown states, states that nothing leads to."""
    wrong = []
    states, commands = set(machine.states), set(machine.commands)
    reached = {machine.states[0]}
    for state, row in machine.rows.items():
        wrong += [f"{state} x {command} is missing" for command in sorted(commands - set(row))]
        wrong += [f"{state} x {command}: no such command" for command in sorted(set(row) - commands)]
        for command, cell in row.items():
            if not cell.startswith(NO) and cell not in states:
                wrong.append(f"{state} x {command} leads to {cell}, which is no state")
            elif not cell.startswith(NO):
                reached.add(cell)
    return wrong + [f"{state} is never reached" for state in machine.states if state not in reached]


def drawn(machine: Machine) -> str:
    """The machine as a table in Markdown: a row a command, a column a state."""
    lines = [
        f"## {machine.name}",
        "",
        machine.about,
        "",
        "| " + " | ".join(["", *machine.states]) + " |",
        "|" + "---|" * (len(machine.states) + 1),
    ]
    for command in machine.commands:
        cells = [
            f"*{cell[1:]}*" if (cell := machine.rows[state][command]).startswith(NO) else f"→ **{cell}**"
            for state in machine.states
        ]
        lines.append("| " + " | ".join([f"`{command}`", *cells]) + " |")
    lines.append("")
    lines += [f"- `{command}`: {said}" for command, said in machine.steps.items()]
    return "\n".join(lines) + "\n"


def page(machines: Iterable[Machine]) -> str:
    """All of `docs/states.md`."""
    head = (
        "# States and commands\n\n"
        "What every command does in every state: `→` the state that follows, or, in *italics*, the code by which it\n"
        "is refused. Drawn from `contracts/machines.py` by `python -m tests.support.states_page`; a test compares the\n"
        "page with the tables, and the tables with ones that were written by hand.\n\n"
    )
    return head + "\n".join(map(drawn, machines))
