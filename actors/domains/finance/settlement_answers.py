"""What whoever sends a settlement file, or decides over a line of one, is answered."""

from __future__ import annotations

from contracts.answers import done, refuse
from contracts.decision import Decision
from contracts.settlement import ImportFile, ResolveDiscrepancy
from contracts.turn import Message

from .settlement_model import IMPORTING, Discrepancy, next_state


def imported(decision: Decision, message: Message, why_not: str) -> None:
    """Whoever sent the file is told whether it was news; its lines are taken after that."""
    command: ImportFile = message.body
    if why_not:
        refuse(decision, message, "already-imported", why_not, "/v1/settlement-files")
    else:
        settlement_id = f"{command.provider}:{command.file_id}"
        body = {"settlement_id": settlement_id, "status": IMPORTING, "lines": command.control.count}
        decision.answer(message.reply_to, done(body, 202, f"/v1/settlements/{settlement_id}"))


# Which fields are to blame, by code.
WRONG = {
    "unknown-action": ("/action",),
    "nobody-named": ("/principal", "/reason"),
    "reference-required": ("/reference",),
}


def cannot(command: ResolveDiscrepancy, found: Discrepancy | None) -> tuple[int, str, str] | None:
    """(status, code, detail) of why the line stays in suspense, or None."""
    if found is None:
        return 404, "not-in-suspense", "no such line is in suspense"
    if next_state(found.state, "resolve") is None:
        return 409, "being-resolved", "somebody is resolving it already"
    if command.action not in ("write_off", "match"):
        return 422, "unknown-action", "the action is write_off or match"
    if not command.principal or not command.reason:
        return 422, "nobody-named", "who decides, and why, must be said"
    if command.action == "match" and not command.reference:
        return 422, "reference-required", "a match names the open item of the clearing account"
    return None
