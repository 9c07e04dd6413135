"""Clients that break off, dawdle, shout or pile requests up: each gets its answer, and nothing is recorded or kept."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import trio

from contracts.codec import decode_turn
from gateway import bodies
from tests.gateway.test_hostile_bodies import BROKEN
from tests.support.gateway import ORDER, opened

PAGE = os.sysconf("SC_PAGESIZE")
GROWTH_AT_MOST = 5 << 20
SMALL = {name: case for name, case in BROKEN.items() if len(case[0]) < 10_000}


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


class Wire:
    """A bare connection to the gateway."""

    def __init__(self, door, stream):
        self._stream = stream
        self._had = b""
        self._head = f"host: x\r\nauthorization: Bearer {door.secret}\r\n"

    async def say(self, data):
        """Bytes as they are."""
        await self._stream.send_all(data)

    async def _more(self):
        part = await self._stream.receive_some(65_536)
        self._had += part
        return bool(part)

    def post(self, body, headers=(), length=None):
        """A POST of an order, as bytes."""
        given = {"content-type": "application/json", "idempotency-key": "hostile", **dict(headers)}
        lines = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value)
        size = len(body) if length is None else length
        head = f"POST /v1/orders HTTP/1.1\r\n{self._head}{lines}content-length: {size}\r\n\r\n"
        return head.encode() + body

    async def answer(self):
        """(status, code of the problem), or None where the connection ended."""
        while b"\r\n\r\n" not in self._had:
            if not await self._more():
                return None
        head, _, rest = self._had.partition(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        self._had = rest
        while len(self._had) < size:
            if not await self._more():
                return None
        body, self._had = self._had[:size], self._had[size:]
        problem: dict[str, Any] = json.loads(body) if body.startswith(b"{") else {}
        return int(head[9:12]), problem.get("code")


class _Connected:
    def __init__(self, door):
        self._door = door

    async def __aenter__(self):
        self._stream = await trio.open_tcp_stream("127.0.0.1", int(self._door.url.rsplit(":", 1)[1]))
        return Wire(self._door, self._stream)

    async def __aexit__(self, *_):
        await trio.aclose_forcefully(self._stream)


async def test_a_body_that_dawdles_is_given_up_and_nothing_is_recorded(door, monkeypatch):
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.2)
    before = door.turns()
    whole = json.dumps(ORDER).encode()
    async with _Connected(door) as wire:
        await wire.say(wire.post(whole[:40], length=len(whole)))
        with trio.fail_after(5):
            assert await wire.answer() == (408, "body-timeout")
    assert door.turns() == before


@pytest.mark.parametrize("size", [70_000, 2_000_000])
async def test_headers_without_end_are_refused_and_the_connection_is_closed(door, size):
    before = door.turns()
    async with _Connected(door) as wire:
        with trio.fail_after(5):
            try:
                await wire.say(wire.post(b"{}", {"x-long": "y" * size}))
                answer = await wire.answer()
                assert answer is None or answer[0] in (400, 431)
                assert await wire.answer() is None
            except trio.BrokenResourceError:
                pass  # Closed while it was still shouting.
    assert door.turns() == before


async def test_requests_sent_ahead_are_answered_one_by_one_the_bad_among_the_good(door):
    async with _Connected(door) as wire:
        good = {**ORDER, "channel_order_id": "AHEAD"}
        sent = [
            wire.post(b"{", {"idempotency-key": "ahead-1"}),
            wire.post(json.dumps(good).encode(), {"idempotency-key": "ahead-2"}),
            wire.post(b"[]", {"idempotency-key": "ahead-3"}),
            wire.post(json.dumps(good).encode(), {"idempotency-key": "ahead-2"}),
        ]
        await wire.say(b"".join(sent))
        with trio.fail_after(10):
            answers = [await wire.answer() for _ in sent]
    assert [status for status, _ in answers] == [400, 202, 422, 202]


async def test_a_client_that_leaves_in_the_middle_of_its_body_leaves_nothing(door):
    before = door.turns()
    whole = json.dumps(ORDER).encode()
    for cut in (0, 1, 200, len(whole) - 1):
        async with _Connected(door) as wire:
            await wire.say(wire.post(whole[:cut], length=len(whole)))
    await trio.sleep(0.2)
    assert door.turns() == before
    assert door.admission.in_flight == 0


async def test_an_order_sent_whole_by_a_client_that_leaves_is_one_order_when_it_comes_again(door):
    whole = json.dumps({**ORDER, "channel_order_id": "LEFT"}).encode()
    async with _Connected(door) as wire:
        await wire.say(wire.post(whole, {"idempotency-key": "left"}))
    with trio.fail_after(10):
        while True:
            async with _Connected(door) as wire:
                await wire.say(wire.post(whole, {"idempotency-key": "left"}))
                answer = await wire.answer()
            if answer != (409, "request-in-flight"):
                break
            await trio.sleep(0.02)
    assert answer[0] == 202
    turns = [decode_turn(data) for _, group in door.journal.read() for data in group]
    taken = [turn for turn in turns if turn.actor == "orders"]
    assert [event.type for turn in taken for event in turn.events].count("order.received") == 1


def resident():
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


async def test_ten_thousand_hostile_requests_leave_no_turn_and_no_memory(door):
    before = door.turns()
    cases = list(SMALL.values())
    grown: list[int] = []

    async def all_of(count):
        left = list(range(count))

        async def client(each):
            async with _Connected(door) as wire:
                while left:
                    n = left.pop()
                    body, headers, status, code = cases[n % len(cases)]
                    await wire.say(wire.post(body, headers))
                    assert await wire.answer() == (status, code), n
                    if n % 97 == each:
                        break  # This connection ends here, without a word.

        while left:
            async with trio.open_nursery() as nursery:
                for each in range(8):
                    nursery.start_soon(client, each)

    with trio.fail_after(240):
        for count in (3_000, 10_000):
            await all_of(count)
            grown.append(resident())
    assert door.turns() == before
    assert grown[1] - grown[0] < GROWTH_AT_MOST
