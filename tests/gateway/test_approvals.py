"""Two persons: asked for, found in the queue, decided by somebody else, and done as the command that it is."""

import pytest
import trio

from contracts.accounts import BANK
from contracts.accounts import PSP_FEES as FEES
from tests.support.gateway import HeldJournal, numbered, opened

CARD = {
    "code": "GIFT-1234-5678",
    "amount_minor": 60_000,
    "currency": "GBP",
    "channel": "web",
    "provider": "psp-a",
}
JOURNAL = {
    "journal_id": "j1", "book": "GB01", "reason": "the bank's charges", "currency": "GBP",
    "entries": [
        {"account": FEES, "side": "D", "amount_minor": 5}, {"account": BANK, "side": "C", "amount_minor": 5},
    ],
}  # fmt: skip
YES = {"decision": "approve", "reason": "looked at"}


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def say(door, path, body, key, who=None):
    headers = {"idempotency-key": key, **({"authorization": f"Bearer {who}"} if who else {})}
    return await door.client.post(path, json=body, headers=headers)


async def concluded(door, path):
    with trio.fail_after(10):
        while (found := (await door.get(path)).json())["status"] == "approved":
            await trio.sleep(0.01)
    return found


async def test_a_dear_gift_card_waits_for_a_second_person_and_is_then_sold(door):
    _, second = door.access.create("second")
    asked = await say(door, "/v1/gift-cards", CARD, "a")
    assert (asked.status_code, asked.json()["status"]) == (202, "waiting")
    path = asked.headers["location"]
    card = asked.json()["card_id"]
    assert (await door.get(f"/v1/gift-cards/{card}")).status_code == 404
    (row,) = (await door.get("/v1/approvals?kind=gift-card-sale")).json()["items"]
    assert (row["approval_id"], row["amount_minor"], row["decide_at"]) == (
        asked.json()["approval_id"],
        60_000,
        path,
    )
    own = await say(door, path, YES, "b")
    assert (own.status_code, own.json()["code"]) == (403, "self-approval")
    done = await say(door, path, YES, "b", second)
    assert (done.status_code, done.json()["status"]) == (202, "approved")
    found = await concluded(door, path)
    assert (found["status"], found["outcome"]["status"]) == ("concluded", 201)
    assert found["outcome"]["location"] == f"/v1/gift-cards/{card}"
    assert (await door.get(f"/v1/gift-cards/{card}")).json()["balance_minor"] == 60_000
    assert (await door.get("/v1/approvals")).json() | {"as_of": ""} == {
        "as_of": "",
        "waiting": 0,
        "items": [],
    }
    again = await say(door, path, YES, "c", second)
    assert (again.status_code, again.json()["code"]) == (409, "approval-concluded")
    repeat = await say(door, "/v1/gift-cards", CARD, "a")
    assert (repeat.content, repeat.headers["idempotent-replayed"]) == (asked.content, "true")


async def test_a_cheap_one_needs_nobody(door):
    sold = await say(door, "/v1/gift-cards", {**CARD, "amount_minor": 50_000}, "a")
    assert sold.status_code == 201


async def test_a_rejected_one_is_never_done(door):
    _, second = door.access.create("second")
    path = (await say(door, "/v1/gift-cards", CARD, "a")).headers["location"]
    no = await say(door, path, {"decision": "reject", "reason": "who is this for?"}, "b", second)
    assert (no.status_code, no.json()["status"]) == (202, "rejected")
    found = (await door.get(path)).json()
    assert (found["status"], found["decision"], found["outcome"]) == ("rejected", "who is this for?", None)
    late = await say(door, path, YES, "c", second)
    assert (late.status_code, late.json()["code"]) == (409, "approval-rejected")


async def test_a_refund_over_the_limit_waits_and_one_below_does_not(door):
    line = {"line_id": "1", "sku": "85123A", "quantity": 100, "unit_price_minor": 255, "discounts": []}
    payment = {"provider": "psp-a", "method": "card", "token": "tok_visa", "amount_minor": 25_995}
    order = await door.post(numbered(1, lines=[line], payments=[payment]), "one", prefer="wait=10")
    assert order.status_code == 201, order.text
    _, second = door.access.create("second")
    path = f"/v1/orders/{order.json()['order_id']}/refunds"

    def refund(units, ref):
        return {"refund_ref": ref, "reason": "damaged", "lines": [{"line_id": "1", "quantity": units}]}

    small = await say(door, path, refund(1, "r1"), "a")
    assert (small.status_code, "return_id" in small.json()) == (202, True)
    large = await say(door, path, refund(99, "r2"), "b")
    assert (large.status_code, large.json()["kind"], large.json()["status"]) == (202, "refund", "waiting")
    assert (await say(door, large.headers["location"], YES, "c", second)).status_code == 202
    found = await concluded(door, large.headers["location"])
    assert (found["amount_minor"], found["outcome"]["status"]) == (25_245, 202)
    more = await say(door, path, refund(99, "r3"), "d")
    await say(door, more.headers["location"], YES, "e", second)
    refused = (await concluded(door, more.headers["location"]))["outcome"]
    assert (refused["status"], refused["body"]["code"]) == (422, "exceeds-refundable")


async def test_tax_that_is_not_in_the_prices_counts_towards_the_limit(door):
    line = {"line_id": "1", "sku": "85123A", "quantity": 94, "unit_price_minor": 255, "discounts": []}
    payment = {"provider": "psp-a", "method": "card", "token": "tok_visa", "amount_minor": 29_358}
    order = await door.post(
        numbered(1, lines=[line], payments=[payment], prices_include_tax=False), "one", prefer="wait=10"
    )
    assert order.json()["order_status"] == "completed", order.text
    path = f"/v1/orders/{order.json()['order_id']}/refunds"
    units = {"refund_ref": "r1", "reason": "damaged", "lines": [{"line_id": "1", "quantity": 94}]}
    large = await say(door, path, units, "a")
    assert (large.status_code, large.json()["status"]) == (202, "waiting")
    found = (await door.get(large.headers["location"])).json()
    assert found["amount_minor"] == 94 * 255 * 120 // 100


async def test_a_dear_card_that_an_order_sold_is_given_back_by_two_persons(door):
    card = {"line_id": "c1", "code": "WINTER-2026-XYZ", "amount_minor": 25_001}
    payment = {"provider": "psp-a", "method": "card", "token": "tok_visa", "amount_minor": 25_001}
    order = await door.post(
        numbered(1, lines=[], shipping_minor=0, gift_cards=[card], payments=[payment]),
        "one",
        prefer="wait=10",
    )
    assert order.json()["order_status"] == "completed", order.text
    _, second = door.access.create("second")
    order_id = order.json()["order_id"]
    asked = await say(door, f"/v1/orders/{order_id}/gift-cards/c1/refunds", {"reason": "a mistake"}, "a")
    assert (asked.status_code, asked.json()["status"]) == (202, "waiting")
    card_id = order.json()["gift_cards"][0]["card_id"]
    assert (asked.json()["card_id"], asked.json()["order_id"]) == (card_id, order_id)
    assert (await door.get(f"/v1/gift-cards/{card_id}")).json()["balance_minor"] == 25_001
    path = asked.headers["location"]
    assert (await say(door, path, YES, "b")).json()["code"] == "self-approval"
    assert (await say(door, path, YES, "c", second)).status_code == 202
    found = await concluded(door, path)
    assert (found["kind"], found["outcome"]["status"]) == ("gift-card-refund", 202)
    assert (await door.get(f"/v1/gift-cards/{card_id}")).json()["balance_minor"] == 0


async def test_who_decides_needs_the_scope_of_the_kind(door):
    path = (await say(door, "/v1/gift-cards", CARD, "a")).headers["location"]
    _, narrow = door.access.create("narrow", ["approvals:decide", "refunds:approve"])
    refused = await say(door, path, YES, "b", narrow)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient-scope")
    assert "gift-cards:approve" in refused.json()["detail"]
    _, other = door.access.create("other", tenant="other")
    assert (await say(door, path, YES, "b", other)).status_code == 404
    assert (await door.get(path, authorization=f"Bearer {other}")).status_code == 404
    assert (await say(door, "/v1/approvals/apr_none", YES, "b")).status_code == 404
    wrong = await say(door, path, {"decision": "maybe"}, "b")
    assert {one["pointer"] for one in wrong.json()["errors"]} == {"/decision", "/reason"}


async def test_a_second_key_of_the_same_client_is_no_second_person(door):
    first = door.access.list_keys()[0]
    _, same = door.access.create("another key", client=first.client)
    path = (await say(door, "/v1/gift-cards", CARD, "a")).headers["location"]
    own = await say(door, path, YES, "b", same)
    assert (own.status_code, own.json()["code"]) == (403, "self-approval")


async def test_a_journal_is_in_the_queue_and_is_decided_at_its_own_place(door):
    asked = await say(door, "/v1/journals", JOURNAL, "a")
    assert asked.status_code == 201, asked.text
    (row,) = (await door.get("/v1/approvals?kind=manual-journal")).json()["items"]
    assert row["decide_at"] == "/v1/journals/GB01:j1/approval"
    _, second = door.access.create("second")
    assert (await say(door, row["decide_at"], YES, "b", second)).status_code == 200
    assert (await door.get("/v1/approvals?kind=manual-journal")).json()["items"] == []


async def test_what_waits_is_there_after_a_restart(tmp_path):
    journal = HeldJournal()
    async with opened(tmp_path, journal=journal) as door:
        secret = door.secret
        path = (await say(door, "/v1/gift-cards", CARD, "a")).headers["location"]
    async with opened(tmp_path, journal=journal) as door:
        _, second = door.access.create("second")
        assert len((await door.get("/v1/approvals", authorization=f"Bearer {secret}")).json()["items"]) == 1
        assert (await say(door, path, YES, "b", second)).status_code == 202
        assert (await concluded(door, path))["outcome"]["status"] == 201
