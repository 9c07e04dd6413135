"""Mistakes in what a user wrote: always with the file, the line and the field.

    InputMistake
    |-- PlanError      a plan or a fault file                       (sim/plan.py)
    `-- TraceError     a trace of orders                            (sim/load/trace.py)

The person who wrote the file is to mend it; the command line prints the text and exits with 2.
"""

from __future__ import annotations

from pathlib import Path


class InputMistake(Exception):
    """A mistake at a place. `line` counts from 1; 0 means the file itself. `field` may be empty."""

    def __init__(self, path: str | Path, line: int, field: str, message: str) -> None:
        self.path = str(path)
        self.line = line
        self.field = field
        self.message = message
        super().__init__(path, line, field, message)

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return ": ".join(part for part in (place, self.field, self.message) if part)
