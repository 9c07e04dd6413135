"""A client of the HTTP API, for asyncio and trio alike.

    async with Client("http://127.0.0.1:8080", key) as shop:
        received = await shop.submit(order)
        order = await shop.until_terminal(received.order_id)

A call that may have been lost is repeated under its idempotency key, until its deadline: nothing is done twice. A
stream that breaks is taken up where it was. `read_webhook` verifies what an endpoint is told. Needs
`tidegate[client]`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from hashlib import blake2b
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

import anyio
import msgspec
from msgspec import Struct

from actors.runtime.real import RealChance, RealClock
from contracts.http import CancellationSubmission, OrderSubmission
from contracts.http_answers import (
    AvailabilityAnswer,
    Event,
    EventsAnswer,
    OrderAnswer,
    ProblemAnswer,
    Received,
)
from contracts.http_batches import BatchAnswer, BatchSubmission
from contracts.http_cancellations import upcast
from contracts.standard_webhooks import (
    TOLERANCE_S,
    StaleTimestamp,
    WebhookRefused,
    WrongSignature,
    verify,
)

from .cloudevents import read as read_events

try:
    import httpx2
except ImportError as error:
    raise ImportError("the client needs httpx2: pip install 'tidegate[client]'") from error

__all__ = [
    "Client", "Refused", "StaleTimestamp", "TidegateError", "Told", "Unreachable", "Webhook", "WebhookRefused",
    "WrongSignature", "read_webhook",
]  # fmt: skip

DEADLINE_S = 60.0
FIRST_WAIT_MS, LONGEST_WAIT_MS = 100, 10_000
# A stream beats every 15 s; one that is silent for longer is taken up anew.
SILENCE_S = 40.0
LOOK_EVERY_S = 0.2

T = TypeVar("T", bound=Struct)


class TidegateError(Exception):
    """A call did not end well."""


class Refused(TidegateError):
    """The gateway refused: `problem` says why, and whether the same might be taken later."""

    def __init__(self, problem: ProblemAnswer) -> None:
        named = "".join(f"; {one.pointer or '/'}: {one.detail}" for one in problem.errors)
        super().__init__(f"{problem.status} {problem.code}: {problem.detail or problem.title}{named}")
        self.problem = problem


class Unreachable(TidegateError):
    """No answer before the deadline. Whether the call was done is unknown: repeat it under the same key."""


class Told(NamedTuple):
    """An event, and the cursor behind it: keep it, and go on from it."""

    event: Event
    cursor: str


class Webhook(NamedTuple):
    """What an endpoint was told. `id` is the same whenever the same is told again."""

    id: str
    event: Event


class Client:
    """One gateway, one API key. `deadline_s` bounds each call, its repetitions included."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        deadline_s: float = DEADLINE_S,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.deadline_s = deadline_s
        self._chance = RealChance()
        self._http = httpx2.AsyncClient(
            base_url=url,
            headers={"authorization": f"Bearer {key}"},
            timeout=httpx2.Timeout(10.0, read=SILENCE_S),
            trust_env=False,
            transport=transport,
        )

    async def __aenter__(self) -> Client:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)

    # -- orders -----------------------------------------------------------------------------------

    async def submit(self, order: OrderSubmission, *, key: str | None = None) -> Received:
        """Place an order; it is durable when this returns. Raises Refused, Unreachable.

        Without a `key` it is a hash of channel and channel_order_id: whoever submits the order again means this one.
        """
        own = key or _key(order.channel, order.channel_order_id)
        return await self._said("POST", "/v1/orders", Received, body=order, key=own)

    async def order(self, order_id: str) -> OrderAnswer:
        """The order as it is now. Raises Refused, Unreachable."""
        return await self._said("GET", f"/v1/orders/{order_id}", OrderAnswer)

    async def until_terminal(self, order_id: str, within_s: float = 60.0) -> OrderAnswer:
        """The order once it is completed, rejected or cancelled. Raises TimeoutError, Refused, Unreachable."""
        with anyio.fail_after(within_s):
            while not (order := await self.order(order_id)).terminal:
                await anyio.sleep(LOOK_EVERY_S)
        return order

    async def submit_many(self, orders: Sequence[OrderSubmission], *, key: str | None = None) -> BatchAnswer:
        """Place up to 500 orders at once: what became of each, in their order. Raises Refused, Unreachable.

        Without a `key` it is a hash of every order's channel and channel_order_id.
        """
        own = key or _key("batch", *[part for one in orders for part in (one.channel, one.channel_order_id)])
        body = BatchSubmission(tuple(orders))
        return await self._said("POST", "/v1/orders:batch", BatchAnswer, body=body, key=own)

    async def cancel(self, order_id: str, reason: str, *, key: str | None = None) -> None:
        """Ask for an order's cancellation; whether it came in time the order tells. Raises Refused, Unreachable.

        A `reason` is one of `contracts.http_cancellations.CAUSES`, or a note of at most 128 characters.
        """
        own = key or _key("cancel", order_id)
        body = upcast(CancellationSubmission(reason))
        await self._call("POST", f"/v1/orders/{order_id}/cancellations", body, own)

    async def availability(self, skus: Iterable[str], channel: str = "web") -> AvailabilityAnswer:
        """What a channel may promise of each SKU. Raises Refused, Unreachable."""
        params = {"skus": ",".join(skus), "channel": channel}
        return await self._said("GET", "/v1/availability", AvailabilityAnswer, params=params)

    # -- events -----------------------------------------------------------------------------------

    async def events(
        self,
        types: Iterable[str] = (),
        subject: str | None = None,
        after: str | None = None,
        limit: int = 200,
    ) -> EventsAnswer:
        """A page of what happened. Raises Refused, Unreachable."""
        params = {**_wanted(types, subject, after), "limit": str(limit)}
        return await self._said("GET", "/v1/events", EventsAnswer, params=params)

    async def follow(
        self, types: Iterable[str] = (), subject: str | None = None, after: str | None = None
    ) -> AsyncGenerator[Told, None]:
        """What happens, each event once and in order, for ever; from now on where there is no `after`.

        It goes on where it was whenever the connection breaks. Use `contextlib.aclosing` around it. Raises Refused.
        """
        cursor, failures = after, 0
        params = _wanted(types, subject, None)
        while True:
            headers = {"accept": "text/event-stream", **({"last-event-id": cursor} if cursor else {})}
            try:
                async with self._http.stream(
                    "GET", "/v1/events/stream", params=params, headers=headers
                ) as answer:
                    if answer.status_code >= 400:
                        await answer.aread()
                        raise _refusal(answer)
                    source: Any = httpx2.EventSource(answer)
                    async with aclosing(aiter(source)) as heard:
                        async for told in heard:
                            cursor = told.id or cursor
                            failures = 0
                            if told.event == "stream.closing":
                                break
                            if cursor is not None and told.event.startswith("retail."):
                                yield Told(msgspec.json.decode(told.data, type=Event), cursor)
            except Refused as refused:
                if not refused.problem.retryable:
                    raise
            except httpx2.TransportError:
                pass
            failures += 1
            await self._pause(failures, 0)

    # -- calling ----------------------------------------------------------------------------------

    async def _said(self, method: str, path: str, kind: type[T], **how: Any) -> T:
        answer = await self._call(method, path, how.get("body"), how.get("key"), how.get("params"))
        return msgspec.json.decode(answer.content, type=kind)

    async def _call(
        self, method: str, path: str, body: Any = None, key: str | None = None, params: Any = None
    ) -> httpx2.Response:
        headers = {} if key is None else {"idempotency-key": key}
        content = None
        if body is not None:
            headers["content-type"] = "application/json"
            content = msgspec.json.encode(body)
        last: TidegateError | None = None
        with anyio.move_on_after(self.deadline_s):
            tries = 0
            while True:
                tries += 1
                retry_after = 0
                try:
                    answer = await self._http.request(
                        method, path, content=content, headers=headers, params=params
                    )
                    if answer.status_code < 400:
                        return answer
                    last = refusal = _refusal(answer)
                    if not refusal.problem.retryable:
                        raise refusal
                    retry_after = _retry_after_ms(answer)
                except httpx2.TransportError as error:
                    last = Unreachable(f"{method} {path}: {type(error).__name__}: {error}")
                await self._pause(tries, retry_after)
        raise last or Unreachable(f"{method} {path}: no answer within {self.deadline_s:.0f} s")

    async def _pause(self, tries: int, at_least_ms: int) -> None:
        """Full jitter, doubling; what the gateway asked for at least."""
        ceiling = min(LONGEST_WAIT_MS, FIRST_WAIT_MS << min(tries - 1, 10))
        await anyio.sleep((at_least_ms + self._chance.below(ceiling + 1, "client", "", tries)) / 1000)


def read_webhook(
    secrets: str | Iterable[str],
    headers: Mapping[str, str] | Iterable[tuple[str, str]],
    body: bytes,
    *,
    tolerance_s: int = TOLERANCE_S,
    now_s: int | None = None,
) -> Webhook:
    """What an endpoint was told, if it was the gateway that did, and lately. `secrets` are the endpoint's, or its one.

    `body` are the bytes as they came. Raises WrongSignature, StaleTimestamp, both of them WebhookRefused: answer 401 or
    400 then, and 2xx otherwise. Whoever has seen the `id` before has nothing more to do.
    """
    known = (secrets,) if isinstance(secrets, str) else tuple(secrets)
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    lower = {name.lower(): value for name, value in pairs}
    now = RealClock().now_ms() // 1_000 if now_s is None else now_s
    id_ = verify(known, lower, body, now, tolerance_s)
    try:
        (event,) = read_events(lower, body)
    except ValueError as error:
        raise WebhookRefused(f"signed, and not one event: {error}") from None
    return Webhook(id_, msgspec.convert(event, Event))


def _key(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def _wanted(types: Iterable[str], subject: str | None, after: str | None) -> dict[str, str]:
    asked = {"type": ",".join(types), "subject": subject or "", "after": after or ""}
    return {name: value for name, value in asked.items() if value}


def _retry_after_ms(answer: httpx2.Response) -> int:
    text = answer.headers.get("retry-after", "0")
    return min(int(text), 60) * 1000 if text.isdecimal() else 0


def _refusal(answer: httpx2.Response) -> Refused:
    try:
        return Refused(msgspec.json.decode(answer.content, type=ProblemAnswer))
    except msgspec.MsgspecError:
        # Not the gateway's: something stands between.
        retryable = answer.status_code in (429, 502, 503, 504)
        title = f"an answer that is none of the gateway's ({answer.status_code})"
        return Refused(
            ProblemAnswer(title=title, status=answer.status_code, code="foreign", retryable=retryable)
        )
