"""What needs a second person, and an approval walked through all that it may meet."""

import pytest

from actors.runtime.approvals import APPROVALS, ApprovalState
from actors.views.approvals import ApprovalQueue
from contracts.approvals import (
    KINDS,
    LAPSES_AFTER_MS,
    ApprovalAsked,
    ApproveRequest,
    RejectRequest,
    RequestApproval,
    needs_second,
)
from contracts.aside_states import APPROVAL
from contracts.codec import encode
from contracts.ledger import ClosePeriod
from contracts.platform import Answer, TimerFired
from contracts.vocabulary import fact
from tests.support.turns import TurnMaker
from tests.support.walk import answer_of, check_by_table, message_to, take

AT = 1_777_593_600_000
CLOSE = ClosePeriod("GB01", 202604, "cli_ann", "month end")
COMMANDS = {
    "request": RequestApproval(
        "apr_1", "period-close", "GB01:202604", "cli_ann", "month end", 0, "", "finance", "GB01", "GB01",
        "finance.close_period", 1, 1, encode(CLOSE),
    ),
    "approve": ApproveRequest("apr_1", "cli_bob", "looked at"),
    "reject": RejectRequest("apr_1", "cli_bob", "not yet"),
    "lapse": TimerFired(AT),
    "conclude": Answer(200, (), b"{}"),
}  # fmt: skip
WAYS = {
    "none": (), "waiting": ("request",), "approved": ("request", "approve"), "rejected": ("request", "reject"),
    "lapsed": ("request", "lapse"), "concluded": ("request", "approve", "conclude"),
}  # fmt: skip


def said_to_it(command, body=None):
    type_ = "timer.lapse" if command == "lapse" else None
    return message_to(APPROVALS, "apr_1", body or COMMANDS[command], type_=type_, subject="apr_1")


def an_approval(state="none"):
    made = ApprovalState()
    for command in WAYS[state]:
        take(APPROVALS, made, said_to_it(command), AT)
    assert made.status == state
    return made


@pytest.mark.parametrize("state", APPROVAL.states)
@pytest.mark.parametrize("command", APPROVAL.commands)
def test_the_actor_does_in_every_state_what_the_table_says(state, command):
    made = an_approval(state)
    decision = take(APPROVALS, made, said_to_it(command), AT)
    # A timer may come late, and an answer twice.
    check_by_table(APPROVAL, state, command, made.status, decision, unheard=("lapse", "conclude"))


def test_whoever_asks_does_not_approve_and_may_take_it_back():
    made = an_approval("waiting")
    own = said_to_it("approve", ApproveRequest("apr_1", "cli_ann", "it is fine"))
    decision = take(APPROVALS, made, own, AT)
    assert answer_of(decision) == (403, "self-approval")
    assert made.status == "waiting"
    assert decision.events == []
    take(APPROVALS, made, said_to_it("reject", RejectRequest("apr_1", "cli_ann", "a mistake")), AT)
    assert made.status == "rejected"


def test_what_is_approved_is_said_as_the_command_that_it_is():
    made = an_approval("waiting")
    decision = take(APPROVALS, made, said_to_it("approve"), AT)
    (said,) = [one for one in decision.said if one.to == "finance"]
    assert (said.key, said.subject, said.type, said.lane) == ("GB01", "GB01", "finance.close_period", 1)
    assert said.body == CLOSE
    assert said.reply_to == ("approvals", "apr_1", "apr_1")
    assert decision.timers_cancelled == ("lapse",)


def test_it_lapses_a_week_after_it_was_asked_for():
    decision = take(APPROVALS, ApprovalState(), said_to_it("request"), AT)
    (timer,) = decision.timers_set
    assert (timer.name, timer.due_ms) == ("lapse", AT + LAPSES_AFTER_MS)


def test_amounts_over_a_limit_need_a_second_person_in_every_currency():
    over = KINDS["refund"].over
    assert over is not None
    for currency, units in (("GBP", 100), ("JPY", 1)):
        assert not needs_second("refund", over * units, currency)
        assert needs_second("refund", over * units + 1, currency)
    assert needs_second("refund", 1, "XXX")
    assert needs_second("period-close")
    assert all(row.scope and row.about for row in KINDS.values())


def test_the_queue_holds_what_waits_and_nothing_that_is_decided():
    make, queue = TurnMaker(), ApprovalQueue()
    asked = ApprovalAsked(
        "apr_1", "refund", "ord_1: r1", "cli_ann", "late", 30_000, "GBP", AT + 9, "returns", "ret_1", "ord_1",
        "returns.advise", 1, 1, b"",
    )  # fmt: skip
    queue.take([make.make("apr_1", actor="approvals", events=(fact(asked),))])
    (row,) = queue.of("refund")
    assert (row.approval_id, row.scope, row.decide_at) == ("apr_1", "refunds:approve", "/v1/approvals/apr_1")
    assert queue.of("period-close") == []
