"""The foreign systems over HTTP: POST {base}/{system}/{operation} with a JSON object each way.

What matters is which side of the wire an error stands on: a request that never left is definite (NotSent), one
that left and brought no whole answer is not (NoAnswer).
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

import httpx
import msgspec

from contracts.ports import ForeignRequest, ForeignResponse, NoAnswer, NotSent

# Shorter than what a server keeps an idle connection for, so that a request seldom meets a closed one.
KEEP_ALIVE_SECONDS = 30

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode

# These end before a byte of the request is sent.
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


class HttpForeignSystems:
    """Implements contracts.ports.ForeignSystems. Use as an async context manager; the caller brings deadlines.

    One connection a client, the clients that are free on a stack: a pool of httpx looks at each of its
    connections for every request (at 96 of them this doubled the cost of a call). So the newest connection is
    used first, and there are as many as there were calls in flight, which the connectors' limits bound.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._free: list[httpx.AsyncClient] = []
        self._clients: list[httpx.AsyncClient] = []
        # Made once: reading the certificates costs tens of milliseconds.
        secure = self.base_url.startswith("https:")
        self._verify = httpx.create_ssl_context(verify=secure)

    async def call(self, request: ForeignRequest) -> ForeignResponse:
        """Make the call. Raises NotSent, NoAnswer."""
        headers = {"content-type": "application/json", "tidegate-subject": request.subject}
        if request.effect_key:
            headers["idempotency-key"] = request.effect_key
        client = self._free.pop() if self._free else self._new_client()
        try:
            answer = await client.post(
                f"{self.base_url}/{request.system}/{request.operation}",
                content=_encode(request.body),
                headers=headers,
            )
        except NOT_SENT as error:
            raise NotSent(f"{request.system}: {type(error).__name__}") from error
        except httpx.HTTPError as error:
            raise NoAnswer(f"{request.system}/{request.operation}: {type(error).__name__}") from error
        finally:
            # Cancelled or failed, httpx has closed the connection, and the client is as good as new.
            self._free.append(client)
        try:
            body = _decode(answer.content)
        except msgspec.MsgspecError as error:
            raise NoAnswer(
                f"{request.system}/{request.operation}: {answer.status_code} without JSON"
            ) from error
        return ForeignResponse(answer.status_code, body, retry_after_ms(answer.headers))

    def _new_client(self) -> httpx.AsyncClient:
        limits = httpx.Limits(
            max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEP_ALIVE_SECONDS
        )
        client = httpx.AsyncClient(limits=limits, timeout=None, verify=self._verify, trust_env=False)
        self._clients.append(client)
        return client

    async def __aenter__(self) -> HttpForeignSystems:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            await client.aclose()


def retry_after_ms(headers: httpx.Headers) -> int | None:
    """When the system wants to be asked again: Retry-After-Ms, else Retry-After in seconds; a date is not read."""
    for name, unit_ms in (("retry-after-ms", 1), ("retry-after", 1_000)):
        value = headers.get(name, "")
        if value.isascii() and value.isdigit() and len(value) < 10:
            return int(value) * unit_ms
    return None
