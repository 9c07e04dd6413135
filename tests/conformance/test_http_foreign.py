"""The HTTP side of the foreign port: on which side of the wire an error stands, and what comes back whole."""

from functools import partial

import pytest
import trio

from actors.connectors.http import HttpForeignSystems
from contracts.ports import ForeignRequest, NoAnswer, NotSent
from tests.support.twins import at_once, authorization, sales_order
from tests.support.twins import open_http as open_twins

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


def request(system="payments", operation="authorizations", body=None, key="eff_1"):
    return ForeignRequest(system, operation, key, "ord_1", body or authorization())


class Server:
    """Answers every request on a bare socket with the given bytes, and keeps what it was sent."""

    def __init__(self, answer, closes):
        self.answer = answer
        self.closes = closes
        self.heads = []
        self.connections = 0

    async def __call__(self, stream):
        self.connections += 1
        async with stream:
            while True:
                data = b""
                while b"}" not in data:
                    part = await stream.receive_some()
                    if not part:
                        return
                    data += part
                self.heads.append(data.decode().lower())
                if self.answer is None:
                    await trio.sleep_forever()
                await stream.send_all(self.answer)
                if self.closes:
                    return


@pytest.fixture
async def told(nursery):
    """`await told(bytes)`: a server that says these bytes; (server, port implementation)."""

    async def start(answer, closes=False):
        server = Server(answer, closes)
        listeners = await nursery.start(partial(trio.serve_tcp, server, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        return server, HttpForeignSystems(f"http://127.0.0.1:{port}/")

    yield start
    nursery.cancel_scope.cancel()


def answer(body, head=OK):
    return head + b"content-length: %d\r\n\r\n" % len(body) + body


async def test_a_call_carries_its_key_its_subject_and_its_body_and_connections_are_used_again(told):
    server, foreign = await told(answer(b'{"id": 1}'))
    async with foreign:
        for _ in range(3):
            response = await foreign.call(request(key="eff_7"))
            assert (response.status, response.body, response.retry_after_ms) == (200, {"id": 1}, None)
    assert server.connections == 1
    assert server.heads[0].startswith("post /payments/authorizations http/1.1")
    assert "idempotency-key: eff_7" in server.heads[0]
    assert "tidegate-subject: ord_1" in server.heads[0]


async def test_a_refused_connection_was_never_sent():
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    await listeners[0].aclose()
    async with HttpForeignSystems(f"http://127.0.0.1:{port}") as foreign:
        with pytest.raises(NotSent):
            await foreign.call(request())


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        OK + b"content-length: 100\r\n\r\n{}",
        b"nonsense\r\n\r\n",
        answer(b"<html>"),
        answer(b"[1]"),
        answer(b'{"a": '),
        answer(b""),
    ],
)
async def test_whatever_is_not_a_whole_answer_is_no_answer(told, broken):
    _, foreign = await told(broken, closes=True)
    async with foreign:
        for _ in range(2):
            with trio.fail_after(5), pytest.raises(NoAnswer):
                await foreign.call(request())


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        (b"retry-after: 2\r\n", 2_000),
        (b"retry-after: 1\r\nretry-after-ms: 250\r\n", 250),
        (b"retry-after: Fri, 31 Dec 1999 23:59:59 GMT\r\n", None),
        (b"retry-after: -1\r\n", None),
        (b"retry-after: 99999999999\r\n", None),
    ],
)
async def test_the_time_that_a_system_names_is_read(told, headers, wanted):
    _, foreign = await told(answer(b"{}", b"HTTP/1.1 429 Slow\r\n" + headers))
    async with foreign:
        response = await foreign.call(request())
        assert (response.status, response.retry_after_ms) == (429, wanted)


async def test_a_call_cut_by_its_deadline_spoils_nothing_for_the_next(told):
    server, foreign = await told(None)
    async with foreign:
        for _ in range(3):
            with trio.move_on_after(0.05) as scope:
                await foreign.call(request())
            assert scope.cancelled_caught
        server.answer = answer(b'{"id": 2}')
        assert (await foreign.call(request())).body == {"id": 2}


async def test_many_calls_at_once_each_get_their_own_answer(tmp_path):
    async with open_twins(at_once(), tmp_path) as outside:
        url = str(outside.body.client.base_url)
        found = {}
        async with HttpForeignSystems(url) as foreign:

            async def call(n):
                response = await foreign.call(
                    request("erp", "sales_orders", sales_order(f"o{n}"), f"eff_{n}")
                )
                found[n] = response.body["doc_no"]

            async with trio.open_nursery() as nursery:
                for n in range(100):
                    nursery.start_soon(call, n)
        documents = {
            row["external_ref"]: row["doc_no"] for row in (await outside.books())["erp"]["documents"]
        }
        assert documents == {f"o{n}": doc_no for n, doc_no in found.items()}
