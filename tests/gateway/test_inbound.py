"""Webhooks in: believed by their signature alone, durable before they are answered, taken once in any order."""

import json

import pytest
import trio

from contracts.ports import ForeignRequest
from contracts.providers import PROVIDERS
from contracts.standard_webhooks import secret_of
from gateway.cloudevents import batch, binary, structured
from gateway.signatures import SecretsUnreadable, inbound_secrets, signed_by
from tests.support.gateway import PROBLEM_FIELDS, numbered, opened

SECRETS = {name: (secret_of(name.encode() * 4), secret_of(b"old" + name.encode())) for name in PROVIDERS}


@pytest.fixture
async def door(tmp_path):
    # The feed is not polled meanwhile: what comes, comes by webhook.
    async with opened(tmp_path, inbound=SECRETS) as one:
        yield one


def an_event(n=1, **changes):
    """A dispute that nobody knows the payment of: it is put before a person, once."""
    return {
        "id": f"evt_{n}", "type": "dispute.opened", "object": f"dp_{n}", "charge": f"ch_{n}", "amount": 100,
        "fee": 15, "currency": "gbp", "reference": f"ord_{n}", "note": "", "reason": "fraudulent", "settled": None,
        **changes,
    }  # fmt: skip


async def send(door, provider="psp-a", body=b"", *, secret=None, off_s=0, headers=None):
    now_s = door.system.ports.clock.now_ms() // 1_000 + off_s
    signed = signed_by(PROVIDERS[provider], secret or SECRETS[provider][0], "msg_1", now_s, body)
    sent = {"content-type": "application/json", "authorization": "", **signed, **(headers or {})}
    return await door.client.post(f"/v1/inbound/{provider}/webhooks", content=body, headers=sent)


def opened_by(door):
    return [one for one in door.system.work_list.of(None) if one.category == "provider-event-unmatched"]


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_what_a_provider_signs_in_its_way_is_taken_once_without_an_api_key(door, provider):
    body = json.dumps(an_event()).encode()
    for new in (1, 0, 0):
        answer = await send(door, provider, body)
        assert (answer.status_code, answer.json()) == (200, {"received": 1, "new": new})
    assert (await send(door, provider, body, secret=SECRETS[provider][1])).status_code == 200
    while not door.system.is_quiet():
        await door.get("/livez")
    assert len(opened_by(door)) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_what_nobody_or_somebody_else_signed_is_refused_and_leaves_nothing(door, provider):
    body = json.dumps(an_event()).encode()
    header = PROVIDERS[provider].header or "webhook-signature"
    before = door.turns()
    refusals = [
        await send(door, provider, body, secret=secret_of(b"another")),
        await send(door, provider, body, headers={header: ""}),
        await send(door, provider, body, headers={header: "v1,AAAA"}),
        await send(door, provider, body, headers={header: "t=1,v1=00"}),
        await door.client.post(f"/v1/inbound/{provider}/webhooks", json=an_event()),
    ]
    for answer in refusals:
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong-signature")
        assert set(answer.json()) == PROBLEM_FIELDS
    assert door.turns() == before


@pytest.mark.parametrize("provider", ["psp-a", "psp-b"])
@pytest.mark.parametrize("off_s", [-301, 330])
async def test_what_was_signed_at_another_time_is_stale(door, provider, off_s):
    answer = await send(door, provider, json.dumps(an_event()).encode(), off_s=off_s)
    assert (answer.status_code, answer.json()["code"]) == (400, "stale-timestamp")


async def test_the_bytes_are_what_counts_not_what_they_mean(door):
    body = json.dumps(an_event(), indent=3).encode()
    assert (await send(door, body=body)).json()["new"] == 1


async def test_a_provider_that_there_is_not_has_no_door(door):
    assert (await door.client.post("/v1/inbound/psp-x/webhooks", json={})).status_code == 404


async def test_cloudevents_come_in_every_content_mode_and_are_the_same_events(door):
    def event(n):
        return {
            "specversion": "1.0", "id": f"evt_{n}", "source": "/psp-a", "type": "dispute.opened",
            "datacontenttype": "application/json", "data": an_event(n),
        }  # fmt: skip

    for (headers, body), told in (
        (structured(event(1)), {"received": 1, "new": 1}),
        (binary(event(1)), {"received": 1, "new": 0}),
        (binary(event(2)), {"received": 1, "new": 1}),
        (batch([event(3), event(1), event(2), event(4)]), {"received": 4, "new": 2}),
    ):
        answer = await send(door, body=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, told)
    wrong = await send(door, body=b'{"id": "1"}', headers={"content-type": "application/cloudevents+json"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "not-an-event")


async def test_what_cannot_be_understood_is_taken_for_a_person(door):
    for body in (b'{"id": "evt_9", "type": "something.new"}', b"[1, 2]"):
        answer = await send(door, body=body)
        assert (answer.status_code, answer.json()["new"]) == (200, 1)
        assert (await send(door, body=body)).json()["new"] == 0
    while not door.system.is_quiet():
        await door.get("/livez")
    found = [one.category for one in door.system.work_list.of(None)]
    assert found.count("feed-record-unreadable") == 2


async def test_what_is_no_json_or_holds_a_card_number_is_refused(door):
    before = door.turns()
    for body, code in ((b"{", "malformed-json"), (b'{"note": "4111 1111 1111 1111"}', "card-data-refused")):
        assert (await send(door, body=body)).json()["code"] == code
    assert door.turns() == before


async def test_what_came_by_webhook_the_feed_does_not_tell_again(door):
    order = numbered(1)
    order["payments"][0] = {**order["payments"][0], "token": "tok_dispute_lost"}
    answer = await door.post(order, "key-1")
    location = answer.headers["location"]
    order_id = (await door.rest(location))["order_id"]
    with trio.fail_after(20):
        # The last that the provider tells, and so all of it, has come by the feed.
        while not any(
            one["status"] == "lost" for one in (await door.get(f"{location}/payments")).json()["disputes"]
        ):
            await trio.sleep(0.05)
    feed = await door.twins.call(ForeignRequest("payments", "events", "", "t", {"after": 0, "limit": 100}))
    told = [one for one in feed.body["records"] if one["reference"] == order_id]
    assert told
    for record in told:
        body = json.dumps({name: value for name, value in record.items() if name != "n"}).encode()
        assert (await send(door, body=body)).json() == {"received": 1, "new": 0}


def test_each_provider_has_a_secret_from_the_first_start_on_which_nobody_else_reads(tmp_path):
    made = inbound_secrets(tmp_path)
    assert set(made) == set(PROVIDERS)
    assert inbound_secrets(tmp_path) == made
    assert (tmp_path / "inbound.json").stat().st_mode & 0o077 == 0
    (tmp_path / "inbound.json").write_text('{"psp-a": ["no base64!"]}')
    with pytest.raises(SecretsUnreadable) as refused:
        inbound_secrets(tmp_path)
    assert "no base64" not in str(refused.value)
