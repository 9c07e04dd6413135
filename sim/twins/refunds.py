"""The provider's other half: refunds, disputes, and the feed of events that tells of them.

A refund may be *pending* and be decided later; a shopper's bank may take a capture back and give it again. What
is due happens before anything else is looked at. Events are told more than once, and sometimes out of order.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct, structs

from contracts.ports import ForeignResponse

from .config import TwinsConfig
from .draw import below, hits, token
from .rates import settled_in, told
from .store import Store
from .system import refusal

if TYPE_CHECKING:
    from .payments import Authorization, Capture

Amount = Annotated[int, Meta(ge=1)]
DISPUTE_FEE = 1_500


class RefundRequest(Struct):
    """payments/refunds. `charge` is the capture, `reference` the order, `note` whatever the merchant likes."""

    charge: str
    amount: Amount
    currency: Annotated[str, Meta(pattern="^[a-z]{3}$")]
    reference: str
    note: str = ""


class EventsRequest(Struct):
    """payments/events: the records behind `after`."""

    after: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 200


class Refund(Struct, frozen=True):
    """`status` is pending, succeeded or failed; a pending one ends at `due_ms` as `ends`. Last changed `at`."""

    id: str
    capture: str
    amount: int
    currency: str
    reference: str
    note: str
    status: str
    ends: str
    due_ms: int
    at: int = 0
    # What the account is debited with, where that is another currency: {"amount", "currency"}.
    settled: dict[str, Any] | None = None


class Dispute(Struct, frozen=True):
    """`status` is coming, needs_response, won or lost; the next step is due at `due_ms`, 0 for none."""

    id: str
    capture: str
    amount: int
    fee: int
    currency: str
    reference: str
    status: str
    ends: str
    due_ms: int
    # What the account is debited with, where that is another currency: {"amount", "currency"}; the fee is in it too.
    settled: dict[str, Any] | None = None
    account: str = ""


class Event(Struct, frozen=True):
    """Record `n` of the feed, counted from 1 without gaps. Told again it has the same `id`."""

    n: int
    id: str
    type: str
    object: str
    charge: str
    amount: int
    fee: int
    currency: str
    reference: str
    note: str
    reason: str
    settled: dict[str, Any] | None = None


class MoneyBack:
    """Refunds and disputes of captures, each at most what is left of it."""

    def __init__(self, config: TwinsConfig, store: Store) -> None:
        self._config = config
        self._refunds = store.table("payments.refunds", Refund)
        self._disputes = store.table("payments.disputes", Dispute)
        self._events = store.table("payments.events", Event)
        self._told = list(self._events.rows.values())
        # Told again behind the next event.
        self._again: list[Event] = []
        self._back: dict[str, int] = {}
        for refund in self._refunds.rows.values():
            if refund.status != "failed":
                self._add(refund.capture, refund.amount)
        for dispute in self._disputes.rows.values():
            if dispute.status in ("needs_response", "lost"):
                self._add(dispute.capture, dispute.amount)
        self._due = [
            (row.due_ms, row.id)
            for rows in (self._refunds.rows.values(), self._disputes.rows.values())
            for row in rows
            if row.due_ms
        ]
        heapify(self._due)

    def _add(self, capture: str, amount: int) -> None:
        self._back[capture] = self._back.get(capture, 0) + amount

    def tables(self) -> dict[str, Any]:
        """Its own books, for whoever settles them."""
        return {"refunds": self._refunds, "disputes": self._disputes}

    # -- what is asked ------------------------------------------------------------------------------

    def refund(
        self,
        request: RefundRequest,
        key: str,
        now_ms: int,
        capture: Capture | None,
        held: Authorization | None,
    ) -> ForeignResponse:
        """Give back a part of a capture, now or later."""
        if capture is None or held is None:
            return refusal(404, "no_such_charge")
        source = held.source
        if request.currency != capture.currency:
            return refusal(409, "currency_mismatch")
        if request.amount > capture.amount - self._back.get(capture.id, 0):
            return refusal(409, "amount_too_large")
        if source == "tok_refund_fails":
            return refusal(402, "refund_failed")
        id_ = "re_" + token(key)
        config = self._config
        fails = source == "tok_refund_pending_fails" or hits(
            config.refund_fail_bp, config.seed, "payments:refund_fail", id_
        )
        pending = (
            fails
            or source == "tok_refund_pending"
            or hits(config.refund_pending_bp, config.seed, "payments:refund_pending", id_)
        )
        made = Refund(
            id=id_,
            capture=capture.id,
            amount=request.amount,
            currency=capture.currency,
            reference=request.reference,
            note=request.note,
            status="pending" if pending else "succeeded",
            ends="failed" if fails else "succeeded",
            due_ms=now_ms + self._after("payments:refund_due", id_) if pending else 0,
            at=now_ms,
            settled=settled_in(held.account, request.amount, capture.currency),
        )
        self._refunds.put(id_, made)
        self._add(capture.id, made.amount)
        if pending:
            heappush(self._due, (made.due_ms, id_))
        else:
            self._tell_refund(made)
        body = {"id": id_, "status": made.status, "amount": made.amount}
        return ForeignResponse(200, told(body, made.settled))

    def captured(self, capture: Capture, source: str, account: str, now_ms: int) -> None:
        """Some captures will be disputed."""
        config = self._config
        asked = source in ("tok_dispute_won", "tok_dispute_lost")
        if not asked and not hits(config.dispute_bp, config.seed, "payments:dispute", capture.reference):
            return
        id_ = "dp_" + token("dispute", capture.id)
        won = below(2, config.seed, "payments:dispute_won", id_) == 0
        ends = source.removeprefix("tok_dispute_") if asked else "won" if won else "lost"
        due_ms = now_ms + self._after("payments:dispute_due", id_)
        self._disputes.put(
            id_,
            Dispute(
                id_, capture.id, capture.amount, DISPUTE_FEE, capture.currency, capture.reference, "coming", ends,
                due_ms, account=account,
            ),
        )  # fmt: skip
        heappush(self._due, (due_ms, id_))

    def feed(self, request: EventsRequest) -> ForeignResponse:
        """A page of events."""
        page = self._told[request.after : request.after + request.limit]
        last = page[-1].n if page else request.after
        records = [structs.asdict(row) for row in page]
        return ForeignResponse(
            200, {"records": [told(one, one.pop("settled")) for one in records], "last": last}
        )

    def expired(self, authorization: str, left: int, currency: str, reference: str) -> None:
        """A hold is over, with so much of it not taken."""
        self._tell("authorization.expired", authorization, "", left, 0, currency, reference, "", "expired")

    # -- what happens by itself ---------------------------------------------------------------------

    def waiting(self) -> int:
        """How many things will still happen by themselves."""
        return len(self._due)

    def advance(self, now_ms: int) -> None:
        """What is due by now, the earliest first."""
        due = self._due
        while due and due[0][0] <= now_ms:
            at_ms, id_ = heappop(due)
            if id_ in self._refunds.rows:
                self._decide_refund(self._refunds.rows[id_], at_ms)
            else:
                self._move_dispute(self._disputes.rows[id_], at_ms)

    def _after(self, stream: str, id_: str) -> int:
        config = self._config
        spread = config.later_max_ms - config.later_min_ms + 1
        return config.later_min_ms + below(spread, config.seed, stream, id_)

    def _decide_refund(self, refund: Refund, at_ms: int) -> None:
        ended = structs.replace(refund, status=refund.ends, due_ms=0, at=at_ms)
        self._refunds.put(refund.id, ended)
        if ended.status == "failed":
            self._add(refund.capture, -refund.amount)
        self._tell_refund(ended)

    def _move_dispute(self, dispute: Dispute, at_ms: int) -> None:
        id_ = dispute.id
        if dispute.status == "coming":
            # What was refunded before cannot be taken back again.
            amount = dispute.amount - self._back.get(dispute.capture, 0)
            if amount <= 0:
                self._disputes.drop(id_)
                return
            due_ms = at_ms + self._after("payments:dispute_end", id_)
            opened = structs.replace(
                dispute,
                amount=amount,
                status="needs_response",
                due_ms=due_ms,
                settled=settled_in(dispute.account, amount, dispute.currency),
            )
            self._disputes.put(id_, opened)
            self._add(dispute.capture, amount)
            heappush(self._due, (due_ms, id_))
            self._tell_dispute(opened, "dispute.opened")
        else:
            ended = structs.replace(dispute, status=dispute.ends, due_ms=0)
            self._disputes.put(id_, ended)
            if ended.status == "won":
                self._add(dispute.capture, -dispute.amount)
            self._tell_dispute(ended, f"dispute.{ended.status}")

    def _tell_refund(self, refund: Refund) -> None:
        reason = "account_closed" if refund.status == "failed" else ""
        self._tell(
            f"refund.{refund.status}", refund.id, refund.capture, refund.amount, 0, refund.currency, refund.reference,
            refund.note, reason, settled=refund.settled,
        )  # fmt: skip

    def _tell_dispute(self, dispute: Dispute, type_: str) -> None:
        self._tell(
            type_, dispute.id, dispute.capture, dispute.amount, dispute.fee, dispute.currency, dispute.reference,
            "", "fraudulent", settled=dispute.settled,
        )  # fmt: skip

    def _tell(self, type_: str, object_: str, *rest: Any, settled: dict[str, Any] | None = None) -> None:
        """Write an event down; some are told again, late."""
        id_ = "evt_" + token(type_, object_)
        config = self._config
        event = structs.replace(Event(0, id_, type_, object_, *rest), settled=settled)
        again, self._again = self._again, []
        for one in (event, *again):
            told = structs.replace(one, n=len(self._told) + 1)
            self._events.put(str(told.n), told)
            self._told.append(told)
        if hits(config.event_twice_bp, config.seed, "payments:event_twice", id_):
            self._again.append(event)

    @property
    def told_twice(self) -> int:
        """Events that were told again."""
        return len(self._told) - len({event.id for event in self._told})

    def books(self) -> dict[str, Any]:
        """{"refunds": [...], "disputes": [...]}: disputes that never came are none."""
        refunds = [structs.asdict(row) for row in self._refunds.rows.values()]
        disputes = [structs.asdict(row) for row in self._disputes.rows.values() if row.status != "coming"]
        for row in [*refunds, *disputes]:
            del row["ends"], row["due_ms"]
        for row in refunds:
            del row["at"], row["settled"]
        for row in disputes:
            del row["account"], row["settled"]
        return {"refunds": refunds, "disputes": disputes}
