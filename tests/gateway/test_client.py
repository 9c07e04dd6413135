"""The Python client against a real gateway, the same under asyncio and trio."""

import threading
from contextlib import aclosing
from functools import partial

import anyio
import httpx2
import msgspec
import pytest
import trio

from contracts.codec import decode_turn
from contracts.http import OrderSubmission
from gateway.client import Client, Refused, Unreachable
from tests.support.gateway import numbered, opened


def an_order(number, **changes):
    return msgspec.convert(numbered(number, **changes), OrderSubmission)


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


@pytest.fixture(params=["trio", "asyncio"])
def run(request):
    """Runs an async function under a loop of this kind: here, or in a thread beside the gateway's own."""

    async def run_it(function, *args):
        if request.param == "trio":
            return await function(*args)
        return await trio.to_thread.run_sync(partial(anyio.run, function, *args, backend="asyncio"))

    return run_it


class Unlucky(httpx2.AsyncBaseTransport):
    """Some requests never arrive, some answers never come back, and streams break after so many pieces."""

    def __init__(self, lost=(), unheard=(), pieces=None):
        self._own = httpx2.AsyncHTTPTransport()
        self._lost, self._unheard, self._pieces = set(lost), set(unheard), pieces
        self.calls = 0

    async def handle_async_request(self, request):
        self.calls += 1
        if self.calls in self._lost:
            raise httpx2.ConnectError("lost")
        answer = await self._own.handle_async_request(request)
        if self.calls in self._unheard:
            await answer.aclose()
            raise httpx2.ReadError("never came back")
        if self._pieces is not None:
            answer.stream = Breaking(answer.stream, self._pieces)
        return answer

    async def aclose(self):
        await self._own.aclose()


class Breaking(httpx2.AsyncByteStream):
    def __init__(self, stream, pieces):
        self._stream, self._pieces = stream, pieces

    async def __aiter__(self):
        n = 0
        async for piece in self._stream:
            n += 1
            yield piece
            if n >= self._pieces:
                raise httpx2.ReadError("broken")

    async def aclose(self):
        await self._stream.aclose()


async def test_an_order_is_placed_followed_and_read(door, run):
    async def shop():
        async with Client(door.url, door.secret) as client:
            before = await client.availability(["85123A"])
            received = await client.submit(an_order(1))
            order = await client.until_terminal(received.order_id)
            after = await client.availability(["85123A"])
            return before.skus[0].available - after.skus[0].available, received, order

    sold, received, order = await run(shop)
    assert received.status == "received"
    assert (order.order_status, order.payment_status) == ("completed", "captured")
    assert (order.order_id, sold) == (received.order_id, 6)
    assert order.amounts.total_minor == order.amounts.paid_minor


async def test_what_is_lost_on_either_way_is_repeated_and_done_once(door, run):
    transport = Unlucky(lost=[1], unheard=[2, 3])

    async def shop():
        async with Client(door.url, door.secret, transport=transport) as client:
            received = await client.submit(an_order(1))
            return received, await client.submit(an_order(1))

    first, again = await run(shop)
    assert first == again
    assert transport.calls >= 5
    assert len([turn for turn in turns(door) if turn.actor == "orders" and turn.seq == 1]) == 1


async def test_a_refusal_names_every_wrong_field_and_is_not_repeated(door, run):
    transport = Unlucky()

    async def shop():
        async with Client(door.url, door.secret, transport=transport) as client:
            await client.submit(msgspec.structs.replace(an_order(1), currency="XXX", shipping_minor=-1))

    with pytest.raises(Refused) as refused:
        await run(shop)
    problem = refused.value.problem
    assert (problem.status, problem.code) == (422, "invalid-body")
    assert {error.pointer for error in problem.errors} >= {"/currency", "/shipping_minor"}
    assert "/shipping_minor" in str(refused.value)
    assert transport.calls == 1


async def test_a_gateway_that_is_not_there_is_given_up_at_the_deadline(run):
    async def shop():
        async with Client("http://127.0.0.1:9", "tg_none", deadline_s=0.3) as client:
            await client.order("ord_x")

    with pytest.raises(Unreachable):
        await run(shop)


async def test_an_order_too_many_for_now_is_taken_a_little_later(door, run):
    door.admission.at_most = 0
    opening = threading.Timer(0.5, lambda: setattr(door.admission, "at_most", 100))

    async def shop():
        async with Client(door.url, door.secret) as client:
            return await client.submit(an_order(1))

    opening.start()
    assert (await run(shop)).status == "received"
    opening.join()


async def test_many_orders_are_placed_at_once_and_a_lost_answer_places_none_twice(door, run):
    transport = Unlucky(unheard=[1])

    async def shop():
        async with Client(door.url, door.secret, transport=transport) as client:
            told = await client.submit_many(
                [an_order(1), an_order(2, currency="XXX"), an_order(1), an_order(3)]
            )
            return told, await client.until_terminal(told.items[3].order_id)

    told, order = await run(shop)
    assert [item.status for item in told.items] == ["accepted", "invalid", "duplicate", "accepted"]
    assert told.items[1].errors[0].pointer == "/orders/1/currency"
    assert (order.channel_order_id, transport.calls > 1) == ("G-3", True)


async def test_a_cancellation_is_asked_for(door, run):
    async def shop():
        async with Client(door.url, door.secret) as client:
            received = await client.submit(an_order(1))
            await client.until_terminal(received.order_id)
            await client.cancel(received.order_id, "too late")

    with pytest.raises(Refused) as refused:
        await run(shop)
    assert refused.value.problem.code == "not-cancellable"


# A stream that is left leaves the HTTP library's own generators half-read: its warning, not ours.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_events_are_followed_over_every_break_each_once_and_in_order(door, run):
    async def shop():
        async with Client(door.url, door.secret) as client:
            start = await client.events(limit=1)
            for number in (1, 2):
                await client.until_terminal((await client.submit(an_order(number))).order_id)
            page = await client.events(["order.*", "payment.*"], after=start.after)
            assert not page.more
        async with Client(door.url, door.secret, transport=Unlucky(pieces=2)) as unlucky:
            told = []
            async with aclosing(unlucky.follow(["order.*", "payment.*"], after=start.after)) as followed:
                async for one in followed:
                    told.append(one.event)
                    if len(told) == len(page.items):
                        return list(page.items), told

    with trio.fail_after(60):
        page, told = await run(shop)
    assert told == page
    assert len(told) > 8


def turns(door):
    return [decode_turn(data) for _, group in door.journal.read() for data in group]
