"""Webhook endpoints over HTTP: registered, told, verified by others' clients; never where they must not be."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
import trio
from cloudevents.core.bindings import http as theirs
from cloudevents.core.formats.json import JSONFormat
from standardwebhooks import Webhook as Theirs
from standardwebhooks import WebhookVerificationError

from actors.connectors.webhooks import http
from actors.connectors.webhooks.http import HttpWebhookSender
from contracts.ports import WebhookRequest
from gateway.client import StaleTimestamp, WrongSignature, read_webhook
from tests.support.gateway import PROBLEM_FIELDS, numbered, opened
from tests.support.receiver import receiving

# A request that is left at the end of a test leaves the HTTP client's own generators half-read: its warning, not ours.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

ENDPOINTS = "/v1/webhook-endpoints"


@pytest.fixture
async def door(tmp_path):
    async with HttpWebhookSender() as sender, opened(tmp_path, webhooks=sender) as one:
        yield one


@pytest.fixture
async def receiver():
    async with receiving() as one:
        yield one


class Desk:
    """Short ways to ask."""

    def __init__(self, door):
        self.door = door
        self.calls = 0

    async def say(self, path="", body=None, key=None, method="POST", **headers):
        self.calls += 1
        headers = {
            "idempotency-key": key or f"k{self.calls}",
            **{n.replace("_", "-"): v for n, v in headers.items()},
        }
        return await self.door.client.request(method, ENDPOINTS + path, json=body, headers=headers)

    async def register(self, url, **body):
        answer = await self.say("", {"url": url, **body})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def until(self, path, true):
        with trio.fail_after(20):
            while not true(found := (await self.door.get(ENDPOINTS + path)).json()):
                await trio.sleep(0.02)
        return found


@pytest.fixture
def desk(door):
    return Desk(door)


async def test_what_is_sent_others_verify_and_understand(door, desk, receiver):
    made = await desk.register(receiver.url, types=["order.*"])
    answer = await door.post(numbered(1), "key-1")
    order = await door.rest(answer.headers["location"])
    came = await receiver.until(3)
    for one in came:
        assert Theirs(made["secret"]).verify(one.body, one.headers)["subject"] == order["order_id"]
        told = read_webhook(made["secret"], one.headers, one.body)
        event = theirs.from_http(theirs.HTTPMessage(one.headers, one.body), JSONFormat())
        assert (event.get_id(), event.get_type()) == (told.event.id, told.event.type)
        assert told.id == "evt_" + told.event.id.replace(".", "_")
    assert [json.loads(one.body)["type"].split(".")[2] for one in came] == [
        "received",
        "accepted",
        "completed",
    ]
    assert all(one.path == "/hooks" and one.method == "POST" for one in came)
    with pytest.raises(WebhookVerificationError):
        Theirs(made["secret"]).verify(came[0].body + b" ", came[0].headers)


async def test_a_webhook_that_is_not_ours_or_old_is_not_believed(desk, receiver):
    made = await desk.register(receiver.url)
    await desk.say(f"/{made['endpoint_id']}/test")
    (came,) = await receiver.until(1)
    assert read_webhook([made["secret"]], came.headers, came.body).event.type == "retail.webhook.tested.v1"
    with pytest.raises(WrongSignature):
        read_webhook("whsec_AAAA", came.headers, came.body)
    with pytest.raises(WrongSignature):
        read_webhook(made["secret"], came.headers, came.body.replace(b"test", b"tset"))
    late = int(came.headers["webhook-timestamp"]) + 301
    with pytest.raises(StaleTimestamp):
        read_webhook(made["secret"], came.headers, came.body, now_s=late)
    assert read_webhook(made["secret"], list(came.headers.items()), came.body, now_s=late, tolerance_s=600)


async def test_a_secret_is_told_once_and_to_repeats_of_the_call_that_made_it(door, desk, receiver):
    first = await desk.say("", {"url": receiver.url}, key="one")
    again = await desk.say("", {"url": receiver.url}, key="one")
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"
    made = first.json()
    assert made["secret"].startswith("whsec_")
    shown = await door.get(first.headers["location"])
    assert made["secret"] not in shown.text
    assert (shown.json()["status"], shown.json()["secrets"][0]["secret_id"]) == ("enabled", made["secret_id"])
    assert [one["endpoint_id"] for one in (await door.get(ENDPOINTS)).json()["items"]] == [
        made["endpoint_id"]
    ]
    everything = b"".join(data for _, group in door.journal.read() for data in group)
    assert made["secret"].removeprefix("whsec_").encode() not in everything
    assert (await desk.say("", {"url": receiver.url + "/other"}, key="one")).status_code == 422


async def test_while_a_secret_is_rotated_both_are_good(desk, receiver):
    made = await desk.register(receiver.url)
    id_ = made["endpoint_id"]
    new = (await desk.say(f"/{id_}/secret-rotations", {"overlap_ms": 60_000})).json()
    assert new["secret"] != made["secret"]
    await desk.say(f"/{id_}/test")
    (came,) = await receiver.until(1)
    for secret in (made["secret"], new["secret"]):
        Theirs(secret).verify(came.body, came.headers)
    last = (await desk.say(f"/{id_}/secret-rotations", {"overlap_ms": 0})).json()
    await desk.say(f"/{id_}/test")
    came = (await receiver.until(2))[1]
    Theirs(last["secret"]).verify(came.body, came.headers)
    for secret in (made["secret"], new["secret"]):
        with pytest.raises(WebhookVerificationError):
            Theirs(secret).verify(came.body, came.headers)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1:8080/hooks",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/hooks",
        "https://192.168.1.1/",
        "https://user@127.0.0.1/hooks",
        "ftp://127.0.0.1/hooks",
        "http://93.184.215.14/hooks",
        "https://no-such-host.invalid/hooks",
        "http://127.0.0.1:22/hooks",
    ],
)
async def test_where_nothing_may_be_sent_no_endpoint_is_registered(door, desk, url):
    answer = await desk.say("", {"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "forbidden-url")
    assert set(answer.json()) == PROBLEM_FIELDS
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/url"]
    assert (await door.get(ENDPOINTS)).json()["items"] == []


async def test_outside_a_sandbox_loopback_is_forbidden_too(tmp_path):
    async with HttpWebhookSender() as sender, opened(tmp_path, mode="live", webhooks=sender) as door:
        for url in (
            "http://127.0.0.1:8080/hooks",
            "https://127.0.0.1/hooks",
            "https://localhost/",
            "https://[::1]/",
        ):
            answer = await Desk(door).say("", {"url": url})
            assert (answer.status_code, answer.json()["code"]) == (422, "forbidden-url"), url


async def test_what_is_wrong_with_a_submission_is_named(desk):
    answer = await desk.say(
        "", {"url": "x", "types": ["order.unheard", "order.*"], "mode": "loud", "more": 1}
    )
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/url", "/types/0", "/mode", "/more"}


async def test_a_redirect_is_not_followed_and_what_came_of_it_is_listed(door, desk, receiver):
    async with receiving() as elsewhere:
        receiver.answers += [f"HTTP/1.1 302 Found\r\nLocation: {elsewhere.url}\r\n".encode()]
        made = await desk.register(receiver.url)
        id_ = made["endpoint_id"]
        await desk.say(f"/{id_}/test")
        found = await desk.until(f"/{id_}/deliveries", lambda told: told.get("items"))
        (one,) = found["items"]
        assert (one["status"], one["http_status"], one["attempts"]) == ("waiting", 302, 1)
        assert one["reason"] == "a redirect, which is not followed"
        assert one["next_try_at"]
        assert elsewhere.came == []
        answer = await desk.say(f"/{id_}/deliveries/{one['event_id']}/redeliver")
        assert answer.status_code == 202
        await desk.until(f"/{id_}/deliveries/{one['event_id']}", lambda told: told["status"] == "delivered")
        assert {came.headers["webhook-id"] for came in receiver.came} == {one["webhook_id"]}


async def test_an_endpoint_that_is_gone_is_disabled_visible_and_enabled_again(door, desk, receiver):
    receiver.answers += [b"HTTP/1.1 410 Gone\r\n"]
    made = await desk.register(receiver.url, types=["price.*"])
    id_ = made["endpoint_id"]
    await desk.say(f"/{id_}/test")
    shown = await desk.until(f"/{id_}", lambda told: told["status"] == "disabled")
    assert (shown["disabled_reason"], shown["waiting"]) == ("gone", 1)
    refused = await desk.say(f"/{id_}/test")
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook-endpoint-disabled")
    await desk.until("/../exceptions", lambda told: told["open"] == 1)
    changed = await desk.say(f"/{id_}", {"status": "enabled", "description": "back"}, method="PATCH")
    assert changed.json() == {"endpoint_id": id_, "status": "enabled"}
    shown = await desk.until(f"/{id_}", lambda told: not told["waiting"])
    assert (shown["delivered"], shown["description"]) == (1, "back")


async def test_a_change_is_looked_at_as_a_registration_is(desk, receiver):
    id_ = (await desk.register(receiver.url))["endpoint_id"]
    answer = await desk.say(f"/{id_}", {"url": "https://10.0.0.1/"}, method="PATCH")
    assert (answer.status_code, answer.json()["code"]) == (422, "forbidden-url")
    answer = await desk.say(f"/{id_}", {"types": ["price.*"]}, method="PATCH", if_match='"99"')
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition-failed")
    assert (
        await desk.say(f"/{id_}", {"types": ["price.*"]}, method="PATCH", if_match='"1"')
    ).status_code == 200


async def test_a_removed_endpoint_is_not_there(door, desk, receiver):
    id_ = (await desk.register(receiver.url))["endpoint_id"]
    for _ in range(2):
        assert (await desk.say(f"/{id_}", method="DELETE")).status_code == 204
    for path, method in (
        ("", "GET"),
        ("", "PATCH"),
        ("/test", "POST"),
        ("/deliveries", "GET"),
        ("/replays", "GET"),
    ):
        body: Any = {"types": []} if method == "PATCH" else None
        assert (await desk.say(f"/{id_}{path}", body, method=method)).status_code == 404
    assert (await desk.say("/we_unknown", method="DELETE")).status_code == 404


async def test_a_replay_is_dry_unless_it_is_said_to_be_none(door, desk, receiver):
    id_ = (await desk.register(receiver.url, types=["order.*"]))["endpoint_id"]
    answer = await door.post(numbered(1), "key-1")
    await door.rest(answer.headers["location"])
    await receiver.until(3)
    since = "2020-01-01T00:00:00Z"
    dry = await desk.say(f"/{id_}/replays", {"since": since})
    assert dry.status_code == 200
    assert (dry.json()["dry_run"], dry.json()["events"]) == (True, 3)
    assert dry.json()["by_type"] == {"order.received": 1, "order.accepted": 1, "order.completed": 1}
    assert len(receiver.came) == 3
    begun = await desk.say(
        f"/{id_}/replays", {"since": since, "dry_run": False, "types": ["order.accepted"]}, key="r"
    )
    assert (begun.status_code, begun.json()["events"]) == (202, 1)
    came = (await receiver.until(4))[3]
    assert json.loads(came.body)["type"] == "retail.order.accepted.v1"
    done = await desk.until(
        begun.headers["location"].removeprefix(ENDPOINTS), lambda told: told["status"] == "done"
    )
    assert done["sent"] == 1
    assert (await door.get(f"{ENDPOINTS}/{id_}/replays")).json()["items"] == [done]
    again = await desk.say(
        f"/{id_}/replays", {"since": since, "dry_run": False, "types": ["order.accepted"]}, key="r"
    )
    assert again.content == begun.content
    assert (await desk.say(f"/{id_}/replays", {"since": since, "until": since})).status_code == 422


async def test_endpoints_are_for_keys_that_may_and_for_their_own_tenant(door, desk, receiver):
    id_ = (await desk.register(receiver.url))["endpoint_id"]
    _, reader = door.access.create("another", scopes=("events:read",))
    _, foreign = door.access.create("foreign", tenant="other")
    refused = await door.get(ENDPOINTS, authorization=f"Bearer {reader}")
    assert refused.status_code == 403
    assert (await door.get(ENDPOINTS, authorization=f"Bearer {foreign}")).json()["items"] == []
    assert (await door.get(f"{ENDPOINTS}/{id_}", authorization=f"Bearer {foreign}")).status_code == 404
    theirs_ = await desk.say("", {"url": receiver.url}, authorization=f"Bearer {foreign}")
    assert theirs_.status_code == 201
    answer = await door.post(numbered(1), "key-1")
    await door.rest(answer.headers["location"])
    await receiver.until(5)
    other = await door.get(f"{ENDPOINTS}/{theirs_.json()['endpoint_id']}", authorization=f"Bearer {foreign}")
    assert other.json()["delivered"] == 0


async def test_events_are_told_as_a_batch_to_whoever_asks_for_one(door):
    answer = await door.post(numbered(1), "key-1")
    await door.rest(answer.headers["location"])
    page = await door.get("/v1/events?type=order.*&limit=2")
    told = await door.get("/v1/events?type=order.*&limit=2", accept="application/cloudevents-batch+json")
    assert told.headers["content-type"] == "application/cloudevents-batch+json"
    assert told.json() == page.json()["items"]
    assert told.headers["tidegate-after"] == page.json()["after"]
    assert 'rel="next"' in told.headers["link"]
    assert (await door.get("/v1/events", accept="text/html")).status_code == 406
    assert "items" in (await door.get("/v1/events", accept="*/*")).json()


async def test_binary_others_understand_too(desk, receiver):
    made = await desk.register(receiver.url, mode="binary")
    await desk.say(f"/{made['endpoint_id']}/test")
    (came,) = await receiver.until(1)
    Theirs(made["secret"]).verify(came.body, came.headers)
    event: Any = theirs.from_http(theirs.HTTPMessage(came.headers, came.body), JSONFormat())
    assert event.get_type() == "retail.webhook.tested.v1"
    assert read_webhook(made["secret"], came.headers, came.body).event.data == event.get_data()


async def test_connections_of_which_too_many_are_kept_are_not_closed_under_a_request_on_its_way(monkeypatch):
    monkeypatch.setattr(http, "KEPT_CLIENTS", 1)
    answers = []

    async def post(url):
        parts = urlsplit(url)
        request = WebhookRequest(
            False,
            parts.hostname,
            parts.port,
            parts.path,
            parts.netloc,
            (("content-type", "text/plain"),),
            b"{}",
        )
        answers.append(await sender.send(parts.hostname, request))

    async with receiving() as slow, receiving() as first, receiving() as second:
        slow.may_answer = trio.Event()
        async with HttpWebhookSender() as sender, trio.open_nursery() as nursery:
            nursery.start_soon(post, slow.url)
            await slow.until(1)
            await post(first.url)
            await post(second.url)
            slow.may_answer.set()
    assert [one.status for one in answers] == [204, 204, 204]
