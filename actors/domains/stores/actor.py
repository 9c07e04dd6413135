"""`stores`: one writer a store, one conversation a till file. Imported once, compared with its control total.

What is not right waits whole: no part of a file is posted before all of it can be.
"""

from __future__ import annotations

from contracts.answers import done, refused
from contracts.decision import Decision
from contracts.ids import digest128
from contracts.partners import ExceptionOpened
from contracts.tills import (
    HoldTillFile,
    ImportTillFile,
    RefuseTillFile,
    ResolveTillFile,
    TillFileDiscarded,
    TillFileHeld,
    TillFileImported,
    TillFilePosted,
    TillFileRefused,
)
from contracts.turn import Message
from contracts.worklist import EndException

from ...runtime.actor import ActorSpec
from .model import (
    DISCARDED,
    KEPT,
    POSTED,
    POSTING,
    REFUSED,
    WAITING,
    FileState,
    StoreState,
    differences,
)

NAME = "stores"
_REFUSAL, _WAITS = "till-file-refused", "till-file-waits"


def _import(state: StoreState, message: Message, at: int) -> Decision:
    command: ImportTillFile = message.body
    decision = Decision()
    file, known = command.file, state.files.get(command.file_id)
    if known is not None and known.status in KEPT:
        if known.sha256 != file.sha256:
            told = (f"{file.name}:0: : other bytes than the closing of this number that was taken before",)
            fact = TillFileRefused(command.store, command.file_id, file.name, file.sha256, "re-cut", told)
            _refused(decision, fact)
        return decision
    if known is not None and known.status == WAITING and known.sha256 == file.sha256:
        return decision
    wrong = differences(file)
    if wrong:
        decision.took(message)
        _held(decision, command.store, command.file_id, file.sha256, "control-total", wrong,
              1 + (known.held if known is not None else 0))  # fmt: skip
    else:
        decision.event(TillFileImported(command.store, command.file_id, file))
    _end_all(decision, command.file_id, known, NAME, "corrected", "the corrected file has come")
    return decision


def _refuse(state: StoreState, message: Message, at: int) -> Decision:
    command: RefuseTillFile = message.body
    decision = Decision()
    known = state.files.get(command.file_id)
    if known is None or (known.sha256 != command.sha256 and _refusal_of(command) not in known.open):
        _refused(
            decision,
            TillFileRefused(
                command.store, command.file_id, command.name, command.sha256, command.code, command.problems
            ),
        )
    return decision


def _refusal_of(fact: TillFileRefused | RefuseTillFile) -> tuple[str, str]:
    return _REFUSAL, "exc_" + digest128(_REFUSAL, fact.store, fact.file_id, fact.sha256)


def _wait_of(fact: TillFileHeld) -> tuple[str, str]:
    return _WAITS, "exc_" + digest128(_WAITS, fact.store, fact.file_id, str(fact.nth))


def _refused(decision: Decision, fact: TillFileRefused) -> None:
    decision.event(fact)
    category, id_ = _refusal_of(fact)
    detail = f"{fact.store} {fact.file_id}: {fact.code}: {'; '.join(fact.problems)[:500]}"
    decision.event(ExceptionOpened(id_, category, fact.file_id, detail))


def _held(
    decision: Decision, store: str, file_id: str, sha256: str, code: str, why: tuple[str, ...], nth: int
) -> None:
    fact = TillFileHeld(store, file_id, sha256, code, why, nth)
    decision.event(fact)
    category, id_ = _wait_of(fact)
    decision.event(
        ExceptionOpened(id_, category, file_id, f"{store} {file_id}: {code}: {'; '.join(why)[:500]}")
    )


def _end_all(
    decision: Decision, file_id: str, known: FileState | None, by: str, resolution: str, why: str
) -> None:
    """Nobody needs to look at the file any more."""
    for category, id_ in known.open if known is not None else ():
        decision.say("exceptions", id_, file_id, EndException(id_, category, file_id, by, resolution, why))


def _hold(state: StoreState, message: Message, at: int) -> Decision:
    """The flow cannot post it: some product of it is unknown."""
    command: HoldTillFile = message.body
    decision = Decision()
    known = state.files.get(command.file_id)
    if known is not None and known.status == POSTING:
        _held(decision, command.store, command.file_id, known.sha256, command.code, command.problems,
              known.held + 1)  # fmt: skip
    return decision


def _resolve(state: StoreState, message: Message, at: int) -> Decision:
    command: ResolveTillFile = message.body
    decision = Decision()
    known = state.files.get(command.file_id)
    at_path = f"/v1/stores/{command.store}/till-files/{command.file_id}"
    problem = _cannot(command, known)
    if problem is not None or known is None or known.content is None:
        status, code, detail, fields = problem or (404, "not-waiting", "no such file waits", ())
        answer = refused(code, detail, at_path, message.trace, status=status, fields=fields)
        decision.answer(message.reply_to, answer)
        return decision
    by, why = command.principal, command.reason
    if command.action == "post":
        decision.event(TillFileImported(command.store, command.file_id, known.content, by, why))
    else:
        decision.event(TillFileDiscarded(command.store, command.file_id, by, why))
    ended = "corrected" if command.action == "post" else "no_action"
    _end_all(decision, command.file_id, known, by, ended, why)
    status_then = POSTING if command.action == "post" else DISCARDED
    decision.answer(message.reply_to, done({"status": status_then, "file_id": command.file_id}, 202))
    return decision


def _cannot(
    command: ResolveTillFile, known: FileState | None
) -> tuple[int, str, str, tuple[str, ...]] | None:
    """(status, code, detail, fields) of why the file stays as it is, or None."""
    if known is None:
        return 404, "not-waiting", "no such file waits", ()
    if known.status != WAITING:
        return 409, "not-waiting", f"the file is {known.status}", ()
    if command.action not in ("post", "discard"):
        return 422, "unknown-action", "the action is post or discard", ("/action",)
    if not command.principal or not command.reason:
        return 422, "nobody-named", "who decides, and why, must be said", ("/principal", "/reason")
    return None


def _posted(state: StoreState, message: Message, at: int) -> Decision:
    decision = Decision()
    known = state.files.get(message.body.file_id)
    if known is not None and known.status == POSTING:
        decision.took(message)
    return decision


# -- folds -----------------------------------------------------------------------------------------


def _fold_came(state: StoreState, body: ImportTillFile) -> None:
    """It is kept, and held by the event behind this one."""
    known = state.files.get(body.file_id)
    held = known.held if known is not None else 0
    state.files[body.file_id] = FileState(body.file.sha256, WAITING, body.file, held)


def _fold_imported(state: StoreState, body: TillFileImported) -> None:
    known = state.files.get(body.file_id)
    held = known.held if known is not None else 0
    state.files[body.file_id] = FileState(body.file.sha256, POSTING, body.file, held)


def _fold_refused(state: StoreState, body: TillFileRefused) -> None:
    known = state.files.get(body.file_id)
    if known is not None and known.status in (*KEPT, WAITING):
        if known.status == WAITING:
            known.open = (*known.open, _refusal_of(body))
        return
    before = known.open if known is not None else ()
    held = known.held if known is not None else 0
    state.files[body.file_id] = FileState(body.sha256, REFUSED, None, held, (*before, _refusal_of(body)))


def _fold_held(state: StoreState, body: TillFileHeld) -> None:
    known = state.files[body.file_id]
    known.status, known.held = WAITING, body.nth
    known.open = (*known.open, _wait_of(body))


def _fold_discarded(state: StoreState, body: TillFileDiscarded) -> None:
    known = state.files[body.file_id]
    state.files[body.file_id] = FileState(known.sha256, DISCARDED, None, known.held)


def _fold_posted(state: StoreState, body: TillFilePosted) -> None:
    known = state.files[body.file_id]
    state.files[body.file_id] = FileState(known.sha256, POSTED, None, known.held)


STORES_ACTOR = ActorSpec(
    NAME,
    lambda key: StoreState(),
    {
        "stores.import_till_file": _import,
        "stores.refuse_till_file": _refuse,
        "stores.hold_till_file": _hold,
        "stores.resolve_till_file": _resolve,
        "till_file.posted": _posted,
    },
    {
        "stores.import_till_file": _fold_came,
        "till_file.imported": _fold_imported,
        "till_file.refused": _fold_refused,
        "till_file.held": _fold_held,
        "till_file.discarded": _fold_discarded,
        "till_file.posted": _fold_posted,
    },
)
