"""`customers`: one writer a customer. The newest of what is told stands; erased when no order needs them any more.

An erasure asks every order of the customer whether it still needs them. While one does it is put off, asked again by a
durable timer, and after 30 days put before a person. Then the vault forgets the seals, and only what it has
forgotten is called erased.
"""

from __future__ import annotations

from contracts.answers import done, refuse, segment
from contracts.customers import (
    ERASE_WITHIN_MS,
    GUEST,
    CustomerErased,
    CustomerErasing,
    CustomerUpserted,
    DestroySeals,
    EraseCustomer,
    ErasureDeferred,
    ErasureRequested,
    NeedTold,
    NoteOrder,
    SealsDestroyed,
    TellNeed,
    UpsertCustomer,
)
from contracts.decision import Decision
from contracts.ids import digest128, effect_key_of
from contracts.partners import ExceptionOpened
from contracts.ports import port_of
from contracts.turn import Address, Message

from ...runtime.actor import ActorSpec
from .customers_model import (
    ASKING,
    DEFERRED,
    ERASED,
    ERASING,
    KNOWN,
    CustomerState,
    is_newer,
    open_orders,
    pause_ms,
    seals_of,
    seals_to_destroy,
)

TIMER = "erasure"


def _here(message: Message) -> Address:
    return Address("customers", message.key, message.key)


def _upsert(state: CustomerState, message: Message, at: int) -> Decision:
    command: UpsertCustomer = message.body
    decision = Decision()
    if command.new and state.status not in ("none", ERASED):
        return refuse(
            decision, message, "customer-exists", "a customer of this number is known", "/v1/customers"
        )
    news = is_newer(state, command)
    if news:
        decision.event(
            CustomerUpserted(
                command.customer_id, command.source, command.changed_at_ms, command.person, command.address
            )
        )
    body = {"customer_id": command.customer_id, "status": KNOWN if news else "superseded"}
    made = f"/v1/customers/{segment(command.customer_id)}" if command.new else ""
    decision.answer(message.reply_to, done(body, 201 if made else 200, made))
    return decision


def _note_order(state: CustomerState, message: Message, at: int) -> Decision:
    note: NoteOrder = message.body
    decision = Decision()
    decision.took(message)
    if note.contact is not None:
        told = CustomerUpserted(note.customer_id, f"channel:{note.channel}", at, note.contact, None)
        if is_newer(state, told):
            decision.event(told)
    return decision


def _erase(state: CustomerState, message: Message, at: int) -> Decision:
    command: EraseCustomer = message.body
    decision = Decision()
    where = f"/v1/customers/{command.customer_id}"
    theirs = tuple(dict.fromkeys([*state.orders, *([command.order_id] if command.order_id else [])]))
    if state.status in (ASKING, DEFERRED, ERASING):
        decision.answer(message.reply_to, done(shown(state, command.customer_id), 202))
    elif state.status == ERASED and not state.refs and (command.order_id or not theirs):
        decision.answer(message.reply_to, done(shown(state, command.customer_id)))
    elif not theirs and not state.refs:
        refuse(decision, message, "customer-not-found", "there is no such customer", where)
    else:
        decision.event(
            ErasureRequested(command.customer_id, command.by, command.reason, at + ERASE_WITHIN_MS, theirs)
        )
        _ask(decision, message, theirs)
        if not theirs:
            _destroy(decision, state, message, (), None)
        body = {"customer_id": command.customer_id, "status": ASKING, "orders": list(theirs)}
        decision.answer(message.reply_to, done(body, 202))
    return decision


def _ask(decision: Decision, message: Message, orders: tuple[str, ...]) -> None:
    for order_id in orders:
        decision.say("orders", order_id, order_id, TellNeed(order_id, message.key), reply_to=_here(message))


def _need_told(state: CustomerState, message: Message, at: int) -> Decision:
    told: NeedTold = message.body
    decision = Decision()
    if state.status != ASKING or told.order_id in state.needs:
        return decision
    decision.took(message)
    still = open_orders(state, told)
    if still == ():
        _destroy(decision, state, message, state.asking, told)
    elif still:
        again = at + pause_ms(state.asked)
        decision.event(ErasureDeferred(message.key, still, again))
        decision.set_timer(TIMER, message.key, again)
        if at >= state.due_ms and not state.overdue:
            why = f"an erasure is put off by {', '.join(still[:5])} since 30 days"
            id_ = "exc_" + digest128("erasure-overdue", message.key, str(state.due_ms))
            decision.event(ExceptionOpened(id_, "erasure-overdue", still[0], why))
    return decision


def _destroy(
    decision: Decision,
    state: CustomerState,
    message: Message,
    orders: tuple[str, ...],
    last: NeedTold | None,
) -> None:
    refs = seals_to_destroy(state, last)
    decision.event(CustomerErasing(message.key, orders, refs))
    _tell_vault(decision, state, message, refs)


def _tell_vault(decision: Decision, state: CustomerState, message: Message, refs: tuple[str, ...]) -> None:
    # Of a vault that gave up before it is another effect.
    key = effect_key_of(message.tenant, "vault", "destroy", message.key, state.asked + state.erased_at_ms)
    command = DestroySeals(message.key, key, refs)
    decision.say(port_of("vault.destroy"), message.key, message.key, command, reply_to=_here(message))


def _ask_again(state: CustomerState, message: Message, at: int) -> Decision:
    decision = Decision()
    if state.status == DEFERRED:
        # All of them: there may be orders by now that there were not.
        theirs = tuple(dict.fromkeys([*state.asking, *state.orders]))
        decision.event(ErasureRequested(message.key, "", "", state.due_ms, theirs))
        _ask(decision, message, theirs)
    elif state.status == ERASING:
        _tell_vault(decision, state, message, state.destroying)
    return decision


def _vault_gave_up(state: CustomerState, message: Message, at: int) -> Decision:
    decision = Decision()
    decision.set_timer(TIMER, message.key, at + pause_ms(state.asked))
    return decision


def _destroyed(state: CustomerState, message: Message, at: int) -> Decision:
    told: SealsDestroyed = message.body
    decision = Decision()
    if state.status == ERASING:
        decision.event(CustomerErased(message.key, at, state.asking, told.refs))
        decision.cancel_timer(TIMER)
    return decision


def _fold_upserted(state: CustomerState, body: CustomerUpserted) -> None:
    if state.status in ("none", ERASED):
        state.status = KNOWN
    state.source, state.changed_at_ms = body.source, body.changed_at_ms
    state.person, state.address = body.person, body.address
    state.refs = tuple(dict.fromkeys([*state.refs, *seals_of(body)]))


def _fold_noted(state: CustomerState, body: NoteOrder) -> None:
    state.orders = {**state.orders, body.order_id: body.refs}
    if state.status == "none":
        state.status = KNOWN


def _fold_requested(state: CustomerState, body: ErasureRequested) -> None:
    state.status, state.asking, state.needs = ASKING, body.orders, {}
    state.asked = state.asked + 1 if state.due_ms == body.due_ms else 1
    if state.due_ms != body.due_ms:
        state.due_ms, state.overdue = body.due_ms, False


def _fold_need(state: CustomerState, body: NeedTold) -> None:
    state.needs = {**state.needs, body.order_id: body}


def _fold_deferred(state: CustomerState, body: ErasureDeferred) -> None:
    state.status, state.waiting_for, state.again_at_ms = DEFERRED, body.orders, body.again_at_ms


def _fold_overdue(state: CustomerState, body: ExceptionOpened) -> None:
    state.overdue = True


def _fold_erasing(state: CustomerState, body: CustomerErasing) -> None:
    state.status, state.destroying, state.needs, state.waiting_for = ERASING, body.refs, {}, ()


def _fold_erased(state: CustomerState, body: CustomerErased) -> None:
    # What came in meanwhile is under other seals, and of another life.
    gone = set(body.refs)
    state.orders = {
        order_id: refs for order_id, refs in state.orders.items() if not (refs and gone.issuperset(refs))
    }
    state.orders = {one: refs for one, refs in state.orders.items() if one not in body.orders}
    state.refs = tuple(ref for ref in state.refs if ref not in gone)
    state.status, state.erased_at_ms = ERASED, body.at_ms
    state.person = state.address = None
    state.source, state.changed_at_ms, state.asking, state.destroying = "", 0, (), ()


def shown(state: CustomerState, customer_id: str) -> dict[str, object]:
    """What everybody may know: how far it is, and what an erasure waits for."""
    body: dict[str, object] = {"customer_id": customer_id.removeprefix(GUEST), "status": state.status}
    if state.status == DEFERRED:
        body["waiting_for"] = list(state.waiting_for)
    return body


CUSTOMERS = ActorSpec(
    "customers",
    lambda key: CustomerState(),
    {
        "customers.upsert": _upsert,
        "customers.note_order": _note_order,
        "customers.erase": _erase,
        "customers.need_told": _need_told,
        "vault.destroyed": _destroyed,
        "vault.call_gave_up": _vault_gave_up,
        f"timer.{TIMER}": _ask_again,
    },
    {
        "customer.upserted": _fold_upserted,
        "customers.note_order": _fold_noted,
        "customer.erasure_requested": _fold_requested,
        "customers.need_told": _fold_need,
        "customer.erasure_deferred": _fold_deferred,
        "exception.opened": _fold_overdue,
        "customer.erasing": _fold_erasing,
        "customer.erased": _fold_erased,
    },
)
