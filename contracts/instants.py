"""Instants as text."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=64)
def second_of(at_s: int) -> str:
    """RFC 3339 in UTC, to the second and without its `Z`. Most of what is told at a time is of one second."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")
