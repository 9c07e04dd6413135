"""Card numbers: what must not come in, so that it can never get out.

A number of 13 to 19 digits, blanks or dashes between them or not, whose last digit is its Luhn check digit
(source: ISO/IEC 7812-1, annex B). Two things look alike and are let through: a telephone number, which says so
by its leading `+`, and an article number in a field that holds one, whose own check digit is right (GS1).
"""

from __future__ import annotations

import re

# Runs of digits with single separators; what stands directly before and after is no digit.
_RUN = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,}(?![0-9])")
_RUN_BYTES = re.compile(rb"[0-9](?:[ -]?[0-9]){12,}")
_LEAST, _MOST = 13, 19


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def is_article_number(text: str) -> bool:
    """Whether this is a GTIN-13 or GTIN-14 with a right check digit (source: GS1 General Specifications)."""
    if len(text) not in (13, 14) or not text.isascii() or not text.isdigit():
        return False
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(text)))
    return weighted % 10 == 0


def holds_card_number(text: str) -> bool:
    """Whether a card number stands anywhere in this text."""
    for found in _RUN.finditer(text):
        if found.start() and text[found.start() - 1] == "+":
            continue
        parts = re.split("[ -]", found.group())
        if _is_card("".join(parts)):
            return True
        # Something else may stand before or after it. A part of one or two digits begins no card.
        for first in range(len(parts)):
            digits = parts[first]
            if len(digits) < 3:
                continue
            for part in parts[first + 1 :]:
                if len(digits) > _MOST:
                    break
                if _is_card(digits):
                    return True
                digits += part
            if _is_card(digits):
                return True
    return False


def _is_card(digits: str) -> bool:
    return _LEAST <= len(digits) <= _MOST and passes_luhn(digits)


def may_hold_card_number(raw: bytes) -> bool:
    """False where raw JSON certainly holds none: a quick look at the bytes, before the values are searched.

    A backslash may hide a digit, so a text with one has to be searched.
    """
    return b"\\" in raw or _RUN_BYTES.search(raw) is not None
