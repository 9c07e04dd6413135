"""The result as JSON, and back."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ..mistakes import InputMistake
from .result import RunResult


class ResultError(InputMistake):
    """A file that is not the result of a run."""


def result_json(result: RunResult) -> bytes:
    """Indented JSON, keys of free objects sorted, so that equal results are equal bytes."""
    return msgspec.json.format(msgspec.json.encode(result, order="deterministic"), indent=2) + b"\n"


def read_result(path: str | Path) -> RunResult:
    """A result from its file; unknown fields of newer versions are passed over. Raises ResultError."""
    try:
        return msgspec.json.decode(Path(path).read_bytes(), type=RunResult)
    except OSError as error:
        raise ResultError(path, 0, "", error.strerror or str(error)) from None
    except msgspec.DecodeError as error:
        raise ResultError(path, 0, "", str(error)) from None
