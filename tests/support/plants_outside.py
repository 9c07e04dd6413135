"""Planted wrongs outside: in what clients were told, in the twins' books, in the rebuilt state."""

from __future__ import annotations

from typing import Any

import msgspec

from contracts.ids import fulfillment_order_id_of
from contracts.orders import OrderReceived
from contracts.partners import TaxCommitted
from contracts.turn import Timer
from sim.invariants import Submitted
from tests.support.plants import plant
from tests.support.plants_inside import drop
from tests.support.story import (
    CANCELLED,
    EXCEPTED,
    EXPIRES_MS,
    REFUSED,
    SHIPPED,
    Story,
    an_order,
    authorized,
    order_id,
    quoted,
)
from tests.support.turns import START_MS

replace = msgspec.structs.replace


def row(story: Story, system: str, table: str, n: int = 0) -> dict[str, Any]:
    return story.books[system][table][n]


# Clients


@plant("A13", "was answered 202, then 202, with other bytes from byte 0 on")
def a_repeat_gets_other_bytes(story: Story) -> None:
    story.answer("W1", 202, b"other", replayed=True)


@plant("A13", "was answered 202, then 404")
def a_repeat_gets_another_status(story: Story) -> None:
    story.answer("W1", 404, story.answers[0].body, replayed=True)


@plant("A13", "was executed again")
def a_call_is_executed_for_its_repeat(story: Story) -> None:
    story.answer("W1", 202, story.answers[0].body)


@plant("A13", "was used for two requests")
def a_key_serves_two_requests(story: Story) -> None:
    story.answer("W1", 202, story.answers[0].body, replayed=True)
    story.answers[-1] = replace(story.answers[-1], fingerprint="other")


@plant("A17", "before its turn")
def an_answer_leaves_before_the_commit(story: Story) -> None:
    story.answers[0] = replace(story.answers[0], index=0)


@plant("A17", "the journal does not hold it")
def an_order_is_answered_and_not_kept(story: Story) -> None:
    story.answer("W9", 202, b'{"status":"received"}')


@plant("A17", "the journal does not hold it")
def a_cancellation_is_answered_and_not_kept(story: Story) -> None:
    story.answer("W1", 202, b'{"status":"cancellation-requested"}', key="cancel")


# The provider


@plant("A8", "the provider took 3000 and let go of 0")
def the_provider_took_more_than_it_held(story: Story) -> None:
    story.books["payments"]["captures"].append(
        dict(row(story, "payments", "captures"), id="ch_2", amount=1_000)
    )


@plant("A8", "the provider took 2000 and let go of 1")
def the_provider_took_and_let_go_of_the_same_money(story: Story) -> None:
    row(story, "payments", "authorizations")["voided"] = 1


@plant("A8", "after expiry")
def the_provider_took_after_expiry(story: Story) -> None:
    row(story, "payments", "captures")["at"] = EXPIRES_MS


@plant("Q9", "which we never heard of")
def the_provider_holds_money_for_us_unknown(story: Story) -> None:
    held = dict(row(story, "payments", "authorizations"), id="pi_orphan", captured=0)
    story.books["payments"]["authorizations"].append(held)


@plant("Q9", "the provider does not know pi_")
def the_provider_lost_an_authorization(story: Story) -> None:
    del story.books["payments"]["authorizations"][1]


@plant("Q9", "the provider says")
def the_provider_holds_another_amount(story: Story) -> None:
    row(story, "payments", "authorizations")["amount"] += 1


@plant("Q9", "the provider says")
def the_provider_did_not_void(story: Story) -> None:
    row(story, "payments", "authorizations", 1).update(status="requires_capture", voided=0)


@plant("Q9", "is rejected and pi_")
def money_is_held_for_an_order_that_was_refused(story: Story) -> None:
    story.turn("payments", REFUSED, authorized(REFUSED))
    held = dict(row(story, "payments", "authorizations", 2), id=f"pi_{REFUSED}", reference=REFUSED)
    story.books["payments"]["authorizations"].append(held)


@plant("Q9", "unheard of here")
def the_provider_took_money_twice(story: Story) -> None:
    taken = dict(row(story, "payments", "captures"), id="ch_2", reference=CANCELLED)
    story.books["payments"]["captures"].append(taken)


@plant("Q9", "the provider never took ch_1")
def a_capture_is_not_in_the_providers_books(story: Story) -> None:
    story.books["payments"]["captures"].clear()


@plant("Q9", "ch_1: the provider says")
def a_capture_has_another_amount_there(story: Story) -> None:
    row(story, "payments", "captures")["amount"] -= 1


# The ERP


@plant("A12", "has 2 documents in the ERP: SO-1 and SO-3")
def a_blind_retry_makes_a_second_document(story: Story) -> None:
    story.books["erp"]["documents"].append(dict(row(story, "erp", "documents"), doc_no="SO-3"))


@plant("Q9", "the ERP holds ['SO-9'], acknowledged were []")
def the_erp_holds_an_order_we_know_nothing_of(story: Story) -> None:
    document = dict(row(story, "erp", "documents"), doc_no="SO-9", external_ref=REFUSED)
    story.books["erp"]["documents"].append(document)


@plant("Q9", "the ERP does not know SO-1")
def the_erp_lost_a_document(story: Story) -> None:
    del story.books["erp"]["documents"][0]


@plant("Q9", "SO-2 is open in the ERP, cancelled here: True")
def the_erp_did_not_cancel(story: Story) -> None:
    row(story, "erp", "documents", 1)["status"] = "open"


@plant("Q9", "is over (1999, 'GBP') in the ERP")
def the_erp_has_another_total(story: Story) -> None:
    row(story, "erp", "documents")["total"] -= 1


@plant("Q9", "SO-2 is still open in the ERP")
def a_cancelled_order_stays_open_in_the_erp(story: Story) -> None:
    drop(story, "erp.order_cancelled", CANCELLED)
    row(story, "erp", "documents", 1)["status"] = "open"


# The warehouse


@plant("Q9", "shipped SH-9, which we never heard of")
def the_warehouse_shipped_what_was_cancelled(story: Story) -> None:
    sent = dict(row(story, "warehouse", "shipments"), shipment="SH-9", ref=CANCELLED)
    story.books["warehouse"]["shipments"].append(sent)


@plant("Q9", "never shipped SH-1")
def the_warehouse_never_shipped(story: Story) -> None:
    story.books["warehouse"]["shipments"].clear()


@plant("Q9", "left with other goods than ordered: [('2', 'A', 1), ('2', 'A', 2)]")
def the_warehouse_sent_other_goods(story: Story) -> None:
    sent = row(story, "warehouse", "shipments")
    sent["items"] = [sent["items"][0], {"line": "2", "item": "A", "qty": 2}]


@plant("Q9", f"SH-1 is of {SHIPPED} here")
def the_warehouse_shipped_for_another_order(story: Story) -> None:
    row(story, "warehouse", "shipments")["ref"] = CANCELLED


@plant("Q9", "is cancelled here and accepted there")
def the_warehouse_will_ship_what_was_cancelled(story: Story) -> None:
    order = dict(row(story, "warehouse", "orders"), ref=CANCELLED, status="accepted")
    order["depositor_order"] = fulfillment_order_id_of(CANCELLED, 0)
    story.books["warehouse"]["orders"].append(order)


@plant("Q9", "is recalled there, which we never heard of")
def the_warehouse_recalled_on_its_own(story: Story) -> None:
    row(story, "warehouse", "orders")["status"] = "recalled"


# Tax and fraud


@plant("Q9", "was never committed")
def the_tax_of_an_invoice_is_not_committed(story: Story) -> None:
    drop(story, "tax.committed", SHIPPED)
    row(story, "tax", "documents")["status"] = "quoted"


@plant("Q9", "is quoted there, committed here: True")
def the_tax_service_did_not_commit(story: Story) -> None:
    row(story, "tax", "documents")["status"] = "quoted"


@plant("Q9", "tax of 332 there, 333")
def the_tax_service_has_another_amount(story: Story) -> None:
    row(story, "tax", "documents")["tax"] -= 1


@plant("Q9", "committed 333 there, 663 here")
def other_tax_was_committed_here(story: Story) -> None:
    story.turn("tax", SHIPPED, TaxCommitted(SHIPPED, f"TX-{SHIPPED}", 330))


@plant("Q9", "which we never heard of")
def the_tax_service_quoted_twice(story: Story) -> None:
    story.books["tax"]["documents"].append(dict(row(story, "tax", "documents"), doc="TX-2"))


@plant("Q9", "the tax service does not know")
def the_tax_service_lost_a_quote(story: Story) -> None:
    story.turn("tax", CANCELLED, quoted(CANCELLED))


@plant("Q9", "the fraud service says ('reject', 80)")
def the_fraud_service_said_otherwise(story: Story) -> None:
    row(story, "fraud", "assessments").update(decision="deny", risk=80)


@plant("Q9", "assessed 2 times")
def the_fraud_service_was_asked_twice(story: Story) -> None:
    story.books["fraud"]["assessments"].append(dict(row(story, "fraud", "assessments")))


@plant("Q9", "the fraud service never said accept")
def an_acceptance_was_made_up(story: Story) -> None:
    story.books["fraud"]["assessments"].clear()


# The state


@plant("Q11", "live d1, rebuilt d2")
def the_rebuilt_state_differs(story: Story) -> None:
    story.fields["rebuilt_digest"] = "d2"


# What looks wrong and is right.


def differences_of_an_order_with_an_open_exception(story: Story) -> None:
    row(story, "payments", "authorizations", 2)["amount"] += 1
    story.books["erp"]["documents"].append(
        {"doc_no": "SO-4", "external_ref": EXCEPTED, "status": "open", "total": 1, "currency": "GBP"}
    )


def answers_that_are_not_of_an_execution(story: Story) -> None:
    story.answer("W1", 409, b'{"code":"request-in-flight"}')
    story.answer("W1", 422, b'{"code":"idempotency-key-reused"}')
    story.answer("W1", 503, b"no")
    story.answer("W1", 500, b"none")


def a_customer_is_answered_about_an_erasure_before_the_order_is_there(story: Story) -> None:
    first = story.answers[0]
    erased = msgspec.structs.replace(
        first, index=0, route="/v1/customers/C-1", key="erase", body=b'{"status":"erasing"}'
    )
    story.answers.insert(0, erased)


def an_order_that_waits_with_a_deadline(story: Story) -> None:
    id_ = order_id("W8")
    story.submitted.append(Submitted(id_, "web", "W8", START_MS))
    story.turn("orders", id_, OrderReceived(id_, an_order("W8")))
    timer = Timer("confirmation", id_, START_MS + 10**9)
    story.turn("fulfillment", "ful_8", subject=id_, timers_set=(timer,))
