"""Draws `docs/states.md`: `python -m tests.support.states_page` from the root of the project."""

from __future__ import annotations

from pathlib import Path

from contracts.machines import MACHINES
from contracts.states import page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "states.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(MACHINES))
    print(f"{PAGE}: {', '.join(machine.name for machine in MACHINES)}")


if __name__ == "__main__":
    main()
