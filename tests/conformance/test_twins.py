"""The foreign dialects, over both bodies of the twins: in virtual time, and over HTTP in real time."""

import pytest
import trio
from trio.testing import MockClock

from contracts.ports import NoAnswer
from tests.support.twins import (
    assessment,
    at_once,
    authorization,
    capture,
    hold,
    open_http,
    open_memory,
    quote,
    sales_order,
    shipping_order,
    void,
)


@pytest.fixture(params=["memory", "http"])
def clock(request):
    """Virtual time for the memory body; the real clock is the subject of the living one."""
    return MockClock(autojump_threshold=0) if request.param == "memory" else None


@pytest.fixture
def opened(clock, tmp_path):
    """A function (config) -> async context manager of the body under test."""
    if clock is None:
        return lambda config: open_http(config, tmp_path / "twins")
    return open_memory


@pytest.fixture
async def outside(opened):
    """The body under test, quick and free of bad luck."""
    async with opened(at_once(pick_min_ms=150, pick_max_ms=150)) as twins:
        yield twins


# payments


async def test_the_same_key_and_body_give_one_authorization_and_one_answer(clock, outside):
    first = await outside.say("payments/authorizations", authorization(), "k")
    again = await outside.say("payments/authorizations", authorization(), "k")
    assert first == again
    assert first[0] == 200
    assert first[1]["id"].startswith("pi_")
    (row,) = (await outside.books())["payments"]["authorizations"]
    assert row == {
        "id": first[1]["id"],
        "reference": "o1",
        "amount": 2025,
        "currency": "gbp",
        "status": "requires_capture",
        "expires_at": first[1]["expires_at"],
        "captured": 0,
        "voided": 0,
    }


async def test_the_same_key_with_another_body_or_operation_is_refused(clock, outside):
    await outside.say("payments/authorizations", authorization(), "k")
    refused = (422, {"error": {"code": "idempotency_mismatch"}})
    assert await outside.say("payments/authorizations", authorization(amount=1), "k") == refused
    assert await outside.say("payments/voids", void("pi_x"), "k") == refused


async def test_a_declined_answer_is_kept_too(clock, outside):
    declined = (402, {"error": {"code": "card_declined"}})
    assert await outside.say("payments/authorizations", authorization("tok_declined"), "k") == declined
    assert await outside.say("payments/authorizations", authorization("tok_declined"), "k") == declined
    assert (await outside.say("payments/authorizations", authorization(), "k"))[0] == 422
    assert (await outside.books())["payments"]["authorizations"] == []


async def test_captures_are_partial_up_to_the_amount_held(clock, outside):
    held = await hold(outside)
    status, body = await outside.say("payments/captures", capture(held, 2000))
    assert (status, body["status"], body["amount"]) == (200, "succeeded", 2000)
    too_large = (409, {"error": {"code": "amount_too_large"}})
    assert await outside.say("payments/captures", capture(held, 26)) == too_large
    assert (await outside.say("payments/captures", capture(held, 25)))[0] == 200
    books = (await outside.books())["payments"]
    assert [row["amount"] for row in books["captures"]] == [2000, 25]
    assert books["authorizations"][0]["captured"] == 2025
    assert books["authorizations"][0]["status"] == "succeeded"


async def test_a_capture_under_one_key_takes_the_money_once(clock, outside):
    held = await hold(outside)
    first = await outside.say("payments/captures", capture(held, 1000), "c")
    assert await outside.say("payments/captures", capture(held, 1000), "c") == first
    assert len((await outside.books())["payments"]["captures"]) == 1


async def test_what_is_voided_cannot_be_captured_and_what_is_captured_cannot_be_voided(clock, outside):
    let_go, taken = await hold(outside), await hold(outside)
    canceled = (200, {"id": let_go, "status": "canceled"})
    assert await outside.say("payments/voids", void(let_go)) == canceled
    assert await outside.say("payments/voids", void(let_go)) == canceled
    voided = (409, {"error": {"code": "authorization_voided"}})
    assert await outside.say("payments/captures", capture(let_go)) == voided
    await outside.say("payments/captures", capture(taken))
    captured = (409, {"error": {"code": "already_captured"}})
    assert await outside.say("payments/voids", void(taken)) == captured


async def test_a_void_after_a_partial_capture_lets_go_of_the_rest(clock, outside):
    held = await hold(outside)
    await outside.say("payments/captures", capture(held, 2000))
    assert (await outside.say("payments/voids", void(held)))[0] == 200
    (row,) = (await outside.books())["payments"]["authorizations"]
    assert (row["captured"], row["voided"]) == (2000, 25)


async def test_an_authorization_that_is_not_there_is_404(clock, outside):
    missing = (404, {"error": {"code": "no_such_authorization"}})
    assert await outside.say("payments/voids", void("pi_no")) == missing
    assert await outside.say("payments/captures", capture("pi_no")) == missing


async def test_a_capture_fails_where_the_card_says_so(clock, outside):
    held = await hold(outside, "tok_capture_fails")
    failed = (402, {"error": {"code": "capture_failed"}})
    assert await outside.say("payments/captures", capture(held)) == failed
    assert (await outside.books())["payments"]["captures"] == []


async def test_tok_timeout_is_carried_out_unheard_once_and_answered_when_repeated(clock, opened):
    async with opened(at_once(silence_ms=200)) as outside:
        with pytest.raises(NoAnswer):
            await outside.say("payments/authorizations", authorization("tok_timeout"), "k")
        assert len((await outside.books())["payments"]["authorizations"]) == 1
        assert (await outside.say("payments/authorizations", authorization("tok_timeout"), "k"))[0] == 200
        assert len((await outside.books())["payments"]["authorizations"]) == 1


# fraud


async def test_the_fraud_screen_approves_or_asks_for_a_review(clock, outside):
    status, approved = await outside.say("fraud/assessments", assessment(), "k")
    assert (status, approved["decision"]) == (200, "approve")
    assert 0 <= approved["risk"] <= 100
    _, review = await outside.say("fraud/assessments", assessment("o2", "tok_review"))
    assert review["decision"] == "review"
    assert (await outside.say("fraud/assessments", assessment(), "k"))[1] == approved
    assert [row["order"] for row in (await outside.books())["fraud"]["assessments"]] == ["o1", "o2"]


async def test_the_fraud_screens_reviewers_decide_in_time_and_tell_it_by_a_feed(clock, opened):
    async with opened(at_once(review_min_ms=200, review_max_ms=200)) as outside:
        await outside.say("fraud/assessments", assessment("o2", "tok_review"), "k")
        await outside.say("fraud/assessments", assessment("o3"))
        assert (await outside.say("fraud/decisions", {}))[1] == {"records": [], "last": 0}
        await trio.sleep(0.3)
        status, page = await outside.say("fraud/decisions", {})
        told = {"n": 1, "order": "o2", "decision": "approve"}
        assert (status, page) == (200, {"records": [told], "last": 1})
        assert (await outside.say("fraud/decisions", {"after": 1}))[1]["records"] == []


async def test_the_fraud_screen_denies_its_share(clock, opened):
    async with opened(at_once(deny_bp=10_000)) as outside:
        assert (await outside.say("fraud/assessments", assessment()))[1]["decision"] == "deny"


# tax


@pytest.mark.parametrize(
    ("inclusive", "country", "region", "zone", "taxes", "shipping_tax"),
    [
        (True, "GB", None, "GB", [255, 48, 0], 83),
        (False, "GB", None, "GB", [306, 50, 0], 99),
        (False, "DE", None, "DE", [291, 70, 0], 94),
        (False, "US", "CA", "US-CA", [111, 73, 0], 36),
        (False, "JP", None, "ZZ", [0, 0, 0], 0),
    ],
)
async def test_tax_is_rounded_per_line_by_zone(
    clock, outside, inclusive, country, region, zone, taxes, shipping_tax
):
    status, body = await outside.say("tax/quotes", quote(inclusive, country, region))
    assert status == 200
    assert body["zone"] == zone
    assert [item["tax"] for item in body["items"]] == taxes
    assert [item["id"] for item in body["items"]] == ["1", "2", "3"]
    assert body["shipping_tax"] == shipping_tax


async def test_a_quote_is_committed_with_its_own_total_and_once(clock, outside):
    doc = (await outside.say("tax/quotes", quote()))[1]["doc"]
    differs = (409, {"error": {"code": "tax_differs"}})
    assert await outside.say("tax/commits", {"doc": doc, "invoice": 7, "tax": 385}) == differs
    committed = (200, {"doc": doc, "status": "committed", "tax": 386})
    assert await outside.say("tax/commits", {"doc": doc, "invoice": 7, "tax": 386}) == committed
    assert await outside.say("tax/commits", {"doc": doc, "invoice": 7, "tax": 386}) == committed
    assert (await outside.say("tax/commits", {"doc": doc, "invoice": 8, "tax": 386}))[0] == 409
    assert (await outside.say("tax/commits", {"doc": "TX-no", "invoice": 7, "tax": 1}))[0] == 404
    assert (await outside.books())["tax"]["documents"] == [
        {"doc": doc, "ref": "o1", "status": "committed", "tax": 386}
    ]


# ERP


async def test_the_erp_makes_a_document_for_every_create_even_under_one_key(clock, outside):
    assert await outside.say("erp/sales_orders", sales_order(), "k") == (201, {"doc_no": "SO-1000001"})
    assert await outside.say("erp/sales_orders", sales_order(), "k") == (201, {"doc_no": "SO-1000002"})
    found = await outside.say("erp/sales_orders:find", {"external_ref": "o1"})
    docs = [{"doc_no": "SO-1000001", "status": "open"}, {"doc_no": "SO-1000002", "status": "open"}]
    assert found == (200, {"docs": docs})
    assert await outside.say("erp/sales_orders:find", {"external_ref": "o2"}) == (200, {"docs": []})


async def test_cancelling_a_reference_cancels_all_its_documents_and_bars_new_ones(clock, outside):
    await outside.say("erp/sales_orders", sales_order())
    await outside.say("erp/sales_orders", sales_order())
    cancel = {"external_ref": "o1", "why": "customer"}
    cancelled = (200, {"doc_no": "SO-1000001", "status": "cancelled"})
    assert await outside.say("erp/sales_orders:cancel", cancel) == cancelled
    assert await outside.say("erp/sales_orders:cancel", cancel) == cancelled
    books = (await outside.books())["erp"]["documents"]
    assert [row["status"] for row in books] == ["cancelled", "cancelled"]
    assert await outside.say("erp/sales_orders", sales_order()) == (422, {"code": "CANCELLED"})


async def test_a_cancellation_that_comes_before_the_create_is_remembered(clock, outside):
    cancel = {"external_ref": "o1", "why": "customer"}
    nothing = (200, {"doc_no": None, "status": "cancelled"})
    assert await outside.say("erp/sales_orders:cancel", cancel) == nothing
    assert await outside.say("erp/sales_orders", sales_order()) == (422, {"code": "CANCELLED"})
    assert (await outside.books())["erp"]["documents"] == []


async def test_the_erp_blocks_an_item_by_name_and_orders_by_share(clock, opened):
    blocked = (422, {"code": "ITEM_BLOCKED", "item": "T-ERP-REJECT"})
    async with opened(at_once(erp_reject_bp=10_000)) as outside:
        assert await outside.say("erp/sales_orders", sales_order(item="T-ERP-REJECT")) == blocked
        assert (await outside.say("erp/sales_orders", sales_order()))[1]["item"] == "85123A"


# warehouse


async def test_a_shipping_order_is_known_by_its_number(clock, outside):
    accepted = (202, {"accepted": True})
    assert await outside.say("warehouse/shipping_orders", shipping_order()) == accepted
    assert await outside.say("warehouse/shipping_orders", shipping_order()) == accepted
    assert (await outside.say("warehouse/shipping_orders", shipping_order(qty=7)))[0] == 422
    (row,) = (await outside.books())["warehouse"]["orders"]
    items = [{"line": "1", "item": "85123A", "qty": 6}]
    assert row == {"depositor_order": "f1", "ref": "o1", "status": "accepted", "items": items}


async def test_an_unknown_item_is_refused(clock, outside):
    status, body = await outside.say("warehouse/shipping_orders", shipping_order(item="T-UNKNOWN"))
    assert (status, body["reason"]) == (422, "UNKNOWN_ITEM")


async def test_a_recall_holds_until_the_order_has_left(clock, outside):
    recalled, shipped = (200, {"recalled": True}), (409, {"reason": "SHIPPED"})
    await outside.say("warehouse/shipping_orders", shipping_order("f1"))
    await outside.say("warehouse/shipping_orders", shipping_order("f2"))
    assert await outside.say("warehouse/recalls", {"depositor_order": "f1"}) == recalled
    await trio.sleep(0.2)
    assert await outside.say("warehouse/recalls", {"depositor_order": "f1"}) == recalled
    assert await outside.say("warehouse/recalls", {"depositor_order": "f2"}) == shipped
    unknown = (404, {"reason": "UNKNOWN_ORDER"})
    assert await outside.say("warehouse/recalls", {"depositor_order": "f3"}) == unknown
    # What was recalled stays so, whoever sends its release again.
    assert (await outside.say("warehouse/shipping_orders", shipping_order("f1")))[0] == 202
    await trio.sleep(0.2)
    books = (await outside.books())["warehouse"]
    assert [row["status"] for row in books["orders"]] == ["recalled", "shipped"]
    assert [row["depositor_order"] for row in books["shipments"]] == ["f2"]


async def test_the_feed_is_dense_and_comes_in_pages(clock, outside):
    empty = (200, {"records": [], "last": 0})
    assert await outside.say("warehouse/confirmations", {"after": 0, "limit": 200}) == empty
    for n in range(5):
        await outside.say("warehouse/shipping_orders", shipping_order(f"f{n}"))
    await trio.sleep(0.2)
    _, first = await outside.say("warehouse/confirmations", {"after": 0, "limit": 3})
    _, rest = await outside.say("warehouse/confirmations", {"after": first["last"], "limit": 3})
    records = first["records"] + rest["records"]
    assert [record["n"] for record in records] == [1, 2, 3, 4, 5]
    assert {record["depositor_order"] for record in records} == {f"f{n}" for n in range(5)}
    assert rest["last"] == 5
    assert set(records[0]) == {"n", "depositor_order", "ref", "shipment", "tracking", "shipped_at"}
    beyond = (200, {"records": [], "last": 5})
    assert await outside.say("warehouse/confirmations", {"after": 5, "limit": 3}) == beyond
    assert (await outside.say("warehouse/confirmations", {"after": 0, "limit": 201}))[0] == 400


# listings


async def test_books_are_listed_page_by_page_with_what_changed_since(clock, outside):
    for n in range(5):
        await outside.say("erp/sales_orders", sales_order(f"o{n}"))
    await outside.say("erp/sales_orders:cancel", {"external_ref": "o1", "why": "w"})
    seen, after, more = [], 0, True
    while more:
        status, page = await outside.say("erp/sales_orders:list", {"after": after, "limit": 2})
        assert status == 200
        seen += [(row["external_ref"], row["status"]) for row in page["records"]]
        after, more = page["last"], page["more"]
    assert seen == [(f"o{n}", "cancelled" if n == 1 else "open") for n in range(5)]
    later = {"changed_since": page["as_of"] + 1}
    assert (await outside.say("erp/sales_orders:list", later))[1]["records"] == []


async def test_captures_shipments_and_commits_are_listed_and_quotes_are_not(clock, outside):
    held = await hold(outside)
    await outside.say("payments/captures", capture(held, 500), "c")
    await outside.say("tax/quotes", quote(), "q")
    (taken,) = (await outside.say("payments/captures:list", {}))[1]["records"]
    assert (taken["amount"], taken["account"], taken["authorization"]) == (500, "psp-a", held)
    assert (await outside.say("tax/commits:list", {}))[1]["records"] == []
    assert (await outside.say("payments/refunds:list", {}))[1]["records"] == []
    assert (await outside.say("warehouse/shipments:list", {}))[1]["records"] == []
