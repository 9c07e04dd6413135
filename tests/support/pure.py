"""The whole system without a runtime: pure actors, one message at a time, in any order that each conversation allows.

Whoever runs it chooses what is next; nothing is recorded, no time passes. Partners take whatever they are asked and
write it down, so that what should never be asked is seen.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from typing import Any, Protocol

from actors.runtime.saying import expand_topics
from actors.system import all_actors
from contracts.decision import Decision
from contracts.edits import ErpChanged
from contracts.fulfillment import (
    ConfirmDispatch,
    WarehouseAccepted,
    WarehouseRecalled,
    WarehouseRecallRefused,
)
from contracts.inventory import DemandLine
from contracts.money import tax_in_gross
from contracts.outcomes import OK
from contracts.partners import (
    AuthorizationVoided,
    CaptureFailed,
    ErpAcknowledged,
    ErpCancelled,
    ErpRejected,
    FraudAssessed,
    LineTax,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDeclined,
    TaxCalculated,
    TaxCommitted,
)
from contracts.platform import CallResult, TimerFired
from contracts.refunds import RefundFailed, RefundMade
from contracts.turn import NORMAL, Fact, Message
from contracts.vocabulary import TYPE_OF

FAR = 10**14


class Chooser(Protocol):
    """What of `random.Random` is needed: hypothesis gives one that shrinks."""

    def randrange(self, stop: int, /) -> int:
        """A number below `stop`."""


class PureWorld:
    """`lucky`: every partner does what it is asked; else one answer in six is another."""

    def __init__(self, random: Chooser, *, lucky: bool = True) -> None:
        self.random, self.lucky = random, lucky
        self.actors = all_actors()
        self.states: dict[tuple[str, str], Any] = {}
        self.queues: dict[tuple[str, str, str], deque[Message]] = {}
        self.timers: dict[tuple[str, str, str], str] = {}
        self.facts: list[tuple[str, str, Fact]] = []
        # What the partners were asked: (operation, body), and what the warehouse has still to ship.
        self.asked: list[tuple[str, Any]] = []
        self.to_ship: dict[str, Any] = {}
        self.answers: list[Any] = []
        self._n = 0

    # -- what comes in -----------------------------------------------------------------------------

    def tell(self, to: str, key: str, body: Any, subject: str = "") -> None:
        """Somebody outside says something."""
        type_, version = TYPE_OF[type(body)]
        self._put(Message(to, key, subject or key, type_, version, NORMAL, None, body, self._id(), *[""] * 4))

    def _id(self) -> str:
        self._n += 1
        return f"0.0.{self._n}"

    def _put(self, message: Message) -> None:
        at = (message.to, message.key if not message.to.startswith("port:") else "", message.subject)
        self.queues.setdefault(at, deque()).append(message)

    # -- what happens ------------------------------------------------------------------------------

    def run(self, most: int = 5_000) -> None:
        """One thing after another, chosen among all that may be next, until nothing is left."""
        for _ in range(most):
            choices: list[Callable[[], None]] = [self._next_of(at) for at in self.queues]
            choices += [self._ships(id_) for id_ in self.to_ship]
            choices += [self._fires(at) for at in self.timers if at[2] == "release"]
            if not choices:
                return
            choices[self.random.randrange(len(choices))]()
        raise AssertionError("it never comes to rest")

    def _next_of(self, at: tuple[str, str, str]) -> Callable[[], None]:
        def go() -> None:
            queue = self.queues[at]
            message = queue.popleft()
            if not queue:
                del self.queues[at]
            self.take(message)

        return go

    def _fires(self, at: tuple[str, str, str]) -> Callable[[], None]:
        def go() -> None:
            actor, key, name = at
            subject = self.timers.pop(at)
            fired = Message(
                actor, key, subject, f"timer.{name}", 1, NORMAL, None, TimerFired(0), self._id(), *[""] * 4
            )
            self.take(fired)

        return go

    def state(self, actor: str, key: str) -> Any:
        """The state of a key."""
        at = (actor, key)
        if at not in self.states:
            self.states[at] = self.actors[actor].initial(key)
        return self.states[at]

    def take(self, message: Message) -> None:
        """Decide one message and fold it."""
        if message.to == "intake":
            self.answers.append(message.body)
        elif message.to.startswith("port:"):
            self._call(message)
        elif message.to in ("erp", "payments", "tax", "fraud", "warehouse", "suppliers") and (
            message.type not in self.actors[message.to].handlers
        ):
            self._call(message)
        else:
            state = self.state(message.to, message.key)
            self._happens(
                message.to, message, self.actors[message.to].handlers[message.type](state, message, 0)
            )

    def _happens(self, actor: str, message: Message, decision: Decision) -> None:
        expand_topics(decision.events, decision.said)
        state, folds = self.state(actor, message.key), self.actors[actor].folds
        for event in decision.events:
            if event.body is not None:
                self.facts.append((actor, message.key, event))
            if event.type in folds:
                folds[event.type](state, message.body if event.body is None else event.body)
        for name in decision.timers_cancelled:
            self.timers.pop((actor, message.key, name), None)
        for timer in decision.timers_set:
            self.timers[actor, message.key, timer.name] = timer.subject
        for said in decision.said:
            body = said.body if said.event is None else decision.events[said.event].body
            self._put(
                Message(
                    said.to, said.key, said.subject, said.type, said.version, said.lane, said.reply_to, body,
                    self._id(), *[""] * 4,
                )
            )  # fmt: skip

    # -- partners ----------------------------------------------------------------------------------

    def _luck(self) -> bool:
        return self.lucky or self.random.randrange(6) > 0

    def _call(self, message: Message) -> None:
        self.asked.append((message.type, message.body))
        system = message.to.removeprefix("port:")
        fact = ANSWERS[message.type](self, message.body)
        spec = self.actors[system]
        assert spec.conclude is not None
        state = self.state(system, message.key)
        decision = spec.conclude(state, message, CallResult(OK, 200, b"{}", 1), fact, 0)
        self._happens(system, message, decision)

    def _ships(self, id_: str) -> Callable[[], None]:
        """The warehouse packs: all of it, or in two shipments told in any order, or with one unit missing."""

        def go() -> None:
            release = self.to_ship.pop(id_)
            units = [(line, n) for line in release.lines for n in range(line.quantity)]
            cut = len(units) if self._luck() else self.random.randrange(len(units) + 1)
            first = _lines(line for line, _ in units[:cut])
            rest = _lines(line for line, _ in units[cut:])
            confirms = [ConfirmDispatch(id_, release.order_id, f"{id_}-1", "T", 0, None)]
            if rest:
                told = [(first, 1), (rest if self._luck() else (), 2)]
                told = told[:: 1 if self._luck() else -1]
                confirms = [
                    ConfirmDispatch(id_, release.order_id, f"{id_}-{n}", "T", 0, lines, n == 2, 2)
                    for lines, n in told
                ]
            for confirm in (*confirms, confirms[0]):
                self.tell("fulfillment", id_, confirm, release.order_id)

        return go

    # -- what is seen ------------------------------------------------------------------------------

    def of(self, type_: str) -> list[Any]:
        """The bodies of all facts of a type."""
        return [event.body for _, _, event in self.facts if event.type == type_]

    def asked_for(self, type_: str) -> list[Any]:
        """The bodies of all calls of a type."""
        return [body for operation, body in self.asked if operation == type_]

    def balances(self) -> dict[tuple[str, str], int]:
        """(currency, account) -> debits less credits, those at zero left out."""
        found: Counter[tuple[str, str]] = Counter()
        for posting in self.of("ledger.posted"):
            for entry in posting.entries:
                sign = 1 if entry.side == "D" else -1
                found[posting.currency, entry.account] += sign * entry.amount_minor
        return {at: amount for at, amount in found.items() if amount}


def _lines(units: Any) -> tuple[DemandLine, ...]:
    counted: defaultdict[tuple[str, str], int] = defaultdict(int)
    for line in units:
        counted[line.line_id, line.sku] += 1
    return tuple([DemandLine(*at, units) for at, units in counted.items()])


def _authorize(world: PureWorld, c: Any) -> Any:
    if not world._luck():
        return PaymentDeclined(c.order_id, c.provider, "card_declined")
    return PaymentAuthorized(c.order_id, c.provider, f"pi_{c.effect_key}", c.amount_minor, c.currency, FAR)


def _capture(world: PureWorld, c: Any) -> Any:
    if not world._luck():
        return CaptureFailed(c.order_id, c.provider, c.authorization_id, "capture_failed")
    return PaymentCaptured(
        c.order_id,
        c.provider,
        f"ch_{c.effect_key}",
        c.authorization_id,
        c.amount_minor,
        c.currency,
        c.book,
        purpose=c.purpose,
    )


def _refund(world: PureWorld, c: Any) -> Any:
    of = (
        c.order_id,
        c.provider,
        f"re_{c.effect_key}",
        c.capture_id,
        c.amount_minor,
        c.currency,
        c.book,
        c.return_id,
    )
    return RefundMade(*of) if world._luck() else RefundFailed(*of, "no")


def _assessed(world: PureWorld) -> str:
    return "accept" if world._luck() else ("reject", "review")[world.random.randrange(2)]


def _tax(world: PureWorld, c: Any) -> Any:
    lines = tuple([LineTax(line.line_id, tax_in_gross(line.amount_minor, 2_000)) for line in c.lines])
    return TaxCalculated(c.order_id, "doc", "GB", lines, tax_in_gross(c.shipping_minor, 2_000))


def _release(world: PureWorld, c: Any) -> Any:
    world.to_ship[c.fulfillment_order_id] = c
    return WarehouseAccepted(c.fulfillment_order_id, c.order_id)


def _recall(world: PureWorld, c: Any) -> Any:
    if world.to_ship.pop(c.fulfillment_order_id, None) is None:
        return WarehouseRecallRefused(c.fulfillment_order_id, c.order_id, "gone")
    return WarehouseRecalled(c.fulfillment_order_id, c.order_id)


ANSWERS: dict[str, Callable[[PureWorld, Any], Any]] = {
    "payments.authorize": _authorize,
    "payments.void": lambda world, c: AuthorizationVoided(c.order_id, c.provider, c.authorization_id),
    "payments.capture": _capture,
    "payments.refund": _refund,
    "fraud.assess": lambda world, c: FraudAssessed(c.order_id, _assessed(world), 1),
    "tax.calculate": _tax,
    "tax.commit": lambda world, c: TaxCommitted(c.order_id, c.document_id, c.tax_minor),
    "erp.create_sales_order": lambda world, c: (
        ErpAcknowledged(c.order_id, f"SO-{c.order_id}")
        if world._luck()
        else ErpRejected(c.order_id, "BLOCKED")
    ),
    "erp.change_sales_order": lambda world, c: ErpChanged(c.order_id, f"SO-{c.order_id}"),
    "erp.cancel_sales_order": lambda world, c: ErpCancelled(c.order_id, None),
    "warehouse.release": _release,
    "warehouse.recall": _recall,
}
