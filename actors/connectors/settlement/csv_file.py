"""CSV as providers write it, taken apart with the line numbers kept."""

from __future__ import annotations

import csv
import io


def rows(text: str) -> list[tuple[int, list[str]]]:
    """(line, fields) of every line that is not blank. Raises ValueError(line, field, detail)."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found = []
    try:
        for fields in reader:
            if fields:
                found.append((reader.line_num, [field.strip() for field in fields]))
    except csv.Error as error:
        line = reader.line_num
        broken = "unexpected end" in str(error)
        raise ValueError(line, "", "ends within a field" if broken else str(error)) from None
    return found


def named(line: int, names: tuple[str, ...], fields: list[str]) -> dict[str, str]:
    """The fields under their names. Raises ValueError where there are more or fewer."""
    if len(fields) != len(names):
        short = len(fields) < len(names)
        field = names[len(fields)] if short else ""
        detail = f"{len(fields)} fields where there should be {len(names)}"
        raise ValueError(line, field, f"ends after {detail}" if short else detail)
    return dict(zip(names, fields, strict=True))
