"""`settlement`: one writer a provider, one conversation a file. Imported once, every line judged, then paid out.

It holds what a file is waiting for and what is in suspense; what is owed by whom stands in the book, which it asks.
"""

from __future__ import annotations

import msgspec

from contracts.answers import done, refused
from contracts.decision import Decision
from contracts.ids import digest128
from contracts.partners import ExceptionOpened
from contracts.settlement import (
    ClearSuspense,
    ControlTotal,
    DiscrepancyResolved,
    FileImported,
    FileRefused,
    ImportFile,
    JudgeLine,
    LineJudged,
    LineMatched,
    LineMismatched,
    PayoutReconciled,
    PostPayout,
    RefuseFile,
    ResolveDiscrepancy,
    SuspenseCleared,
    SuspenseKept,
    TakeLine,
)
from contracts.turn import Address, Message
from contracts.worklist import EndException

from ...runtime.actor import ActorSpec
from . import settlement_answers as answers
from .settlement_model import (
    IMPORTING,
    RECONCILED,
    REFUSED,
    RESOLVING,
    SUSPENDED,
    Discrepancy,
    FileState,
    ProviderState,
    discrepancy_key,
    line_state,
    next_state,
)

NAME = "settlement"
_REFUSAL, _MISMATCH = "settlement-file-refused", "settlement-mismatch"


def _me(message: Message, file_id: str) -> Address:
    return Address(NAME, message.key, file_id)


def _import(state: ProviderState, message: Message, at: int) -> Decision:
    command: ImportFile = message.body
    decision = Decision()
    known = state.files.get(command.file_id)
    if known is not None and known.status != REFUSED:
        if known.sha256 != command.sha256:
            told = (f"{command.name}:0: : other bytes than the file of this name that was imported before",)
            fact = (command.provider, command.file_id, command.name, command.sha256, "re-cut", told)
            _refused(decision, FileRefused(*fact))
        answers.imported(decision, message, f"the file was imported before and is {known.status}")
        return decision
    decision.event(FileImported(*msgspec.structs.astuple(command)))
    answers.imported(decision, message, "")
    if known is not None:
        _end_refusals(decision, command, known.refused)
    if command.control.count == 0:
        _post(decision, message, command.file_id, command.payout_id, command.book, command.currency,
              command.control, 0, 0, 0)  # fmt: skip
    return decision


def _refuse(state: ProviderState, message: Message, at: int) -> Decision:
    command: RefuseFile = message.body
    decision = Decision()
    known = state.files.get(command.file_id)
    if known is None or known.sha256 != command.sha256:
        _refused(decision, FileRefused(*msgspec.structs.astuple(command)))
    return decision


def _refused(decision: Decision, fact: FileRefused) -> None:
    decision.event(fact)
    category = _REFUSAL
    id_ = _refusal_of(fact.provider, fact.file_id, fact.sha256)
    detail = "; ".join(fact.problems)[:500]
    decision.event(
        ExceptionOpened(id_, category, fact.file_id, f"{fact.provider} {fact.file_id}: {fact.code}: {detail}")
    )


def _refusal_of(provider: str, file_id: str, sha256: str) -> str:
    return "exc_" + digest128(_REFUSAL, provider, file_id, sha256)


def _end_refusals(decision: Decision, command: ImportFile, hashes: tuple[str, ...]) -> None:
    """The corrected file is here: nobody needs to ask for it any more."""
    for sha256 in hashes:
        exception_id = _refusal_of(command.provider, command.file_id, sha256)
        why = "the corrected file has come"
        end = EndException(exception_id, _REFUSAL, command.file_id, NAME, "corrected", why)
        decision.say("exceptions", exception_id, command.file_id, end)


def _take(state: ProviderState, message: Message, at: int) -> Decision:
    command: TakeLine = message.body
    decision = Decision()
    file = state.files.get(command.file_id)
    # A line of bytes that were refused, or of a file that is done, is late or repeated.
    if file is None or file.status != IMPORTING or file.sha256 != command.sha256:
        return decision
    if next_state(line_state(state, command.file_id, command.line.line_id), "take") is not None:
        decision.took(message)
        body = JudgeLine(command.provider, command.file_id, file.book, command.line)
        decision.say("finance", file.book, command.file_id, body, reply_to=_me(message, command.file_id))
    return decision


def _judged(state: ProviderState, message: Message, at: int) -> Decision:
    fact: LineJudged = message.body
    decision = Decision()
    outcome = "mismatched" if fact.residue_minor else "matched"
    if next_state(line_state(state, fact.file_id, fact.line_id), outcome) is None:
        return decision
    of = (fact.provider, fact.file_id, fact.line_id, fact.reference)
    amounts = (fact.currency, fact.gross_minor, fact.fee_minor)
    if outcome == "matched":
        decision.event(LineMatched(*of, *amounts))
    else:
        decision.event(LineMismatched(*of, fact.reason, *amounts, fact.residue_minor))
        if fact.reason != "taken_back":
            _open_mismatch(decision, fact)
    file = state.files[fact.file_id]
    if file.judged + 1 == file.control.count:
        _post(decision, message, fact.file_id, file.payout_id, file.book, file.currency, file.control,
              file.cleared_minor + fact.gross_minor - fact.residue_minor,
              file.suspense_minor + fact.residue_minor, file.fee_minor + fact.fee_minor)  # fmt: skip
    return decision


def _open_mismatch(decision: Decision, fact: LineJudged) -> None:
    detail = (
        f"{fact.provider} {fact.file_id} {fact.line_id}: {fact.reference}: {fact.reason},"
        f" {fact.residue_minor} of {fact.gross_minor} {fact.currency} (minor units) in suspense"
    )
    decision.event(
        ExceptionOpened(
            _exception_of(fact.provider, fact.file_id, fact.line_id), _MISMATCH, fact.file_id, detail
        )
    )


def _exception_of(provider: str, file_id: str, line_id: str) -> str:
    return "exc_" + digest128(_MISMATCH, provider, file_id, line_id)


def _post(
    decision: Decision, message: Message, file_id: str, payout_id: str, book: str, currency: str,
    control: ControlTotal, cleared_minor: int, suspense_minor: int, fee_minor: int,
) -> None:  # fmt: skip
    """Every line is judged: the book posts the payout."""
    body = PostPayout(
        message.key, file_id, payout_id, book, currency, control.count, control.net_minor, fee_minor,
        cleared_minor, suspense_minor,
    )  # fmt: skip
    decision.say("finance", book, file_id, body, reply_to=_me(message, file_id))


def _reconciled(state: ProviderState, message: Message, at: int) -> Decision:
    decision = Decision()
    file = state.files.get(message.body.file_id)
    if file is not None and file.status == IMPORTING:
        decision.took(message)
    return decision


def _resolve(state: ProviderState, message: Message, at: int) -> Decision:
    command: ResolveDiscrepancy = message.body
    decision = Decision()
    found = state.open.get(discrepancy_key(command.file_id, command.line_id))
    problem = answers.cannot(command, found)
    if problem is not None or found is None:
        status, code, detail = problem or (404, "not-in-suspense", "no such line is in suspense")
        at_path = f"/v1/settlements/{command.provider}:{command.file_id}/discrepancies/{command.line_id}"
        answer = refused(
            code, detail, at_path, message.trace, status=status, fields=answers.WRONG.get(code, ())
        )
        decision.answer(message.reply_to, answer)
        return decision
    decision.took(message)
    ask = ClearSuspense(
        command.provider, command.file_id, command.line_id, found.reference, found.book, command.action,
        command.reference, command.principal, command.reason,
    )  # fmt: skip
    decision.say("finance", found.book, command.file_id, ask, reply_to=_me(message, command.file_id))
    decision.answer(message.reply_to, done({"status": "resolving", "line_id": command.line_id}, 202))
    return decision


def _how(fact: SuspenseCleared) -> str:
    if fact.how not in ("found", "taken_back"):
        return "cleared"
    return "found_part" if fact.left_minor else "found"


def _cleared(state: ProviderState, message: Message, at: int) -> Decision:
    fact: SuspenseCleared = message.body
    decision = Decision()
    found = state.open.get(discrepancy_key(fact.file_id, fact.line_id))
    if found is None or next_state(found.state, _how(fact)) is None:
        return decision
    decision.event(
        DiscrepancyResolved(
            fact.provider, fact.file_id, fact.line_id, fact.how, fact.currency, fact.amount_minor, fact.principal,
            fact.reason,
        )
    )  # fmt: skip
    # A line that took another back was never anybody's.
    if not fact.left_minor and found.reason != "taken_back":
        resolution = "written_off" if fact.how == "write_off" else "corrected"
        exception_id = _exception_of(fact.provider, fact.file_id, fact.line_id)
        by, why = fact.principal or NAME, fact.reason or fact.how.replace("_", " ")
        end = EndException(exception_id, _MISMATCH, fact.file_id, by, resolution, why)
        decision.say("exceptions", exception_id, fact.file_id, end)
    return decision


def _kept(state: ProviderState, message: Message, at: int) -> Decision:
    decision = Decision()
    found = state.open.get(discrepancy_key(message.body.file_id, message.body.line_id))
    if found is not None and next_state(found.state, "kept") is not None:
        decision.took(message)
    return decision


# -- folds -----------------------------------------------------------------------------------------


def _fold_imported(state: ProviderState, body: FileImported) -> None:
    state.files[body.file_id] = FileState(
        body.sha256, IMPORTING, body.name, body.payout_id, body.book, body.currency, body.control
    )


def _fold_refused(state: ProviderState, body: FileRefused) -> None:
    known = state.files.get(body.file_id)
    if known is None or known.status == REFUSED:
        before = known.refused if known is not None else ()
        refused = before if body.sha256 in before else (*before, body.sha256)
        state.files[body.file_id] = FileState(body.sha256, REFUSED, body.name, refused=refused)


def _fold_taken(state: ProviderState, body: TakeLine) -> None:
    state.files[body.file_id].lines[body.line.line_id] = "asked"


def _fold_matched(state: ProviderState, body: LineMatched) -> None:
    file = state.files[body.file_id]
    file.lines[body.line_id] = "matched"
    file.judged += 1
    file.cleared_minor += body.gross_minor
    file.fee_minor += body.fee_minor


def _fold_mismatched(state: ProviderState, body: LineMismatched) -> None:
    file = state.files[body.file_id]
    file.lines[body.line_id] = SUSPENDED
    file.judged += 1
    file.cleared_minor += body.gross_minor - body.residue_minor
    file.suspense_minor += body.residue_minor
    file.fee_minor += body.fee_minor
    state.open[discrepancy_key(body.file_id, body.line_id)] = Discrepancy(
        body.file_id, body.line_id, body.reference, body.reason, body.currency, body.residue_minor, file.book
    )


def _fold_reconciled(state: ProviderState, body: PayoutReconciled) -> None:
    file = state.files[body.file_id]
    file.status = RECONCILED
    file.lines = {}


def _fold_resolving(state: ProviderState, body: ResolveDiscrepancy) -> None:
    state.open[discrepancy_key(body.file_id, body.line_id)].state = RESOLVING


def _fold_resolved(state: ProviderState, body: DiscrepancyResolved) -> None:
    key = discrepancy_key(body.file_id, body.line_id)
    found = state.open[key]
    found.left_minor -= body.amount_minor
    if not found.left_minor:
        del state.open[key]


def _fold_kept(state: ProviderState, body: SuspenseKept) -> None:
    state.open[discrepancy_key(body.file_id, body.line_id)].state = SUSPENDED


SETTLEMENT = ActorSpec(
    NAME,
    lambda key: ProviderState(),
    {
        "settlement.import_file": _import,
        "settlement.refuse_file": _refuse,
        "settlement.take_line": _take,
        "finance.line_judged": _judged,
        "settlement.payout_reconciled": _reconciled,
        "settlement.resolve_discrepancy": _resolve,
        "finance.suspense_cleared": _cleared,
        "finance.suspense_kept": _kept,
    },
    {
        "settlement.file_imported": _fold_imported,
        "settlement.file_refused": _fold_refused,
        "settlement.take_line": _fold_taken,
        "settlement.line_matched": _fold_matched,
        "settlement.line_mismatched": _fold_mismatched,
        "settlement.payout_reconciled": _fold_reconciled,
        "settlement.resolve_discrepancy": _fold_resolving,
        "settlement.discrepancy_resolved": _fold_resolved,
        "finance.suspense_kept": _fold_kept,
    },
)
