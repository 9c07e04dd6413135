"""`partner_files`: one writer a partner's kind of document. A control number is used once, each record answered."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from contracts.answers import done, refuse
from contracts.decision import Decision
from contracts.exports import PartnerFileTaken, TakePartnerFile
from contracts.turn import Message

from ...runtime.actor import ActorSpec

NAME = "partner_files"
TAKEN = "taken"


class PartnerFileState(Struct):
    """A small row a file, by its control number."""

    files: dict[str, PartnerFileTaken] = {}


def _take(state: PartnerFileState, message: Message, at: int) -> Decision:
    command: TakePartnerFile = message.body
    decision = Decision()
    path = f"/v1/partner-files/{command.partner}/{command.doctype}"
    if command.control_number in state.files:
        return refuse(
            decision, message, "duplicate-control-number", "a file of this number came before", path
        )
    rejected = sum(record.status != TAKEN for record in command.records)
    taken = len(command.records) - rejected
    decision.event(
        PartnerFileTaken(
            command.partner, command.doctype, command.control_number, command.sha256, command.by, taken, rejected,
            at,
        )
    )  # fmt: skip
    body = {
        "control_number": command.control_number,
        "taken": taken,
        "rejected": rejected,
        "records": [msgspec.structs.asdict(record) for record in command.records],
    }
    decision.answer(message.reply_to, done(body, 202, path))
    return decision


def _fold_taken(state: PartnerFileState, body: PartnerFileTaken) -> None:
    state.files[body.control_number] = body


PARTNER_FILES = ActorSpec(
    NAME,
    lambda key: PartnerFileState(),
    {"partner_files.take": _take},
    {"partner_file.taken": _fold_taken},
)
