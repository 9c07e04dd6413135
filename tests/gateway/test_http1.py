"""HTTP/1.1 as a client meets it: one suite for Hypercorn's own server and for ours, over bare sockets."""

import contextlib

import pytest
import trio

from gateway import connection, http1
from tests.support.http1 import GET, HUGE, SERVERS, serving


@pytest.fixture(params=sorted(SERVERS))
def kind(request):
    return request.param


async def test_a_connection_is_kept_from_request_to_request(kind):
    async with serving(kind) as server, server.client() as client:
        for word in (b"one", b"two", b"three"):
            await client.say(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(word) + word)
            assert (await client.until(word)).startswith(b"HTTP/1.1 200 ")


async def test_requests_sent_ahead_are_answered_in_their_order(kind):
    posts = [b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nno %d" % n for n in range(8)]
    async with serving(kind) as server, server.client() as client:
        await client.say(b"".join(posts))
        for n in range(8):
            assert (await client.until(b"no %d" % n)).count(b"HTTP/1.1 200 ") == 1


async def test_a_request_sent_ahead_of_a_slow_answer_waits_for_it(kind):
    async with serving(kind) as server, server.client() as client:
        await client.say(GET % b"waits" + GET % b"echo")
        await trio.sleep(0.1)
        server.app.go.set()
        assert b"nothing" not in await client.until(b"at last")
        await client.until(b"nothing")


async def test_a_request_right_after_an_answer_is_not_taken_for_a_part_of_the_one_before(kind):
    async with serving(kind) as server, server.client() as client:
        for n in range(20):
            await client.say(b"POST /listening HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n1")
            assert (await client.until(b"heard")).startswith(b"HTTP/1.1 200 ")
            if n % 2:
                await trio.sleep(0.001)


async def test_a_body_in_chunks_is_put_together(kind):
    head = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
    async with serving(kind) as server, server.client() as client:
        for part in (head, b"3\r\nabc\r\n", b"2\r\nde\r\n", b"0\r\n\r\n"):
            await client.say(part)
            await trio.sleep(0.01)
        assert (await client.until(b"abcde")).startswith(b"HTTP/1.1 200 ")


async def test_large_bodies_go_through_both_ways(kind):
    body = bytes(range(256)) * 8_000
    async with serving(kind) as server, server.client() as client:
        head = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.say, head + body)
            assert (await client.rest()).endswith(b"\r\n\r\n" + body)


async def test_a_stream_arrives_piece_by_piece(kind):
    async with serving(kind) as server, server.client() as client:
        await client.say(GET % b"stream")
        assert b"transfer-encoding: chunked" in (await client.until(b"first")).lower()
        server.app.go.set()
        await client.until(b"second")
        await client.until(b"0\r\n\r\n")
        await client.say(GET % b"echo")
        await client.until(b"nothing")


async def test_answers_without_a_body_have_none(kind):
    async with serving(kind) as server, server.client() as client:
        await client.say(b"HEAD / HTTP/1.1\r\nhost: x\r\n\r\n" + GET % b"empty" + GET % b"echo")
        told = await client.until(b"nothing")
        assert [line for line in told.split(b"\r\n") if line.startswith(b"HTTP")] == [
            b"HTTP/1.1 200 ",
            b"HTTP/1.1 204 ",
            b"HTTP/1.1 200 ",
        ]


async def test_a_client_that_holds_its_body_back_is_told_to_go_on(kind):
    head = b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n"
    async with serving(kind) as server, server.client() as client:
        for _ in range(2):  # The second time there was an answer before it.
            await client.say(head)
            assert (await client.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
            await client.say(b"here")
            assert (await client.until(b"here")).startswith(b"HTTP/1.1 200 ")


async def test_an_answer_before_the_body_reaches_the_client(kind):
    async with serving(kind) as server, server.client() as client:
        await client.say(b"POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n")
        assert (await client.until(b"no")).startswith(b"HTTP/1.1 401 ")
        with contextlib.suppress(trio.BrokenResourceError):
            await client.say(b"0123456789")
        assert await client.rest() == b""


@pytest.mark.parametrize(
    "head",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nlong: " + b"x" * 200_000 + b"\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_4xx_and_the_end(kind, head):
    async with serving(kind) as server, server.client() as client:
        await client.say(head)
        assert (await client.rest()).startswith(b"HTTP/1.1 4")


async def test_http_1_0_is_answered_and_closed(kind):
    async with serving(kind) as server, server.client() as client:
        await client.say(b"GET / HTTP/1.0\r\n\r\n")
        assert (await client.rest()).endswith(b"nothing")


async def test_an_error_of_the_application_is_500(kind):
    async with serving(kind) as server, server.client() as client:
        await client.say(GET % b"broken")
        assert (await client.rest()).startswith(b"HTTP/1.1 500 ")


async def test_an_answer_that_breaks_off_is_seen_to(kind):
    async with serving(kind) as server, server.client() as client:
        await client.say(GET % b"halfway")
        assert not (await client.rest()).endswith(b"x" * 100)


async def test_an_application_that_listens_is_told_when_its_client_leaves(kind):
    async with serving(kind) as server:
        async with server.client() as client:
            await client.say(GET % b"listens")
            while not server.app.noted:
                await trio.sleep(0.005)
        with trio.fail_after(10):
            while server.app.noted == ["waiting"]:
                await trio.sleep(0.005)
        assert server.app.noted == ["waiting", "http.disconnect"]


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_noticed(kind):
    async with serving(kind) as server:
        async with server.client() as client:
            await client.say(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n012")
            await trio.sleep(0.05)
        with trio.fail_after(10):
            while not server.app.noted:
                await trio.sleep(0.005)
        assert server.app.noted == ["disconnect"]


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nhost: x\r\n"])
async def test_a_connection_without_a_whole_head_is_closed_in_time(kind, said, monkeypatch):
    monkeypatch.setattr(http1, "SWEEP_SECONDS", 0.02)
    async with serving(kind, keep_alive_timeout=0.2) as server, server.client() as client:
        if said:
            await client.say(said)
        assert await client.rest() == b""


async def test_an_idle_connection_is_closed_in_time_and_a_busy_one_is_not(kind, monkeypatch):
    monkeypatch.setattr(http1, "SWEEP_SECONDS", 0.02)
    async with serving(kind, keep_alive_timeout=0.2) as server, server.client() as idle:
        await idle.say(GET % b"echo")
        await idle.until(b"nothing")
        async with server.client() as busy:
            await busy.say(GET % b"waits")
            assert await idle.rest() == b""
            await trio.sleep(0.3)
            server.app.go.set()
            await busy.until(b"at last")


async def test_a_stop_ends_what_is_idle_at_once_and_finishes_what_is_under_way(kind):
    async with serving(kind, graceful_timeout=5) as server, server.client() as idle, server.client() as busy:
        await idle.say(GET % b"echo")
        await idle.until(b"nothing")
        await busy.say(GET % b"waits")
        while not server.app.noted:
            await trio.sleep(0.005)
        server.stop.set()
        assert await idle.rest() == b""
        server.app.go.set()
        assert (await busy.rest()).endswith(b"at last")
        with trio.fail_after(2):
            await server.ended.wait()


async def test_a_stop_waits_no_longer_than_its_grace(kind):
    async with serving(kind, graceful_timeout=0.2) as server, server.client() as busy:
        await busy.say(GET % b"waits")
        while not server.app.noted:
            await trio.sleep(0.005)
        server.stop.set()
        with trio.fail_after(5):
            await server.ended.wait()
        assert await busy.rest() == b""


async def test_a_client_that_takes_nothing_of_its_answer_is_cut(monkeypatch):
    monkeypatch.setattr(http1, "SWEEP_SECONDS", 0.02)
    monkeypatch.setattr(http1, "WRITE_SECONDS", 0.2)
    monkeypatch.setattr(connection, "REST_SECONDS", 0.1)
    async with serving("ours") as server, server.client() as client:
        await client.say(GET % b"huge")
        await trio.sleep(1)
        assert len(await client.rest()) < HUGE
        assert server.app.noted == []


async def test_a_short_answer_leaves_in_one_write(monkeypatch):
    written = []
    write = connection.Connection._write

    async def noting(self, data):
        written.append(data)
        await write(self, data)

    monkeypatch.setattr(connection.Connection, "_write", noting)
    async with serving("ours") as server, server.client() as client:
        await client.say(GET % b"echo")
        await client.until(b"nothing")
    assert len(written) == 1


@pytest.mark.parametrize("value", [b"a\r\nx-more: b", b"a\nb", b"a\0b"])
async def test_a_header_that_would_be_two_is_no_answer_on_either_server(value):
    for kind in ("stock", "ours"):
        async with serving(kind) as server, server.client() as client:
            server.app.extra = [(b"x-told", b"sound")]
            await client.say(GET % b"tells")
            assert b"x-told: sound" in await client.until(b"\r\n\r\n")
            server.app.extra = [(b"x-told", value)]
            await client.say(GET % b"tells")
            told = await client.rest()
            assert b"x-told" not in told
            assert b"x-more" not in told
            assert told == b"" or told.startswith(b"HTTP/1.1 500")
