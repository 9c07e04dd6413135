"""What all connectors share: a dialect as tables, and the pure actor made from it.

A dialect knows one system's field names. Its actor leaves the intent turn before a call that may not
simply be sent again, and the result turn after any call; the result's facts are canonical events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct

from contracts.codec import encode
from contracts.decision import Decision
from contracts.ids import digest128
from contracts.outcomes import GAVE_UP, OK, REFUSED, THROTTLED, UNAVAILABLE, UNKNOWN
from contracts.partners import CallGaveUp, ExceptionOpened, FeedAdvanced, ReportUnreadable
from contracts.platform import CallResult
from contracts.ports import OPERATIONS, ForeignResponse
from contracts.reference import FeedRewound, ReportWatermark
from contracts.turn import Message
from contracts.vocabulary import TYPE_OF, decode_body

from ..runtime.actor import ActorSpec, Conclude, Fold, Handler

Request = Callable[[Any], dict[str, Any]]
# (our command, outcome ok or refused, the foreign answer) -> the fact, or None if there is none.
Read = Callable[[Any, str, dict[str, Any]], Struct | None]


@dataclass(frozen=True, slots=True)
class LookUp:
    """How an effect is looked up: the request, and the answer of the original call if it is found."""

    request: Request
    found: Callable[[dict[str, Any]], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One system's language, as tables by our command type.

    `compensations` are commands whose refusal opens an exception: nobody waits for them. A system that also
    tells by itself what became of its effects has a state of its own, `handlers` and `folds` for what it tells,
    and `is_news`: whether a fact is not known yet, from wherever it came. `gave_up` is the fact that a call
    without an outcome becomes: its topic knows whose flow it is.
    """

    system: str
    requests: Mapping[str, Request]
    reads: Mapping[str, Read]
    outcome_of: Callable[[ForeignResponse], str]
    look_ups: Mapping[str, LookUp]
    compensations: frozenset[str] = frozenset()
    initial: Callable[[], ConnectorState] = lambda: ConnectorState()
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    folds: Mapping[str, Fold] = field(default_factory=dict)
    is_news: Callable[[Any, Struct], bool] | None = None
    gave_up: str = "integration.gave_up"


class ConnectorState(Struct):
    """Per (system, subject): how many calls were concluded; for a feed, up to where it was read."""

    concluded: int = 0
    cursor: int = 0


def outcome_by_status(response: ForeignResponse) -> str:
    """The plain reading of an HTTP status. 500 and 504 say nothing about the effect."""
    status = response.status
    if 200 <= status < 300:
        return OK
    if status == 429:
        return THROTTLED
    if status == 503:
        return UNAVAILABLE
    return REFUSED if 400 <= status < 500 else UNKNOWN


# What reading a broken answer raises.
BROKEN = (LookupError, TypeError, AttributeError, ValueError, msgspec.MsgspecError)


def check_wire(body: Struct) -> None:
    """Raise one of BROKEN unless a body made of foreign data is what its contract says.

    Checked before it is a turn: what cannot be read back would stop every recovery.
    """
    type_, version = TYPE_OF[type(body)]
    decode_body(type_, version, msgspec.Raw(encode(body)))


def read_answer(dialect: Dialect, message: Message, outcome: str, answer: Any) -> tuple[bool, Struct | None]:
    """(whether a definite answer says what its contract needs, the fact that it means, if any).

    If it does not, nothing is known of the effect.
    """
    try:
        read = dialect.reads[message.type](message.body, outcome, answer)
        if read is not None:
            check_wire(read)
    except BROKEN:
        return False, None
    return True, read


def look_up_says(dialect: Dialect, message: Message, answer: Any) -> tuple[bool, dict[str, Any] | None]:
    """(whether a look-up's answer is readable, the answer of the original call if its effect is there)."""
    try:
        found = dialect.look_ups[message.type].found(answer)
    except BROKEN:
        return False, None
    return found is None or read_answer(dialect, message, OK, found)[0], found


def _intend(state: ConnectorState, message: Message, at: int) -> Decision:
    """The intent turn: from here on the call may have been made."""
    decision = Decision()
    system = OPERATIONS[message.type].system
    decision.say(
        f"port:{system}",
        message.key,
        message.subject,
        message.body,
        type_=message.type,
        lane=message.lane,
        reply_to=message.reply_to,
    )
    return decision


def _conclude(dialect: Dialect) -> Conclude:
    def conclude(
        state: ConnectorState, message: Message, result: CallResult, fact: Struct | None, at: int
    ) -> Decision:
        decision = Decision()
        command = message.body
        operation = OPERATIONS[message.type]
        if result.outcome == GAVE_UP:
            reason = f"no outcome after {result.attempts} tries"
            told = _exception("outcome-unknown", message, f"{operation.operation}: {reason}")
            gave_up = CallGaveUp(
                command.order_id, dialect.system, operation.operation, reason, told.exception_id
            )
            decision.event(gave_up, dialect.gave_up)
            decision.event(told)
        else:
            read = fact
            if read is None:
                answer = msgspec.json.decode(result.answer) if result.answer else {}
                read = dialect.reads[message.type](command, result.outcome, answer)
            if read is None or (result.outcome == REFUSED and message.type in dialect.compensations):
                detail = f"{operation.operation} refused: {result.answer.decode(errors='replace')[:300]}"
                decision.event(_exception("compensation-refused", message, detail))
            if read is None or (dialect.is_news is not None and not dialect.is_news(state, read)):
                return decision
            index = decision.event(read)
            if type(read) is not CallGaveUp:
                # What gave up is told by its topic, to whoever the flow is.
                decision.answer_with_event(message.reply_to, index)
        return decision

    return conclude


def _exception(category: str, message: Message, detail: str) -> ExceptionOpened:
    return ExceptionOpened("exc_" + digest128(category, message.id), category, message.body.order_id, detail)


def _fold_feed(state: ConnectorState, body: FeedAdvanced) -> None:
    state.cursor = body.cursor


def _advance(state: ConnectorState, message: Message, at: int) -> Decision:
    decision = Decision()
    if message.body.cursor > state.cursor:
        decision.event(message.body)
    return decision


def _rewind(state: ConnectorState, body: FeedRewound) -> None:
    state.cursor = 0


def _report_watermark(state: ConnectorState, message: Message, at: int) -> Decision:
    """The other side has gone back, or leaves something out: a person hears of it, and what can be is read again."""
    report: ReportWatermark = message.body
    decision = Decision()
    if report.cursor != state.cursor:
        return decision
    if report.what == "behind":
        category = "reference-data-behind"
        detail = (
            f"{report.feed} ends at {report.n} and was read up to {report.cursor}: all of it is read again"
        )
        decision.event(FeedRewound(report.feed))
    else:
        category = "reference-data-gap"
        detail = f"{report.feed}: {report.cursor + 1} to {report.n - 1} are not told"
        decision.event(FeedAdvanced(report.feed, report.n - 1))
    id_ = "exc_" + digest128(category, message.id)
    decision.event(ExceptionOpened(id_, category, "", detail))
    return decision


def _report_unreadable(state: ConnectorState, message: Message, at: int) -> Decision:
    """A record that nobody understands is somebody's work; the feed goes on past it."""
    report: ReportUnreadable = message.body
    decision = Decision()
    detail = f"record {report.n} of {report.feed} cannot be read ({report.why}): {report.raw[:300]}"
    id_ = "exc_" + digest128("feed-record-unreadable", message.to, report.feed, report.digest)
    decision.event(ExceptionOpened(id_, "feed-record-unreadable", "", detail))
    return decision


def connector_spec(dialect: Dialect) -> ActorSpec:
    """The pure actor of a connector."""
    intents: dict[str, Handler] = {
        type_: _intend for type_ in dialect.requests if OPERATIONS[type_].recovery.kind != "resend_same_key"
    }
    return ActorSpec(
        dialect.system,
        lambda key: dialect.initial(),
        {
            **intents,
            "feed.advanced": _advance,
            "feed.report_unreadable": _report_unreadable,
            "feed.report_watermark": _report_watermark,
            **dialect.handlers,
        },
        {"feed.advanced": _fold_feed, "feed.rewound": _rewind, **dialect.folds},
        _conclude(dialect),
    )
