"""`reconciliations`: one writer a reconciliation. Started by a durable timer or by a person; told by the job what
differs; opens an exception for what needs a person, and says the command of a repair that somebody starts.

It reads no book itself and changes none: the job compares, the repaired domain decides.
"""

from __future__ import annotations

from contracts.answers import done, refuse
from contracts.decision import Decision
from contracts.ids import digest128
from contracts.partners import ExceptionOpened
from contracts.reconciliations import (
    RECONCILIATIONS,
    Difference,
    DifferenceRepaired,
    Kind,
    Opened,
    ReconciliationCompleted,
    ReconciliationScheduled,
    ReconciliationStarted,
    RecordReconciliation,
    RepairDifference,
    ScheduleReconciliation,
    StartReconciliation,
)
from contracts.turn import NORMAL, Message, Said
from contracts.worklist import EndException

from ...runtime.actor import ActorSpec
from . import state as folds
from .state import Open, ReconciliationState

TIMER = "run"
SCHEDULE = "schedule"


def kind_of(name: str, difference: Difference) -> Kind:
    """What follows from a difference of this reconciliation."""
    return RECONCILIATIONS[name].kinds[difference.kind]


def _at(name: str) -> str:
    return f"/v1/reconciliations/{name}"


def _is_unknown(decision: Decision, message: Message, name: str) -> bool:
    if name in RECONCILIATIONS:
        return False
    refuse(decision, message, "reconciliation-not-found", f"there is no reconciliation {name!r}", _at(name))
    return True


def _schedule(state: ReconciliationState, message: Message, at: int) -> Decision:
    command: ScheduleReconciliation = message.body
    decision = Decision()
    if _is_unknown(decision, message, command.name):
        return decision
    every = max(0, command.every_ms)
    decision.event(ReconciliationScheduled(command.name, every, command.by))
    if every:
        decision.set_timer(TIMER, command.name, at + every)
    elif state.every_ms:
        decision.cancel_timer(TIMER)
    decision.answer(message.reply_to, done({"name": command.name, "every_ms": every}))
    return decision


def _start(state: ReconciliationState, message: Message, at: int) -> Decision:
    command: StartReconciliation = message.body
    decision = Decision()
    if _is_unknown(decision, message, command.name):
        return decision
    run = state.run
    if not state.running:
        run += 1
        decision.event(
            ReconciliationStarted(command.name, run, command.by, state.watermark_ms, command.settle_ms)
        )
    decision.answer(message.reply_to, done({"name": command.name, "run": run}, 202))
    return decision


def _due(state: ReconciliationState, message: Message, at: int) -> Decision:
    decision = Decision()
    if not state.running:
        started = ReconciliationStarted(message.key, state.run + 1, SCHEDULE, state.watermark_ms)
        decision.event(started)
    if state.every_ms:
        decision.set_timer(TIMER, message.subject, at + state.every_ms)
    return decision


def _record(state: ReconciliationState, message: Message, at: int) -> Decision:
    told: RecordReconciliation = message.body
    decision = Decision()
    if not state.running or told.run != state.run:
        return decision
    opened, left = [], dict(state.open)
    for difference in told.differences:
        exception_id = _open(decision, state, told, difference)
        opened.append(Opened(difference, exception_id))
        left.pop(difference.ref, None)
    # What a run that saw everything did not find again is over.
    whole = told.complete and told.found == len(told.differences)
    ended = tuple(left) if whole else ()
    for ref in ended:
        _end(decision, state.open[ref], told.name)
    decision.event(
        ReconciliationCompleted(
            told.name, told.run, state.by, told.since_ms, told.as_of_ms, told.through_ms, told.complete, told.why,
            told.compared, told.in_flight, told.found, tuple(opened), ended, told.totals,
        )
    )  # fmt: skip
    if not told.complete:
        category = "reconciliation-unfinished"
        exception_id = "exc_" + digest128(category, told.name, str(told.run))
        decision.event(ExceptionOpened(exception_id, category, "", f"{told.name}: {told.why}"))
    return decision


def _open(
    decision: Decision, state: ReconciliationState, told: RecordReconciliation, difference: Difference
) -> str:
    """The exception of a difference: opened, known, or "" while the schedule repairs it by itself, once."""
    known = state.open.get(difference.ref)
    kind = kind_of(told.name, difference)
    if known is not None and known.exception_id and known.difference.kind == difference.kind:
        return known.exception_id
    if kind.safe and state.by == SCHEDULE and (known is None or not known.repairs):
        return ""
    if known is not None:
        _end(decision, known, told.name)
    exception_id = "exc_" + digest128(kind.category, told.name, difference.ref, str(told.run))
    detail = f"{told.name}: {described(difference)}"
    decision.event(ExceptionOpened(exception_id, kind.category, difference.order_id, detail))
    return exception_id


def described(difference: Difference) -> str:
    """What differs, in a sentence."""
    sides = [
        f"{who} {'nothing' if line is None else f'{line.value} {line.currency} {line.state}'.strip()}"
        for who, line in (("we have", difference.ours), ("they have", difference.theirs))
    ]
    return f"{difference.ref}: {', '.join(sides)}"


def _end(decision: Decision, known: Open, name: str) -> None:
    if known.exception_id:
        of = known.difference
        end = EndException(
            known.exception_id, kind_of(name, of).category, of.order_id, "reconciliations", "corrected",
            "the two sides say the same again",
        )  # fmt: skip
        decision.say("exceptions", known.exception_id, of.order_id, end)


def _repair(state: ReconciliationState, message: Message, at: int) -> Decision:
    command: RepairDifference = message.body
    decision = Decision()
    known = state.open.get(command.ref)
    if known is None:
        detail = f"no difference of {command.name} is open for {command.ref!r}"
        return refuse(decision, message, "difference-not-found", detail, _at(command.name))
    kind = kind_of(command.name, known.difference)
    if command.repair != kind.repair:
        detail = f"{command.repair!r} does not mend what is {known.difference.kind}"
        return refuse(decision, message, "repair-does-not-fit", detail, _at(command.name))
    if command.by == SCHEDULE and (not kind.safe or known.repairs):
        return refuse(decision, message, "repair-needs-a-person", "not safe to do unasked", _at(command.name))
    if command.cannot:
        return refuse(decision, message, "cannot-repair", command.cannot, _at(command.name))
    decision.event(DifferenceRepaired(command.name, command.ref, command.repair, command.by, command.reason))
    for step in command.steps:
        decision.said.append(
            Said(step.to, step.key, step.subject, step.type, step.version, NORMAL, None, step.command)
        )
    decision.answer(message.reply_to, done({"name": command.name, "ref": command.ref}, 202))
    return decision


RECONCILIATIONS_ACTOR = ActorSpec(
    "reconciliations",
    lambda key: ReconciliationState(),
    {
        "reconciliations.schedule": _schedule,
        "reconciliations.start": _start,
        "reconciliations.record": _record,
        "reconciliations.repair": _repair,
        f"timer.{TIMER}": _due,
    },
    {
        "reconciliation.scheduled": folds.fold_scheduled,
        "reconciliation.started": folds.fold_started,
        "reconciliation.completed": folds.fold_completed,
        "reconciliation.repaired": folds.fold_repaired,
    },
)
