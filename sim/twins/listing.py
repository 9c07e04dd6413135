"""Books that can be listed: rows in the order of their creation, page by page, those that changed since an instant."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Annotated, Any

from msgspec import Meta, Struct

from contracts.ports import ForeignResponse

from .store import Table
from .system import Operation

Render = Callable[[Any], dict[str, Any] | None]


class ListRequest(Struct):
    """{system}/{books}:list: what changed since then, behind the cursor `after`."""

    after: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 200
    changed_since: int = 0


class Listing:
    """Lists a table. `render` makes a row of it, with `changed_at`, or None for one that is not told."""

    def __init__(self, table: Table[Any], render: Render) -> None:
        self._table = table
        self._render = render
        self._keys: list[str] = []

    @property
    def operation(self) -> Operation:
        """The operation that serves it."""
        return Operation(ListRequest, self._list)

    def _list(self, request: ListRequest, key: str, now_ms: int) -> ForeignResponse:
        """A page: {"records", "last", "more", "as_of"}. A page may be empty and more behind it."""
        rows, keys = self._table.rows, self._keys
        if len(keys) > len(rows):
            keys = self._keys = list(rows)
        keys.extend(islice(rows, len(keys), None))
        last = min(len(keys), request.after + request.limit)
        records = []
        for name in keys[request.after : last]:
            row = rows.get(name)
            record = self._render(row) if row is not None else None
            if record is not None and record["changed_at"] >= request.changed_since:
                records.append(record)
        body = {"records": records, "last": last, "more": last < len(keys), "as_of": now_ms}
        return ForeignResponse(200, body)
