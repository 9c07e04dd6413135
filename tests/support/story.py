"""The words of a small made-up history for the judge: its orders, facts and postings, and the story itself.

`four_orders()` of story_of_four.py tells it; `good_story()` of story_parts.py adds an order that leaves in pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from contracts.codec import encode
from contracts.finance import Entry, LedgerPosted
from contracts.fulfillment import ShipmentDispatched
from contracts.ids import fulfillment_order_id_of, order_id_of
from contracts.inventory import (
    DemandLine,
    StockReserved,
)
from contracts.orders import (
    Order,
    OrderClosed,
    OrderLine,
    OrderReceived,
    Payment,
    Person,
    PostalAddress,
)
from contracts.partners import (
    AuthorizationVoided,
    ExceptionOpened,
    LineTax,
    PaymentAuthorized,
    PaymentCaptured,
    TaxCalculated,
)
from contracts.platform import CallAnswered, CallOpened
from contracts.refunds import Dispute, RefundMade
from contracts.settlement import (
    ControlTotal,
    FileImported,
    LineJudged,
    LineMatched,
    LineMismatched,
    PayoutReconciled,
)
from contracts.turn import DEFAULT_TENANT, NORMAL, Fact, Said, Turn
from contracts.vocabulary import fact
from contracts.worklist import ExceptionListed
from sim.invariants import (
    Bound,
    ClientAnswer,
    Commit,
    Evidence,
    FaultHit,
    InvariantResult,
    Submitted,
    judge,
    order_timeline,
)
from tests.support.turns import START_MS, TurnMaker, a_fact, cause_of

PRICE, COST, STOCK, GROSS, TAX = 500, 100, 10, 2_000, 333
CREDIT = 1_000
EXPIRES_MS = START_MS + 7 * 86_400_000
WH1, QUARANTINE = "1300 inventory WH1", "1320 quarantine WH1"
CLEARING, SUSPENSE = "1200 PSP clearing psp-a", "1210 settlement suspense psp-a"
# What psp-a pays out: a gift card, a capture, a refund, a dispute, and a sale that nobody here made.
TOTAL = ControlTotal(5, 1_700, 45, 1_655)


def order_id(name: str) -> str:
    """The id of the web's order of this name."""
    return order_id_of(DEFAULT_TENANT, "web", name)


SHIPPED, CANCELLED, REFUSED, EXCEPTED = (order_id(name) for name in ("W1", "W2", "W3", "W4"))
LINES = (OrderLine("1", "A", 3, PRICE), OrderLine("2", "A", 1, PRICE))
DEMAND = tuple(DemandLine(line.line_id, line.sku, line.quantity) for line in LINES)


def an_order(name: str) -> Order:
    """Four of A, on two lines."""
    payment = Payment("psp-a", "card", "~1.c2VhbGVk", GROSS)
    contact = Person("~1.c2VhbGVk")
    return Order("web", name, "GBP", True, LINES, PostalAddress("GB"), (payment,), contact=contact)


def posting(n: int, of: str, step: str, reference: str, *entries: tuple[str, str, int]) -> LedgerPosted:
    """A posting of the book GB01."""
    sides = tuple(Entry(*entry) for entry in entries)
    return LedgerPosted(f"GB01-{n}", "GB01", of, reference, step, "GBP", sides, 202311, 20231114)


def stocked(n: int, reference: str, *entries: tuple[str, str, int]) -> LedgerPosted:
    """What goods came to when they were put there."""
    cost = sum(amount for _, _, amount in entries)
    return posting(n, "", "opening_stock", reference, *entries, ("3000 opening balances", "C", cost))


def other(n: int, of: str, step: str, reference: str, *entries: tuple[str, str, int]) -> LedgerPosted:
    """A posting of the book GB02."""
    mine = posting(n, of, step, reference, *entries)
    return msgspec.structs.replace(mine, posting_id=f"GB02-{n}", book="GB02")


def authorized(of: str) -> PaymentAuthorized:
    return PaymentAuthorized(of, "psp-a", f"pi_{of}", GROSS, "GBP", EXPIRES_MS)


def captured(of: str, capture: str = "ch_1", amount: int = GROSS) -> PaymentCaptured:
    return PaymentCaptured(of, "psp-a", capture, f"pi_{of}", amount, "GBP", "GB01")


def voided(of: str) -> AuthorizationVoided:
    return AuthorizationVoided(of, "psp-a", f"pi_{of}")


def dispatched(of: str, shipment: str = "SH-1", ordinal: int = 0) -> ShipmentDispatched:
    return ShipmentDispatched(
        fulfillment_order_id_of(of, ordinal), of, shipment, "T1", "WH1", "default", START_MS
    )


def reserved(of: str, lines: tuple[DemandLine, ...] = DEMAND) -> StockReserved:
    return StockReserved(of, "default", "WH1", lines)


def quoted(of: str) -> TaxCalculated:
    return TaxCalculated(of, f"TX-{of}", "GB", (LineTax("1", 250), LineTax("2", 83)), 0)


def exception(of: str) -> ExceptionOpened:
    return ExceptionOpened(f"exc_{of}", "outcome-unknown", of, "score 60")


def listed(of: str, category: str = "outcome-unknown", id_: str | None = None) -> ExceptionListed:
    return ExceptionListed(id_ or f"exc_{of}", category, of, "score 60", "risk", EXPIRES_MS)


def named(type_: str, body: msgspec.Struct) -> Fact:
    """A fact whose body's class stands for several types."""
    return fact(body, type_)


def refund(kind: type[RefundMade] = RefundMade, id_: str = "re_1", amount: int = CREDIT) -> RefundMade:
    return kind(SHIPPED, "psp-a", id_, "ch_1", amount, "GBP", "GB01", "ret_1")


def dispute(status: str, amount: int = 100) -> Fact:
    return named(
        f"payment.dispute_{status}", Dispute(SHIPPED, "psp-a", "dp_1", "ch_1", amount, 15, "GBP", "GB01")
    )


def imported(file: str = "S1", sha256: str = "sha1") -> FileImported:
    return FileImported("psp-a", file, f"{file}.csv", sha256, "po_1", "GB01", "GBP", "day 2", TOTAL)


def judged(line: str, about: str, gross: int, fee: int, residue: int = 0) -> LineJudged:
    reason = "unknown" if residue else ""
    return LineJudged(
        "psp-a", "S1", line, about, reason, "GBP", gross, fee, gross - residue, residue, SHIPPED, "GB01"
    )


def matched(line: str, about: str, gross: int, fee: int = 0) -> LineMatched:
    return LineMatched("psp-a", "S1", line, about, "GBP", gross, fee)


def mismatched(line: str, about: str, gross: int, fee: int, residue: int) -> LineMismatched:
    return LineMismatched("psp-a", "S1", line, about, "unknown", "GBP", gross, fee, residue)


def paid_out(net: int = TOTAL.net_minor, suspense: int = 300) -> PayoutReconciled:
    return PayoutReconciled(
        "psp-a", "S1", "po_1", "GB01", "GBP", TOTAL.count, net, 30, net + 30 - suspense, suspense
    )


def closed(status: str, of: str, payment: str = "voided") -> Fact:
    return named(f"order.{status}", OrderClosed(of, "reason", payment, "cancelled", "cancelled"))


Step = tuple[str, str, Sequence[Any]]


class Story:
    """Turns in order, each a group of its own, committed in the millisecond in which it was decided."""

    def __init__(self) -> None:
        self.maker = TurnMaker()
        self.turns: list[Turn] = []
        self.commits: list[Commit] = []
        self.answers: list[ClientAnswer] = []
        self.faults: list[FaultHit] = []
        self.submitted: list[Submitted] = []
        self.books: dict[str, dict[str, Any]] = {}
        bounds = [Bound("calls to erp", 15, 15), Bound("mailbox of orders", 40, 20_000)]
        self.fields: dict[str, Any] = {"live_digest": "d1", "rebuilt_digest": "d1", "bounds": bounds}
        self.index = 0

    def next_index(self) -> int:
        self.index += 1
        return self.index

    def turn(
        self, actor: str, key: str, *facts: Any, subject: str | None = None, says: Sequence[tuple[str, str, str]] = (),
        **fields: Any,
    ) -> Turn:  # fmt: skip
        """The next turn, caused from outside unless a cause is named. `says`: (to, key, subject)."""
        body = a_fact("said")
        events = tuple(one if isinstance(one, Fact) else fact(one) for one in facts)
        said = tuple(
            Said(to, at, about, body.type, body.version, NORMAL, None, body.body) for to, at, about in says
        )
        made = self.maker.make(
            key, actor=actor, subject=subject or key, events=events, said=said, **fields
        )  # fmt: skip
        self.commits.append(Commit(self.next_index(), len(self.turns), made.at_ms))
        self.turns.append(made)
        return made

    def order(self, name: str, *steps: Step, order: Order | None = None) -> str:
        """An order is received; its turn says an entry to whoever takes each of the steps."""
        id_ = order_id(name)
        self.submitted.append(Submitted(id_, "web", name, START_MS))
        call = self.turn(
            "intake", f"call {name}", CallOpened("fp", EXPIRES_MS, True), says=[("orders", id_, id_)]
        )
        says = [("intake", f"call {name}", f"call {name}"), *((actor, key, id_) for actor, key, _ in steps)]
        first = self.turn(
            "orders", id_, OrderReceived(id_, order or an_order(name)), cause=cause_of(call), says=says
        )
        body = b'{"order_id":"%s","status":"received"}' % id_.encode()
        self.turn("intake", f"call {name}", CallAnswered(202, (), body), cause=cause_of(first))
        self.answer(name, 202, body)
        for n, (actor, key, facts) in enumerate(steps, start=1):
            actor_name = actor.removeprefix("port:")
            self.turn(actor_name, key, *facts, subject=id_, cause=cause_of(first, n))
        return id_

    def answer(
        self, name: str, status: int, body: bytes, *, key: str | None = None, replayed: bool = False
    ) -> None:
        """A client is answered for its order, now."""
        self.answers.append(
            ClientAnswer(
                self.next_index(), self.turns[-1].at_ms, "shop", "POST", "/v1/orders", key or name, "fp", status, body,
                replayed, order_id(name),
            )
        )  # fmt: skip

    def fault(self, kind: str, label: str, subject: str = "") -> None:
        self.faults.append(FaultHit(self.next_index(), self.turns[-1].at_ms, kind, label, subject))

    def evidence(self, **fields: Any) -> Evidence:
        groups = [(n, [encode(turn)]) for n, turn in enumerate(self.turns)]
        given = {
            "commits": self.commits,
            "answers": self.answers,
            "faults": self.faults,
            "submitted": self.submitted,
            "books": self.books,
            "ended_at_ms": START_MS + 3_600_000,
            "known_of_people": ("tok_visa", "Shopper "),
            "seals": frozenset({"1"}),
            **self.fields,
            **fields,
        }
        return Evidence(groups=lambda: iter(groups), **given)

    def judged(self, **fields: Any) -> dict[str, InvariantResult]:
        return {result.id: result for result in judge(self.evidence(**fields))}

    def told(self, of: str) -> list[str]:
        return order_timeline(self.evidence(), of)
