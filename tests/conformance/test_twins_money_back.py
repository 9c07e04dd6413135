"""The provider's refunds, disputes and feed of events, over both bodies."""

import pytest
import trio

from tests.support.twins import at_once, authorization, open_http, open_memory


@pytest.fixture(params=["memory", "http"])
async def outside(request, tmp_path):
    config = at_once(later_min_ms=30, later_max_ms=60)
    opened = open_memory(config) if request.param == "memory" else open_http(config, tmp_path)
    async with opened as one:
        yield one


async def captured(outside, source="tok_visa", amount=2_025):
    """A capture's id."""
    _, held = await outside.say("payments/authorizations", authorization(source, amount))
    body = {"authorization": held["id"], "amount": amount, "currency": "gbp", "reference": "o1"}
    _, taken = await outside.say("payments/captures", body)
    return taken["id"]


def refund(charge, amount=500, currency="gbp"):
    """payments/refunds"""
    return {"charge": charge, "amount": amount, "currency": currency, "reference": "o1", "note": "ret_1"}


async def events(outside, after=0):
    """(type, object) of every event behind `after`."""
    _, page = await outside.say("payments/events", {"after": after, "limit": 200})
    return [(row["type"], row["object"]) for row in page["records"]]


async def until(outside, *types):
    """Wait until the feed has told of these."""
    with trio.fail_after(10):
        while [type_ for type_, _ in await events(outside)] != list(types):
            await trio.sleep(0.02)


async def test_a_refund_is_made_once_under_its_key_and_told_by_the_feed(outside):
    charge = await captured(outside)
    first = await outside.say("payments/refunds", refund(charge), "k")
    assert first == (200, {"id": first[1]["id"], "status": "succeeded", "amount": 500})
    assert await outside.say("payments/refunds", refund(charge), "k") == first
    assert await events(outside) == [("refund.succeeded", first[1]["id"])]
    assert await events(outside, after=1) == []
    (row,) = (await outside.books())["payments"]["refunds"]
    assert (row["capture"], row["amount"], row["note"], row["status"]) == (charge, 500, "ret_1", "succeeded")


async def test_what_was_captured_is_the_most_that_goes_back(outside):
    charge = await captured(outside)
    assert (await outside.say("payments/refunds", refund(charge, 2_000)))[0] == 200
    status, body = await outside.say("payments/refunds", refund(charge, 26))
    assert (status, body["error"]["code"]) == (409, "amount_too_large")
    assert (await outside.say("payments/refunds", refund(charge, 25)))[0] == 200


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"charge": "ch_none"}, 404, "no_such_charge"),
        ({"currency": "eur"}, 409, "currency_mismatch"),
        ({"amount": 0}, 400, "malformed"),
    ],
)
async def test_a_refund_that_cannot_be_is_refused(outside, change, status, code):
    charge = await captured(outside)
    answer = await outside.say("payments/refunds", {**refund(charge), **change})
    assert (answer[0], answer[1]["error"]["code"]) == (status, code)
    assert (await outside.books())["payments"]["refunds"] == []


@pytest.mark.parametrize(
    ("source", "ends"), [("tok_refund_pending", "succeeded"), ("tok_refund_pending_fails", "failed")]
)
async def test_a_pending_refund_ends_later_and_what_failed_may_go_back_again(outside, source, ends):
    charge = await captured(outside, source)
    status, body = await outside.say("payments/refunds", refund(charge, 2_025))
    assert (status, body["status"]) == (200, "pending")
    assert (await outside.say("payments/refunds", refund(charge, 1)))[0] == 409
    await until(outside, f"refund.{ends}")
    again, _ = await outside.say("payments/refunds", refund(charge, 1))
    assert again == (200 if ends == "failed" else 409)


@pytest.mark.parametrize("ends", ["won", "lost"])
async def test_a_disputed_capture_is_taken_back_whole_and_given_again_if_it_is_won(outside, ends):
    charge = await captured(outside, f"tok_dispute_{ends}")
    await outside.say("payments/refunds", refund(charge, 25))
    await until(outside, "refund.succeeded", "dispute.opened", f"dispute.{ends}")
    (row,) = (await outside.books())["payments"]["disputes"]
    assert (row["capture"], row["amount"], row["fee"], row["status"]) == (charge, 2_000, 1_500, ends)
    again, _ = await outside.say("payments/refunds", refund(charge, 2_000))
    assert again == (200 if ends == "won" else 409)


async def test_what_was_refunded_whole_is_never_disputed(outside):
    charge = await captured(outside, "tok_dispute_lost")
    await outside.say("payments/refunds", refund(charge, 2_025))
    await trio.sleep(0.2)
    assert await events(outside) == [
        ("refund.succeeded", (await outside.books())["payments"]["refunds"][0]["id"])
    ]
    assert (await outside.books())["payments"]["disputes"] == []
