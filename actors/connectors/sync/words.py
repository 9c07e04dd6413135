"""What is said to a subscriber, under its own names, and what its answers mean."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from contracts.subscribers import Feed

from ..connector import BROKEN
from .changes import Change
from .things import Newest


class Told(NamedTuple):
    """A thing that was told and not confirmed yet. Of what names people only the version is kept."""

    version: int
    fields: dict[str, Any]
    change: Change


def in_their_words(feed: Feed, newest: Newest) -> dict[str, Any]:
    """A thing under a subscriber's own names: what its mapping does not name it is not told."""
    ours = newest.fields
    return {theirs: ours[name] for name, theirs in feed.fields if name in ours}


def has(row: dict[str, Any] | None, told: Told) -> bool:
    """Whether a subscriber's row is what it was told, or newer."""
    if row is None or row["version"] < told.version:
        return False
    fields = row["fields"]
    return row["version"] > told.version or all(fields.get(name) == one for name, one in told.fields.items())


class _Row(msgspec.Struct):
    kind: str
    ref: str
    version: int
    fields: dict[str, Any]


class _NotTaken(msgspec.Struct):
    kind: str
    ref: str
    code: str


class _Answer(msgspec.Struct):
    refused: list[_NotTaken] = []
    rows: list[_Row] = []


def is_readable(body: dict[str, Any]) -> bool:
    """Whether an answer says what it must; one that does not is no answer."""
    try:
        msgspec.convert(body, _Answer)
    except BROKEN:
        return False
    return True
