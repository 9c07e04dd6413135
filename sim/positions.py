"""Where each value of a JSON text stands, so that a mistake in it can be shown by line.

Used only after a decoder has complained, and to find keys given twice (decoders keep the last and say
nothing). A field is named as people write it: `faults.rules[0].kind`, the whole text being "".
"""

from __future__ import annotations

import json
import re

_BLANK = re.compile(r"[ \t\r\n]*")
_string = json.JSONDecoder().raw_decode
_SCALAR = re.compile(r"[^,\]\}\s]+")


class DuplicateKey(Exception):
    """An object holds this field twice; `at` is the offset of the second."""

    def __init__(self, field: str, at: int) -> None:
        self.field = field
        self.at = at
        super().__init__(field, at)


def line_at(text: str, at: int) -> int:
    """The line, from 1, of an offset in characters."""
    return text.count("\n", 0, at) + 1


def positions(text: str) -> dict[str, int]:
    """Field to offset, for a text that is known to be JSON. Raises DuplicateKey."""
    found: dict[str, int] = {}
    _value(text, _skip(text, 0), "", found)
    return found


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int, field: str, found: dict[str, int]) -> int:
    """Note the value that begins at `at` and return the offset behind it."""
    found.setdefault(field, at)
    first = text[at]
    if first == "{":
        return _object(text, at, field, found)
    if first == "[":
        return _array(text, at, field, found)
    if first == '"':
        return _string(text, at)[1]
    match = _SCALAR.match(text, at)
    return match.end() if match else at + 1


def _object(text: str, at: int, field: str, found: dict[str, int]) -> int:
    at = _skip(text, at + 1)
    keys: set[str] = set()
    while text[at] != "}":
        key_at = at
        key, at = _string(text, at)
        name = f"{field}.{key}" if field else key
        if key in keys:
            raise DuplicateKey(name, key_at)
        keys.add(key)
        # A field is shown where its key stands.
        found[name] = key_at
        at = _skip(text, _value(text, _skip(text, _skip(text, at) + 1), name, found))
        if text[at] == ",":
            at = _skip(text, at + 1)
    return at + 1


def _array(text: str, at: int, field: str, found: dict[str, int]) -> int:
    at = _skip(text, at + 1)
    index = 0
    while text[at] != "]":
        at = _skip(text, _value(text, at, f"{field}[{index}]", found))
        index += 1
        if text[at] == ",":
            at = _skip(text, at + 1)
    return at + 1
