"""What every command should do in every state: the tables of `states_by_hand.txt`, written by hand.

They are in a file of their own for they are wide, and so that nobody draws them anew from the code by mistake.
"""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).with_suffix(".txt")


def read_by_command(lines: list[str]) -> dict[str, dict[str, str]]:
    """A table whose lines are commands, as {state: {command: cell}}; `!code` is a refusal."""
    states, *rest = [line.split() for line in lines]
    rows: dict[str, dict[str, str]] = {state: {} for state in states}
    for command, *cells in rest:
        for state, cell in zip(states, cells, strict=True):
            rows[state][command] = "!" + cell[1:] if cell.startswith("-") else state if cell == "=" else cell
    return rows


def by_hand() -> dict[str, dict[str, dict[str, str]]]:
    """Every table of the file, by its machine's name."""
    _, *blocks = FILE.read_text().split("\n## ")
    tables = {}
    for block in blocks:
        name, *lines = block.strip().splitlines()
        tables[name] = read_by_command([line for line in lines if line and not line.startswith("#")])
    return tables


BY_HAND = by_hand()
