"""`exports`: one writer an export. What is to be in it is decided once; how far the lists are, its reader finds out."""

from __future__ import annotations

from msgspec import Struct

from contracts.answers import done, refuse
from contracts.decision import Decision
from contracts.exports import ExportRequested, RequestExport
from contracts.turn import Message

from ...runtime.actor import ActorSpec

NAME = "exports"


class ExportState(Struct):
    """An export; `kind` is empty where there is none."""

    kind: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    watermark_ms: int = 0
    by: str = ""


def _request(state: ExportState, message: Message, at: int) -> Decision:
    command: RequestExport = message.body
    decision = Decision()
    if state.kind:
        return refuse(decision, message, "duplicate-export", "it was asked for before", "/v1/exports")
    decision.event(
        ExportRequested(command.export_id, command.kind, command.filters, command.watermark_ms, command.by)
    )
    body = {"export_id": command.export_id, "status": "running"}
    decision.answer(message.reply_to, done(body, 202, f"/v1/operations/{command.export_id}"))
    return decision


def _fold_requested(state: ExportState, body: ExportRequested) -> None:
    state.kind, state.filters, state.watermark_ms = body.kind, body.filters, body.watermark_ms
    state.by = body.by


EXPORTS = ActorSpec(
    NAME,
    lambda key: ExportState(),
    {"exports.request": _request},
    {"export.requested": _fold_requested},
)
