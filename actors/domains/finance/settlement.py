"""The book's part of settlement: open items of the clearing accounts, judging lines, payouts, suspense.

Every posting to a clearing account opens an item there under its reference (`capture ch_1`, `refund re_1`); a
line of a provider's file that names it closes it. So a capture costs no turn more, and what is open is what the
provider still owes. What a line has and no item explains is in suspense until a person, or a fact of our own that
comes late, explains it.
"""

from __future__ import annotations

from collections.abc import Iterator

from contracts.accounts import DIFFERENCES, PSP_CLEARING, sub
from contracts.decision import Decision
from contracts.finance import LedgerPosted
from contracts.settlement import (
    ClearSuspense,
    JudgeLine,
    LineJudged,
    PayoutReconciled,
    PostPayout,
    SettlementLine,
    SuspenseCleared,
    SuspenseKept,
)
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from .model import BookState, ClearingItem, Suspended
from .posting import Document, post
from .rules import settlement as rules

# What posts to a clearing account and opens nothing there: it closes.
_CLOSING = ("payout", "suspense_resolved")
_PREFIX = PSP_CLEARING + " "


def _key(provider: str, reference: str) -> str:
    return f"{provider} {reference}"


def reference_of(line: SettlementLine) -> str:
    """How the posting is referred to that a line is about."""
    return f"{line.kind} {line.reference}"


def _opened_as(body: LedgerPosted) -> str:
    """How a line names what this posting puts on a clearing account."""
    if body.step == "dispute_won":
        return body.reference.replace("dispute ", "dispute_won ", 1)
    if body.step == "till_sales":
        # A closing's cards are one batch at the provider, under its number: a refund, where more was given back.
        gave = any(one.account.startswith(_PREFIX) and one.side == "C" for one in body.entries)
        return body.reference.replace("till ", "refund " if gave else "capture ", 1)
    return body.reference


def _on_clearing(body: LedgerPosted) -> Iterator[tuple[str, int]]:
    """(provider, amount) of every entry on a clearing account, debits positive."""
    for entry in body.entries:
        if entry.account.startswith(_PREFIX):
            amount = entry.amount_minor if entry.side == "D" else -entry.amount_minor
            yield entry.account[len(_PREFIX) :], amount


def note_clearing(state: BookState, body: LedgerPosted) -> None:
    """Fold of a posting: what it puts on a clearing account is open there from now on."""
    if body.step in _CLOSING:
        return
    for provider, amount in _on_clearing(body):
        key = _key(provider, _opened_as(body))
        item = state.clearing.get(key)
        if item is not None:
            amount += item.amount_minor
        state.clearing[key] = ClearingItem(body.currency, amount, body.order_id)


def found_late(state: BookState, decision: Decision, at: int) -> None:
    """What this turn posts may be what a line in suspense was about: then it leaves suspense with it."""
    for event in tuple(decision.events):
        if event.type == "ledger.posted" and event.body.step not in _CLOSING:
            for provider, amount in _on_clearing(event.body):
                _explain(state, decision, provider, event.body, amount, at)


def _explain(
    state: BookState, decision: Decision, provider: str, posted: LedgerPosted, amount: int, at: int
) -> None:
    reference = _opened_as(posted)
    for one in state.suspense.get(_key(provider, reference), {}).values():
        if one.currency == posted.currency and one.left_minor * amount > 0:
            fact = SuspenseCleared(
                provider, one.file_id, one.line_id, reference, "found", reference, one.currency, amount,
                one.left_minor - amount, "", "",
            )  # fmt: skip
            _leave_suspense(state, decision, fact, posted.book, sub(PSP_CLEARING, provider), at)
            return


def _leave_suspense(
    state: BookState, decision: Decision, fact: SuspenseCleared, book: str, account: str, at: int
) -> None:
    reference = f"{fact.how} {fact.provider} {fact.file_id}/{fact.line_id} {fact.against}".rstrip()
    document = Document(book, "", reference, fact.currency, by=fact.principal, reason=fact.reason)
    entries = rules.suspense_resolved(fact.provider, fact.amount_minor, account)
    post(state, decision, document, "suspense_resolved", entries, at)
    decision.event(fact)


def _judge(state: BookState, message: Message, at: int) -> Decision:
    command: JudgeLine = message.body
    decision = Decision()
    line = command.line
    reference = reference_of(line)
    item = state.clearing.get(_key(command.provider, reference))
    # What a dispute costs is posted with it: its line is judged by its net.
    gross, fee = (line.net_minor, 0) if line.kind == "dispute" else (line.gross_minor, line.fee_minor)
    reason, cleared = _match(gross, line.currency, item)
    order_id = item.order_id if item is not None else line.order_ref
    back = _takes_back(state, command, reference, gross) if reason == "unknown" else None
    if back is not None:
        reason = "taken_back"
    index = decision.event(
        LineJudged(
            command.provider, command.file_id, line.line_id, reference, reason, line.currency, gross, fee, cleared,
            gross - cleared, order_id, command.book,
        )
    )  # fmt: skip
    decision.answer_with_event(message.reply_to, index)
    if back is not None:
        # Both are in suspense and come to nothing there: no posting of ours says more.
        for file_id, line_id, amount in (
            (back.file_id, back.line_id, back.left_minor),
            (command.file_id, line.line_id, gross),
        ):
            decision.event(
                SuspenseCleared(
                    command.provider, file_id, line_id, reference, "taken_back", "", line.currency, amount, 0, "", "",
                )
            )  # fmt: skip
    return decision


def _takes_back(state: BookState, command: JudgeLine, reference: str, gross_minor: int) -> Suspended | None:
    """The line in suspense that this one takes back: the provider has corrected itself."""
    for one in state.suspense.get(_key(command.provider, reference), {}).values():
        if one.currency == command.line.currency and one.left_minor == -gross_minor:
            return one
    return None


def _match(gross_minor: int, currency: str, item: ClearingItem | None) -> tuple[str, int]:
    """(why it is no match, if it is none; how much of its gross meets the open item)."""
    if item is None or item.amount_minor * gross_minor <= 0:
        # A fee alone has no gross, and nothing to meet.
        return ("unknown" if gross_minor else ""), 0
    if item.currency != currency:
        return "currency", 0
    return ("" if item.amount_minor == gross_minor else "amount"), item.amount_minor


def _payout(state: BookState, message: Message, at: int) -> Decision:
    command: PostPayout = message.body
    decision = Decision()
    reference = f"payout {command.provider} {command.file_id}"
    document = Document(command.book, "", reference, command.currency)
    entries = rules.payout(command.provider, command.cleared_minor, command.fee_minor, command.net_minor)
    post(state, decision, document, "payout", entries, at)
    index = decision.event(
        PayoutReconciled(
            command.provider, command.file_id, command.payout_id, command.book, command.currency, command.lines,
            command.net_minor, command.fee_minor, command.cleared_minor, command.suspense_minor,
        )
    )  # fmt: skip
    decision.answer_with_event(message.reply_to, index)
    return decision


def _clear(state: BookState, message: Message, at: int) -> Decision:
    command: ClearSuspense = message.body
    decision = Decision()
    lines = state.suspense.get(_key(command.provider, command.reference), {})
    one = lines.get(f"{command.file_id}/{command.line_id}")
    why = _cannot_clear(state, command, one)
    if one is None or why:
        kept = SuspenseKept(command.provider, command.file_id, command.line_id, why)
        decision.answer_with_event(message.reply_to, decision.event(kept))
        return decision
    matches = command.action == "match"
    fact = SuspenseCleared(
        command.provider, command.file_id, command.line_id, command.reference, command.action,
        command.against if matches else "", one.currency, one.left_minor, 0, command.principal, command.reason,
    )  # fmt: skip
    account = sub(PSP_CLEARING, command.provider) if matches else DIFFERENCES
    _leave_suspense(state, decision, fact, command.book, account, at)
    return decision


def _cannot_clear(state: BookState, command: ClearSuspense, one: Suspended | None) -> str:
    if one is None:
        return "nothing of this line is in suspense"
    if command.action == "match":
        item = state.clearing.get(_key(command.provider, command.against))
        if item is None or (item.currency, item.amount_minor) != (one.currency, one.left_minor):
            return f"{command.against} is not open with {one.left_minor} {one.currency} (minor units)"
    return ""


def _fold_judged(state: BookState, body: LineJudged) -> None:
    key = _key(body.provider, body.reference)
    if body.cleared_minor:
        state.clearing.pop(key, None)
    if body.residue_minor:
        one = Suspended(body.file_id, body.line_id, body.currency, body.residue_minor)
        state.suspense.setdefault(key, {})[f"{body.file_id}/{body.line_id}"] = one


def _fold_cleared(state: BookState, body: SuspenseCleared) -> None:
    if body.against:
        state.clearing.pop(_key(body.provider, body.against), None)
    key, line = _key(body.provider, body.reference), f"{body.file_id}/{body.line_id}"
    lines = state.suspense[key]
    if body.left_minor:
        lines[line].left_minor = body.left_minor
        return
    del lines[line]
    if not lines:
        del state.suspense[key]


HANDLERS: dict[str, Handler] = {
    "finance.judge_line": _judge,
    "finance.post_payout": _payout,
    "finance.clear_suspense": _clear,
}

FOLDS: dict[str, Fold] = {"finance.line_judged": _fold_judged, "finance.suspense_cleared": _fold_cleared}
