"""The work list: every category has a team and a time, and an exception is walked through all it may meet."""

import pytest

from actors.runtime.exceptions import EXCEPTIONS, ExceptionState
from actors.views.exceptions import WorkList
from contracts.exceptions import CATALOGUE, HOUR_MS, KINDS, TEAMS, UNLISTED, class_of
from contracts.machines import EXCEPTION
from contracts.partners import ExceptionOpened
from contracts.platform import TimerFired
from contracts.worklist import ClaimException, EndException, HandBackException, ResolveException
from tests.support.turns import TurnMaker
from tests.support.walk import answer_of, bodies, check_by_table, message_to, take

# 2026-05-01T01:00 in London, a Friday; a weekend and a bank holiday follow.
AT = 1_777_593_600_000
DUE = AT + 4 * 24 * HOUR_MS
OPENED = ExceptionOpened("exc_1", "refund-failed", "ord_1", "declined")
COMMANDS = {
    "open": OPENED,
    "claim": ClaimException("exc_1", "ann"),
    "hand_back": HandBackException("exc_1", "ann", "not mine"),
    "resolve": ResolveException("exc_1", "ann", "corrected", "collected by bank transfer"),
    "end": EndException("exc_1", "refund-failed", "ord_1", "payments", "corrected", "it was paid"),
    "escalate": TimerFired(AT),
}
WAYS = {"none": (), "open": ("open",), "claimed": ("open", "claim"), "resolved": ("open", "claim", "resolve")}


def said_to_it(command, body=None):
    type_ = "timer.escalate" if command == "escalate" else None
    return message_to(EXCEPTIONS, "exc_1", body or COMMANDS[command], type_=type_, subject="ord_1")


def an_exception(state="none"):
    made = ExceptionState()
    for command in WAYS[state]:
        take(EXCEPTIONS, made, said_to_it(command), AT)
    assert made.status == state
    return made


@pytest.mark.parametrize("state", EXCEPTION.states)
@pytest.mark.parametrize("command", EXCEPTION.commands)
def test_the_actor_does_in_every_state_what_the_table_says(state, command):
    made = an_exception(state)
    decision = take(EXCEPTIONS, made, said_to_it(command), AT)
    # What is opened or ended may be told twice, and a timer come late.
    check_by_table(EXCEPTION, state, command, made.status, decision, unheard=("open", "end", "escalate"))


def test_it_is_listed_with_a_team_and_a_due_time_and_a_timer_for_it():
    made = ExceptionState()
    decision = take(EXCEPTIONS, made, said_to_it("open"), AT)
    (listed,) = bodies(decision, "exception.listed")
    assert (listed.team, listed.due_ms) == ("finance", DUE)
    assert [(timer.name, timer.due_ms) for timer in decision.timers_set] == [("escalate", DUE)]


def test_who_works_every_day_has_its_hours_and_who_keeps_an_entitys_calendar_those_of_its_working_days():
    for category, due in (("parcel-lost", AT + 24 * HOUR_MS), ("refund-failed", DUE)):
        opened = ExceptionOpened("exc_1", category, "ord_1", "why")
        (listed,) = bodies(
            take(EXCEPTIONS, ExceptionState(), said_to_it("open", opened), AT), "exception.listed"
        )
        assert listed.due_ms == due


def test_unresolved_at_its_due_time_the_lead_is_told_and_at_twice_that_whoever_answers_for_the_team():
    made = an_exception("claimed")
    first = take(EXCEPTIONS, made, said_to_it("escalate"), made.due_ms)
    assert [(e.level, e.to) for e in bodies(first, "exception.escalated")] == [(1, TEAMS["finance"].at_due)]
    assert [timer.due_ms for timer in first.timers_set] == [DUE + 24 * HOUR_MS]
    second = take(EXCEPTIONS, made, said_to_it("escalate"), DUE + 24 * HOUR_MS)
    assert [(e.level, e.to) for e in bodies(second, "exception.escalated")] == [
        (2, TEAMS["finance"].at_twice)
    ]
    assert second.timers_set == ()


def test_what_is_resolved_is_escalated_no_more():
    made = an_exception("claimed")
    decision = take(EXCEPTIONS, made, said_to_it("resolve"), AT)
    assert decision.timers_cancelled == ("escalate",)
    (resolved,) = bodies(decision, "exception.resolved")
    assert (resolved.by, resolved.resolution, resolved.order_id) == ("ann", "corrected", "ord_1")


@pytest.mark.parametrize("state", ["open", "claimed"])
def test_what_ends_by_itself_is_resolved_and_escalated_no_more(state):
    made = an_exception(state)
    decision = take(EXCEPTIONS, made, said_to_it("end"), AT)
    assert decision.timers_cancelled == ("escalate",)
    (resolved,) = bodies(decision, "exception.resolved")
    assert (resolved.by, resolved.category, resolved.reason) == ("payments", "refund-failed", "it was paid")


def test_what_is_over_before_it_is_listed_never_is():
    made = ExceptionState()
    decision = take(EXCEPTIONS, made, said_to_it("end"), AT)
    assert decision.timers_cancelled == ()
    late = take(EXCEPTIONS, made, said_to_it("open"), AT)
    assert (late.events, late.timers_set) == ([], ())


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (ClaimException("exc_1", ""), (422, "nobody-named")),
        (ClaimException("exc_1", "bob"), (409, "exception-claimed")),
        (HandBackException("exc_1", "bob", "x"), (409, "claimed-by-other")),
        (ResolveException("exc_1", "bob", "corrected", "x"), (409, "claimed-by-other")),
        (ResolveException("exc_1", "ann", "vanished", "x"), (422, "invalid")),
        (ResolveException("exc_1", "ann", "corrected", " "), (422, "invalid")),
    ],
)
def test_what_is_wrong_with_a_command_is_named(body, answer):
    made = an_exception("open" if answer[1] == "nobody-named" else "claimed")
    decision = take(EXCEPTIONS, made, said_to_it("", body), AT)
    assert answer_of(decision) == answer
    assert decision.events == []


def test_a_category_that_nobody_knows_still_has_an_owner():
    made = ExceptionState()
    unknown = ExceptionOpened("exc_1", "never-heard-of", "ord_1", "")
    (listed,) = bodies(take(EXCEPTIONS, made, said_to_it("open", unknown), AT), "exception.listed")
    assert (listed.team, listed.due_ms) == (UNLISTED.team, AT + UNLISTED.due_in_ms)


@pytest.mark.parametrize("category", CATALOGUE)
def test_every_category_has_a_team_that_somebody_answers_for(category):
    row = class_of(category)
    assert row.team in TEAMS
    assert row.kind in KINDS
    assert TEAMS[row.team].at_due != TEAMS[row.team].at_twice


def test_the_list_shows_what_is_open_by_team_the_one_due_first_at_the_head():
    view, maker = WorkList(), TurnMaker()

    def play(key, *commands, category="refund-failed", at=AT):
        state = ExceptionState()
        for n, command in enumerate(commands):
            opened = ExceptionOpened(key, category, "ord_1", "why")
            body = opened if command == "open" else COMMANDS[command]
            type_ = "timer.escalate" if command == "escalate" else None
            message = message_to(EXCEPTIONS, key, body, type_=type_, subject="ord_1", n=n)
            decision = take(EXCEPTIONS, state, message, at)
            view.take([maker.make(key, actor="exceptions", events=tuple(decision.events), at_ms=at)])

    play("exc_late", "open", "claim", "escalate", at=AT + 5)
    play("exc_soon", "open", "claim", "hand_back")
    play("exc_done", "open", "claim", "resolve")
    play("exc_risk", "open", category="fraud-review")
    view.take([maker.make("ord_1")])
    assert [row.exception_id for row in view.of()] == ["exc_risk", "exc_soon", "exc_late"]
    assert [(row.exception_id, row.by, row.level) for row in view.of("finance")] == [
        ("exc_soon", "", 0),
        ("exc_late", "ann", 1),
    ]
    row = view.of("risk")[0]
    assert (row.due_ms, row.next_step) == (AT + 4 * HOUR_MS, "Review the order; accept or reject it.")
    assert view.resolved == 1
