"""What is answered ahead of Quart is answered as Quart would: status, headers and bytes."""

import json
from typing import Any

import pytest
import trio

from gateway.app import ROUTES, early_of, run_early
from gateway.early import Early
from gateway.front import Front
from tests.support.gateway import numbered, opened

JSON = (b"content-type", b"application/json")
TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Told:
    """An answer. The span of a trace is new each time, and each time a request less is left: both are left out."""

    def __init__(self, events):
        start = events[0]
        self.status = start["status"]
        self.headers = [
            (name, value[: {b"traceparent": 35, b"ratelimit": value.find(b";")}.get(name)])
            for name, value in start["headers"]
        ]
        self.body = b"".join(event.get("body", b"") for event in events[1:])

    def __eq__(self, other):
        return (self.status, sorted(self.headers), self.body) == (
            other.status,
            sorted(other.headers),
            other.body,
        )

    def __repr__(self):
        return f"{self.status} {sorted(self.headers)} {self.body!r}"

    def header(self, name):
        return dict(self.headers).get(name)


class Ways:
    """Both ways to the same gateway."""

    def __init__(self, door):
        self.door = door
        app = door.app
        nothing_early = Early(app.extensions["tidegate"], (), run_early)
        self.early = Front(app, early_of(app), shielded=False)
        self.quart = Front(app, nothing_early, shielded=False)

    async def ask(self, front, method, path, headers=(), parts=(b"",), query=b"", authorized=True):
        sent = [(b"host", b"x"), (b"traceparent", TRACE), *headers]
        if authorized:
            sent.append((b"authorization", b"Bearer " + self.door.secret.encode()))
        scope = {
            "type": "http", "http_version": "1.1", "asgi": {"version": "3.0"}, "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query, "root_path": "", "headers": sent,
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "state": {}, "extensions": {},
        }  # fmt: skip
        events, waiting = [], list(parts)

        async def receive():
            if not waiting:
                await trio.sleep_forever()
            part = waiting.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(waiting)}

        async def send(event):
            events.append(event)

        with trio.fail_after(20):
            await front(scope, receive, send)
        return Told(events)

    async def same(self, *args, **kwargs):
        """The answer, which is the same both ways."""
        early = await self.ask(self.early, *args, **kwargs)
        assert early == await self.ask(self.quart, *args, **kwargs)
        return early

    async def post(self, front, body, key, *more, parts=None):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = [(b"content-type", b"application/json"), (b"idempotency-key", key), *more]
        return await self.ask(front, "POST", "/v1/orders", headers, parts or (raw,))


@pytest.fixture
async def ways(tmp_path):
    async with opened(tmp_path) as door:
        yield Ways(door)


def test_the_hottest_routes_are_early_and_everything_else_is_quarts():
    early = {(route.method, route.path) for route in ROUTES if route.early}
    assert early == {
        ("POST", "/v1/orders"),
        ("GET", "/v1/orders/<order_id>"),
        ("GET", "/v1/availability"),
    }


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("HEAD", "/v1/availability"), ("GET", "/v1/orders"), ("GET", "/v1/orders/"), ("GET", "/v1/availability/"),
        ("GET", "/v1/orders/a/timeline"), ("POST", "/v1/orders/"), ("PUT", "/v1/orders"), ("GET", "/livez"),
    ],
)  # fmt: skip
async def test_what_is_out_of_the_ordinary_is_left_to_quart(ways, method, path):
    scope: Any = {"method": method, "path": path}
    assert early_of(ways.door.app).find(scope) is None
    await ways.same(method, path)


@pytest.mark.parametrize(
    ("headers", "parts", "status"),
    [
        ([], [b"{}"], 400),
        ([(b"idempotency-key", b"k")], [b"{}"], 415),
        ([(b"idempotency-key", b"k"), JSON], [b"{}"], 422),
        ([(b"idempotency-key", b"k"), JSON], [b"{", b"x"], 400),
        ([(b"idempotency-key", b"k"), JSON], [b'{"a": 1, "a": 2}'], 400),
        ([(b"idempotency-key", b"k"), JSON], [b"x" * 700_000] * 2, 413),
        ([(b"idempotency-key", b"k"), (b"content-type", b"text/plain")], [b"{}"], 415),
        ([(b"idempotency-key", b"k"), JSON, (b"accept", b"text/html")], [b"{}"], 406),
        ([(b"idempotency-key", b"k"), JSON, (b"content-length", b"99")], [b"{}"], 400),
    ],
)  # fmt: skip
async def test_refusals_are_the_same(ways, headers, parts, status):
    assert (await ways.same("POST", "/v1/orders", headers, parts)).status == status


async def test_whoever_has_no_key_or_a_wrong_one_is_refused_the_same(ways):
    for path in ("/v1/availability", "/v1/orders/ord_x"):
        assert (await ways.same("GET", path, authorized=False)).status == 401
        wrong = [(b"authorization", b"Bearer tg_wrong")]
        assert (await ways.same("GET", path, wrong, authorized=False)).status == 401
    _, secret = ways.door.access.create("reader", scopes=("events:read",))
    narrow = [(b"authorization", b"Bearer " + secret.encode())]
    assert (await ways.same("GET", "/v1/availability", narrow, authorized=False)).status == 403


async def test_availability_and_orders_read_the_same(ways):
    placed = await ways.post(ways.early, numbered(1), b"one")
    await ways.door.rest(placed.header(b"location").decode())
    path = placed.header(b"location").decode()
    order = await ways.same("GET", path)
    assert (order.status, json.loads(order.body)["order_status"]) == (200, "completed")
    assert (await ways.same("GET", path, [(b"if-none-match", order.header(b"etag"))])).status == 304
    assert (await ways.same("GET", "/v1/orders/ord_unknown")).status == 404
    for query in (b"skus=85123A,T-OUT&channel=web", b"", b"skus=A&channel=none", b"skus=%FF", b"skus=a&b=c"):
        early = await ways.ask(ways.early, "GET", "/v1/availability", query=query)
        quart = await ways.ask(ways.quart, "GET", "/v1/availability", query=query)
        for told in (early, quart):
            shown = json.loads(told.body)
            shown.pop("as_of", None)
            told.body = shown
            told.headers = [one for one in told.headers if one[0] != b"content-length"]
        assert early == quart


async def test_an_order_taken_one_way_is_repeated_the_other_byte_for_byte(ways):
    for n, (first, second) in enumerate(((ways.early, ways.quart), (ways.quart, ways.early))):
        key = b"key-%d" % n
        taken = await ways.post(first, numbered(10 + n), key)
        repeated = await ways.post(second, numbered(10 + n), key)
        assert (taken.status, repeated.status) == (202, 202)
        assert taken.body == repeated.body
        assert repeated.header(b"idempotent-replayed") == b"true"
        plain = [one for one in repeated.headers if one[0] != b"idempotent-replayed"]
        assert sorted(plain) == sorted(taken.headers)
        duplicate = await ways.post(first, numbered(10 + n), b"another-%d" % n)
        assert (duplicate.status, duplicate.header(b"location")) == (409, taken.header(b"location"))


async def test_prefer_is_honoured_both_ways(ways):
    for n, front in enumerate((ways.early, ways.quart)):
        waited = await ways.post(front, numbered(20 + n), b"w%d" % n, (b"prefer", b"wait=10"))
        assert (waited.status, waited.header(b"preference-applied")) == (201, b"wait=10")
        at_once = await ways.post(front, numbered(30 + n), b"a%d" % n, (b"prefer", b"respond-async"))
        assert (at_once.status, at_once.header(b"preference-applied")) == (202, b"respond-async")


async def test_an_error_of_ours_tells_nothing_either_way(ways, monkeypatch):
    monkeypatch.setattr(type(ways.door.system), "read", lambda *_: 1 / 0)
    told = await ways.same("GET", "/v1/availability", query=b"skus=A")
    assert (told.status, json.loads(told.body)["code"]) == (500, "internal-error")


async def test_a_client_that_leaves_in_the_middle_of_its_body_gets_no_answer_and_leaves_no_turn(ways):
    before = ways.door.turns()

    async def receive():
        return {"type": "http.disconnect"}

    told = []

    async def send(event):
        told.append(event)

    scope = {
        "type": "http", "method": "POST", "scheme": "http", "path": "/v1/orders", "query_string": b"",
        "headers": [
            (b"authorization", b"Bearer " + ways.door.secret.encode()), (b"idempotency-key", b"k"),
            (b"content-type", b"application/json"),
        ],
    }  # fmt: skip
    await ways.early(scope, receive, send)
    assert told == []
    assert ways.door.turns() == before
    assert ways.door.admission.in_flight == 0
