"""Other people's webhook endpoints: hosts with addresses, each with a receiver that takes, refuses or stays silent.

They verify what comes by themselves, and keep in their books all that they heard.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import msgspec
import trio
from msgspec import Struct

from contracts.ports import Clock, NotSent, WebhookRequest, WebhookResponse

PUBLIC_ADDRESS = "93.184.215.14"


class Heard(Struct, frozen=True):
    """A request as it came. `signed` counts the signatures that are right by the receiver's secret."""

    at_ms: int
    id: str
    path: str
    signed: int
    signatures: int
    headers: dict[str, str]
    event: Any


Act = Callable[["Receiver", Heard], Awaitable[WebhookResponse]]


class Receiver:
    """A host. `addresses` are what it resolves to, the next set each time until the last, which stays."""

    def __init__(self, clock: Clock, *addresses: tuple[str, ...]) -> None:
        self.clock = clock
        self.addresses = deque(addresses or ((PUBLIC_ADDRESS,),))
        self.secret = ""
        # What it does with the next requests, and with all others.
        self.next: deque[Act] = deque()
        self.always: Act = takes
        self.heard: list[Heard] = []
        self.taken: list[Heard] = []

    def resolved(self) -> tuple[str, ...]:
        return self.addresses.popleft() if len(self.addresses) > 1 else self.addresses[0]

    async def hear(self, request: WebhookRequest) -> WebhookResponse:
        """A request comes in."""
        headers = dict(request.headers)
        offered = headers.get("webhook-signature", "").split(" ")
        heard = Heard(
            self.clock.now_ms(),
            headers.get("webhook-id", ""),
            request.path,
            sum(one == self._signature(headers, request.body) for one in offered),
            len(offered),
            headers,
            msgspec.json.decode(request.body),
        )
        self.heard.append(heard)
        act = self.next.popleft() if self.next else self.always
        answer = await act(self, heard)
        if 200 <= answer.status < 300:
            self.taken.append(heard)
        return answer

    def _signature(self, headers: dict[str, str], body: bytes) -> str:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = b64decode(self.secret.removeprefix("whsec_"))
        return "v1," + b64encode(hmac.new(key, signed, sha256).digest()).decode()


class Receivers:
    """The network as endpoints are reached by it. Implements contracts.ports.WebhookSender."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.hosts: dict[str, Receiver] = {}
        # Every address that was spoken to, and for which host.
        self.spoken_to: list[tuple[str, str]] = []

    def host(self, name: str, *addresses: tuple[str, ...]) -> Receiver:
        """A host of this name."""
        self.hosts[name] = Receiver(self.clock, *addresses)
        return self.hosts[name]

    async def resolve(self, host: str, port: int) -> tuple[str, ...]:
        receiver = self.hosts.get(host)
        if receiver is None:
            raise NotSent("no such host")
        return receiver.resolved()

    async def send(self, address: str, request: WebhookRequest) -> WebhookResponse:
        self.spoken_to.append((address, request.host))
        receiver = self.hosts.get(request.host)
        if receiver is None:
            raise NotSent("refused")
        return await receiver.hear(request)


async def takes(receiver: Receiver, heard: Heard) -> WebhookResponse:
    """It is taken."""
    return WebhookResponse(204)


async def is_silent(receiver: Receiver, heard: Heard) -> WebhookResponse:
    """No answer, as long as anybody waits."""
    await trio.sleep_forever()


async def refuses(receiver: Receiver, heard: Heard) -> WebhookResponse:
    """Nobody listens there."""
    raise NotSent("refused")


def says(status: int, retry_after_ms: int = 0) -> Act:
    """It answers with this status."""

    async def act(receiver: Receiver, heard: Heard) -> WebhookResponse:
        return WebhookResponse(status, retry_after_ms)

    return act


def until(at_ms: int, before: Act, after: Act = takes) -> Act:
    """It does one thing before an instant, and another from then on."""

    async def act(receiver: Receiver, heard: Heard) -> WebhookResponse:
        return await (before if receiver.clock.now_ms() < at_ms else after)(receiver, heard)

    return act


def slow(seconds: float) -> Act:
    """It is taken, after a while."""

    async def act(receiver: Receiver, heard: Heard) -> WebhookResponse:
        await trio.sleep(seconds)
        return WebhookResponse(204)

    return act
