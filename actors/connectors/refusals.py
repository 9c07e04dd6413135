"""Why a file is refused: every problem in it, told at once.

FileRefused   the file cannot be meant so: its sender's mistake (or the way's)
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the line (0 for the file), the sender's name of the field, a code, a sentence."""

    line: int
    field: str
    code: str
    detail: str


class FileRefused(Exception):
    """Nothing of the file may be recorded. `problems` are all that were found, in the order of the file.

    `file_id` is the file's own where it could be read, else its name without the extension: senders name their
    files so.
    """

    def __init__(self, name: str, problems: list[Problem], file_id: str = "") -> None:
        self.name = name
        self.problems = problems
        self.file_id = file_id or name.partition(".")[0]
        super().__init__("; ".join(self.told()))

    @property
    def code(self) -> str:
        """The first problem's code."""
        return self.problems[0].code

    def told(self) -> tuple[str, ...]:
        """Every problem as `file:line: field: what`."""
        return tuple(f"{self.name}:{one.line}: {one.field}: {one.detail}" for one in self.problems)
