"""The comparison of two books: theirs gathered in a scratch file, ours read page by page, differences classified.

Memory is bounded whatever the books hold: the scratch file is SQLite's own temporary one, pages are short, and
differences and totals beyond a number are counted only.

*In flight* is what changed on either side within the settle time, what either side itself says is under way, and
what belongs to an order of which we have a call open. It is told as a number, never as a difference.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Protocol

from msgspec import structs

from contracts.reconciliations import (
    DIFFERENCES_AT_MOST,
    DIFFERS,
    MISSING_HERE,
    MISSING_THERE,
    TOTALS_AT_MOST,
    UNDER_WAY,
    Difference,
    Line,
    Reconciliation,
    Total,
)

PAGE = 500
OTHERS = "(others)"


class Ours(Protocol):
    """Our side, as it is read back from the journal."""

    def holds_until(self, at_ms: int, now_ms: int) -> bool: ...

    def line(self, name: str, ref: str) -> Line | None: ...

    def page(self, name: str, after: str, since_ms: int, limit: int) -> list[Line]: ...

    def is_asked(self, name: str, order_id: str) -> bool: ...


class Theirs:
    """The other side's lines, on disk when there are many. Rows of one thing are added up."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE theirs ("
            "ref TEXT, part TEXT, order_id TEXT, grp TEXT, currency TEXT, value INTEGER, state TEXT,"
            " at_ms INTEGER, record BLOB, PRIMARY KEY (ref, part)) WITHOUT ROWID"
        )

    def put(self, rows: Iterable[tuple[str, Line]]) -> None:
        """Keep (part, line)s; one that is told again replaces the earlier one."""
        self._db.executemany(
            "INSERT OR REPLACE INTO theirs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (one.ref, part, one.order_id, one.group, one.currency, one.value, one.state, one.at_ms, one.record)
                for part, one in rows
            ],
        )  # fmt: skip

    def refs(self, first: str, last: str) -> set[str]:
        """What they have anything of, from one thing to another in their order."""
        rows = self._db.execute("SELECT DISTINCT ref FROM theirs WHERE ref BETWEEN ? AND ?", (first, last))
        return {ref for (ref,) in rows}

    def page(self, after: str) -> list[Line]:
        """Their lines behind `after`, in the order of what they are about."""
        refs = self._db.execute(
            "SELECT DISTINCT ref FROM theirs WHERE ref > ? ORDER BY ref LIMIT ?", (after, PAGE)
        ).fetchall()
        if not refs:
            return []
        rows = self._db.execute(
            "SELECT * FROM theirs WHERE ref > ? AND ref <= ? ORDER BY ref, part", (after, refs[-1][0])
        )
        return [_summed(list(parts)) for _, parts in groupby(rows, key=itemgetter(0))]

    def close(self) -> None:
        """The scratch file is gone."""
        self._db.close()


def _summed(rows: list[tuple[str, str, str, str, str, int, str, int, bytes]]) -> Line:
    ref, _, order_id, group, currency, _, _, _, record = rows[0]
    value = sum(row[5] for row in rows)
    states = sorted({row[6] for row in rows})
    return Line(
        ref, order_id, group, currency, value, ",".join(states), max(row[7] for row in rows), "", record
    )


class Comparison:
    """Classifies what two sides say of each thing, and sums up."""

    def __init__(self, name: str, spec: Reconciliation, ours: Ours, since_ms: int, through_ms: int) -> None:
        self.name = name
        self.spec = spec
        self.ours = ours
        self.theirs = Theirs()
        self.since_ms = since_ms
        self.through_ms = through_ms
        self.compared = 0
        self.in_flight = 0
        self.found = 0
        self.differences: list[Difference] = []
        self._totals: dict[tuple[str, str], list[int]] = {}

    def pages(self) -> Iterator[int]:
        """Compare everything, a page at a time: how much that was."""
        after = ""
        while page := self.theirs.page(after):
            for line in page:
                known = self.ours.line(self.name, line.ref)
                if known is not None or not self.spec.ours_only:
                    self._compare(known, line)
            after = page[-1].ref
            yield len(page)
        if self.spec.listed_only:
            return
        after = ""
        while page := self.ours.page(self.name, after, self.since_ms, PAGE):
            there = self.theirs.refs(page[0].ref, page[-1].ref)
            for line in page:
                if line.ref not in there:
                    self._compare(line, None)
            after = page[-1].ref
            yield len(page)

    def totals(self) -> tuple[Total, ...]:
        """Count and value by group, the last of them for all groups beyond."""
        return tuple(
            Total(group, currency, *sums) for (group, currency), sums in sorted(self._totals.items())
        )

    def _compare(self, ours: Line | None, theirs: Line | None) -> None:
        kind = self._kind(ours, theirs)
        if kind is not None and self._moves(ours, theirs):
            self.in_flight += 1
            return
        if kind is None and ours is None and theirs is None:
            return
        self._add(ours, theirs)
        self.compared += 1
        if kind is None:
            return
        self.found += 1
        if len(self.differences) < DIFFERENCES_AT_MOST:
            about = ours or theirs
            assert about is not None
            self.differences.append(Difference(about.ref, kind, about.order_id, ours, theirs))

    def _kind(self, ours: Line | None, theirs: Line | None) -> str | None:
        """How they differ, or None."""
        if self.spec.zero_is_nothing:
            if ours is not None and not ours.value and theirs is None:
                return None
            if theirs is not None and not theirs.value and ours is None:
                return None
        if theirs is None:
            return MISSING_THERE
        if ours is None:
            return MISSING_HERE
        same = ours.value == theirs.value
        # A side that does not say its currency is believed to mean ours.
        same = same and (not ours.currency or not theirs.currency or ours.currency == theirs.currency)
        same = same and (not self.spec.counts_states or ours.state == theirs.state)
        return None if same else DIFFERS

    def _moves(self, ours: Line | None, theirs: Line | None) -> bool:
        for line in (ours, theirs):
            if line is not None and (line.at_ms > self.through_ms or line.state in UNDER_WAY):
                return True
        about = ours or theirs
        return about is not None and bool(about.order_id) and self.ours.is_asked(self.name, about.order_id)

    def _add(self, ours: Line | None, theirs: Line | None) -> None:
        about = ours if ours is not None and ours.group else theirs if theirs is not None else ours
        assert about is not None
        known = ours if ours is not None else about
        at = (about.group, known.currency or about.currency)
        if at not in self._totals and len(self._totals) >= TOTALS_AT_MOST - 1:
            at = (OTHERS, "")
        sums = self._totals.setdefault(at, [0, 0, 0, 0])
        for n, line in ((0, ours), (2, theirs)):
            if line is not None:
                sums[n] += 1
                sums[n + 1] += line.value


def without_record(difference: Difference) -> Difference:
    """The difference without the foreign row, where a turn would get too long."""
    theirs = difference.theirs
    if theirs is None:
        return difference
    return structs.replace(difference, theirs=structs.replace(theirs, record=b""))
