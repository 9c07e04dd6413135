"""Streams of events while eight times the usual orders come: one taken up again and again, one that is not read."""

import socket
import tracemalloc
from collections import defaultdict
from typing import Any

import pytest
import trio

from gateway import connection, http1
from tests.gateway.test_events import Reader, everything
from tests.support.gateway import numbered, opened

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

USUAL, STORM = 4, 32  # orders at once: the storm is eight times the usual
BEFORE, IN_STORM = 24, 160
RESUMED = 10
HELD_AT_MOST = 1024 * 1024


async def place(door, first, count, at_once):
    """Place so many orders, some at once, and wait until each is at rest."""
    numbers = iter(range(first, first + count))

    async def client():
        for number in numbers:
            answer = await door.post(numbered(number), f"storm-{number}")
            assert answer.status_code == 202
            await door.rest(answer.headers["location"])

    async with trio.open_nursery() as nursery:
        for _ in range(at_once):
            nursery.start_soon(client)


async def taken_up_again(door, began, told):
    """Read to the end of the storm, leaving the stream ten times and going on from its last id. Breaks not yet made."""
    left, cursor = RESUMED, None
    while True:
        headers: dict[str, str] = {} if cursor is None else {"last-event-id": cursor}
        async with door.client.stream("GET", "/v1/events/stream?type=order.*", headers=headers) as response:
            reader = Reader(response)
            assert (await reader.next())[0] == "stream.opened"
            if cursor is None:
                began.set()
            until = len(told) + 40
            while len(told) < until or not left:
                event = await reader.next()
                told.append(event[1])
                if sum(one["type"] == "retail.order.completed.v1" for one in told) == IN_STORM:
                    return left
            cursor, left = reader.id, left - 1


async def unread(door, opened_at):
    """Ask for every event since the beginning, and take none of it. Returns when the server has let go."""
    port = int(door.url.rsplit(":", 1)[1])
    with trio.socket.socket(socket.AF_INET, socket.SOCK_STREAM) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        await slow.connect(("127.0.0.1", port))
        head = (
            f"GET /v1/events/stream?after=MC4wLjA HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {door.secret}"
        )
        await slow.send(f"{head}\r\n\r\n".encode())
        while door.feed.streams < 1:
            await trio.sleep(0.01)
        opened_at.set()
        streams = door.feed.streams
        while door.feed.streams >= streams:
            await trio.sleep(0.05)


def held_by_the_gateway():
    """Bytes that live and were allocated by the gateway's own code."""
    taken = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/gateway/*")])
    return sum(one.size for one in taken.statistics("filename"))


async def test_one_is_told_each_event_once_in_order_over_ten_breaks_one_is_cut_and_nothing_piles_up(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(http1, "SWEEP_SECONDS", 0.05)
    monkeypatch.setattr(http1, "WRITE_SECONDS", 0.5)
    monkeypatch.setattr(connection, "REST_SECONDS", 0.1)
    async with opened(tmp_path) as door:
        await place(door, 0, BEFORE, USUAL)
        told, cut, read_to_the_end = list[Any](), trio.Event(), trio.Event()
        tracemalloc.start()
        try:
            async with trio.open_nursery() as nursery:
                slow_is_open, reading = trio.Event(), trio.Event()

                async def slow():
                    with trio.fail_after(60):
                        await unread(door, slow_is_open)
                    cut.set()

                async def fast():
                    with trio.fail_after(120):
                        assert await taken_up_again(door, reading, told) <= 0
                    read_to_the_end.set()

                nursery.start_soon(slow)
                await slow_is_open.wait()
                nursery.start_soon(fast)
                await reading.wait()
                before = held_by_the_gateway()
                await place(door, 1_000, IN_STORM, STORM)
                await read_to_the_end.wait()
                await cut.wait()
                after = held_by_the_gateway()
        finally:
            tracemalloc.stop()
        assert after - before < HELD_AT_MOST
        whole = await everything(door, "&type=order.*")
    in_storm = whole[len(whole) - len(told) :]
    assert told == in_storm
    by_key = defaultdict(list)
    for event in told:
        by_key[event["partitionkey"]].append(event["sequence"])
    assert len(by_key) == IN_STORM
    assert all(numbers == sorted(set(numbers)) for numbers in by_key.values())
