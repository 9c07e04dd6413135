"""Whoever keeps a copy of our things: storefronts and marketplaces, each with a book of its own in one system; a CRM, a
planning system, a data warehouse that takes files.

A row is what it was told last: the newest version stands, an older one that comes later is not taken. Now and then one
takes a row, says so, and has lost it: whoever does not ask never learns of it.
"""

from __future__ import annotations

import csv
from hashlib import sha256
from io import StringIO
from typing import Annotated, Any

from msgspec import Meta, Struct, structs

from contracts.ports import ForeignResponse

from .config import TwinsConfig
from .draw import hits
from .placed import PlacedOrders
from .store import Store
from .system import Operation, TwinSystem, refusal

AT_MOST = 1_000


class Item(Struct):
    """A thing as of `version`; fields that are not named stay as they are."""

    kind: str
    ref: str
    version: int
    fields: dict[str, Any]


class PushRequest(Struct):
    """{system}/items:push"""

    book: str
    items: Annotated[list[Item], Meta(max_length=AT_MOST)]


class ReadRequest(Struct):
    """{system}/items:read: rows by [kind, ref]."""

    book: str
    refs: Annotated[list[tuple[str, str]], Meta(max_length=AT_MOST)]


class FileRequest(Struct):
    """{system}/files:put: CSV with a header, `rows` behind it. A field that is empty stays as it is."""

    book: str
    kind: str
    name: str
    rows: int
    sha256: str
    content: str


class Row(Struct, frozen=True):
    """What is kept of a thing, since `at`."""

    book: str
    kind: str
    ref: str
    version: int
    fields: dict[str, Any]
    at: int


class Count(Struct, frozen=True):
    """How often something happened."""

    n: int


class Mirror(TwinSystem):
    """Keeps rows by (book, kind, ref). `counts`: older versions that came late, and rows taken and lost."""

    def __init__(self, system: str, config: TwinsConfig, store: Store) -> None:
        super().__init__(
            {
                "items:push": Operation(PushRequest, self._push),
                "items:read": Operation(ReadRequest, self._read),
                "files:put": Operation(FileRequest, self._take_file),
            }
        )
        self._files = store.table(f"{system}.files", Count)
        self.placed = PlacedOrders(system, store)
        self._operations["orders:list"] = self.placed.operation
        self._config = config
        self._rows = store.table(f"{system}.rows", Row)
        self._lost = store.table(f"{system}.lost", Count)
        self._counts = store.table(f"{system}.counts", Count)

    def _push(self, request: PushRequest, key: str, now_ms: int) -> ForeignResponse:
        if not request.book:
            return refusal(404, "no_such_book")
        refused: list[dict[str, str]] = []
        for item in request.items:
            at = f"{request.book} {item.kind} {item.ref}"
            known = self._rows.rows.get(at)
            if item.ref in self._config.mirror_unknown_refs:
                refused.append({"kind": item.kind, "ref": item.ref, "code": "unknown_ref"})
            elif known is None or item.version >= known.version:
                if not self._loses(at, item):
                    self._take(at, request.book, item, known, now_ms)
            else:
                self._count("stale")
        return ForeignResponse(200, {"refused": refused})

    def _take_file(self, request: FileRequest, key: str, now_ms: int) -> ForeignResponse:
        """Nothing of a file that is broken is taken; one that comes again changes nothing."""
        if sha256(request.content.encode()).hexdigest() != request.sha256:
            return refusal(422, "checksum")
        try:
            lines = [
                Item(request.kind, line.pop("ref"), int(line.pop("version")), dict(line))
                for line in csv.DictReader(StringIO(request.content), strict=True)
            ]
        except (KeyError, ValueError, csv.Error):
            return refusal(422, "malformed_file")
        if len(lines) != request.rows:
            return refusal(422, "control_total")
        for line in lines:
            line.fields = {name: one for name, one in line.fields.items() if one}
        self._files.put(request.name, Count(request.rows))
        return self._push(PushRequest(request.book, lines), key, now_ms)

    def _take(self, at: str, book: str, item: Item, known: Row | None, now_ms: int) -> None:
        if known is None:
            row = Row(book, item.kind, item.ref, item.version, item.fields, now_ms)
        else:
            fields = {**known.fields, **item.fields}
            row = structs.replace(known, version=item.version, fields=fields, at=now_ms)
        self._rows.put(at, row)

    def _loses(self, at: str, item: Item) -> bool:
        """Each version of a thing at most once."""
        name = f"{at} {item.version}"
        if name in self._lost.rows or not hits(
            self._config.mirror_loses_bp, self._config.seed, "mirror.loses", name
        ):
            return False
        self._lost.put(name, Count(1))
        self._count("lost")
        return True

    def _count(self, what: str) -> None:
        known = self._counts.rows.get(what)
        self._counts.put(what, Count(1 if known is None else known.n + 1))

    def _read(self, request: ReadRequest, key: str, now_ms: int) -> ForeignResponse:
        rows = []
        for kind, ref in request.refs:
            row = self._rows.rows.get(f"{request.book} {kind} {ref}")
            if row is not None:
                rows.append({"kind": kind, "ref": ref, "version": row.version, "fields": row.fields})
        return ForeignResponse(200, {"rows": rows})

    def books(self) -> dict[str, Any]:
        """{"books": {book: {kind: [{"ref", "version", and what it was told}]}}, "files": [...], "counts": {what: n}}"""
        books: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for row in self._rows.rows.values():
            rows = books.setdefault(row.book, {}).setdefault(row.kind, [])
            rows.append({"ref": row.ref, "version": row.version, **row.fields})
        files = [{"name": name, "rows": file.n} for name, file in self._files.rows.items()]
        return {
            "books": books,
            "files": files,
            "counts": {what: count.n for what, count in self._counts.rows.items()},
        }
