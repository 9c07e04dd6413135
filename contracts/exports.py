"""The vocabulary of what is taken out and brought in in bulk: exports, and partners' files of records.

An export is what a list has up to an instant; the list, its filters and the instant are all that is kept of it.
"""

from __future__ import annotations

from msgspec import Struct


class RequestExport(Struct, array_like=True, frozen=True, gc=False):
    """exports.request: everything of a list up to `watermark_ms`. `filters` are (name, value)."""

    export_id: str
    kind: str
    filters: tuple[tuple[str, str], ...]
    watermark_ms: int
    by: str


class ExportRequested(Struct, array_like=True, frozen=True, gc=False):
    """export.requested"""

    export_id: str
    kind: str
    filters: tuple[tuple[str, str], ...]
    watermark_ms: int
    by: str


class RecordRead(Struct, array_like=True, frozen=True, gc=False):
    """A record of a file: `taken`, or why it cannot be read."""

    n: int
    status: str
    detail: str = ""


class TakePartnerFile(Struct, array_like=True, frozen=True, gc=False):
    """partner_files.take: a file of records, known by its control number; its records follow, one message each."""

    partner: str
    doctype: str
    control_number: str
    sha256: str
    by: str
    records: tuple[RecordRead, ...]


class PartnerFileTaken(Struct, array_like=True, frozen=True, gc=False):
    """partner_file.taken: `taken` of its records can be read, `rejected` cannot."""

    partner: str
    doctype: str
    control_number: str
    sha256: str
    by: str
    taken: int
    rejected: int
    at_ms: int


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "exports.request": (1, RequestExport),
    "export.requested": (1, ExportRequested),
    "partner_files.take": (1, TakePartnerFile),
    "partner_file.taken": (1, PartnerFileTaken),
}
