"""A bulk export: the rows of one kind as CSV, with a control total and a digest, named by its watermark and content."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from hashlib import sha256
from io import StringIO
from typing import Any

from contracts.subscribers import Feed


def file_of(book: str, feed: Feed, rows: Sequence[dict[str, Any]], groups: int) -> dict[str, Any]:
    """The body of a files:put. What changed before the journal's group `groups` is in it, or in one before it.

    A field that a row does not name is empty, and stays as it is there.
    """
    names = [theirs for _, theirs in feed.fields]
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["ref", "version", *names])
    for row in rows:
        fields = row["fields"]
        writer.writerow([row["ref"], row["version"], *(fields.get(name, "") for name in names)])
    content = out.getvalue()
    digest = sha256(content.encode()).hexdigest()
    name = f"{book}-{feed.name}-{groups:010d}-{digest[:8]}.csv"
    return {
        "book": book,
        "kind": feed.name,
        "name": name,
        "rows": len(rows),
        "sha256": digest,
        "content": content,
    }
