"""Webhooks over HTTP/1.1: a POST to one address, whatever name it was asked for by.

The connection is made to the address that the caller has looked at; the name only says which host is meant and whose
certificate it has to show. No redirect is followed, no proxy of the environment is used, no answer's body is read.
"""

from __future__ import annotations

from ssl import SSLContext
from types import TracebackType

import httpx
import trio

from contracts.ports import NoAnswer, NotSent, WebhookRequest, WebhookResponse

from ..http import NOT_SENT, retry_after_ms

# Endpoints whose connections are kept for the next request, and for how long.
KEPT_CLIENTS, KEEP_ALIVE_SECONDS = 64, 15

_NOT_SENT = (*NOT_SENT, httpx.InvalidURL)
# By scheme, host and port: a connection is never shared between two names at one address.
_Origin = tuple[bool, str, int]


class _Whole(httpx.AsyncByteStream):
    """A body in one piece. Not a generator, which a cancelled request would leave half-read."""

    def __init__(self, body: bytes) -> None:
        self._left: bytes | None = body

    def __aiter__(self) -> _Whole:
        return self

    async def __anext__(self) -> bytes:
        body, self._left = self._left, None
        if body is None:
            raise StopAsyncIteration
        return body


class _Kept:
    """The client of an origin, and how many requests are on their way through it."""

    __slots__ = ("client", "requests")

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.requests = 0


class HttpWebhookSender:
    """Implements contracts.ports.WebhookSender. Use as an async context manager; the caller brings deadlines."""

    def __init__(self, verify: SSLContext | None = None) -> None:
        """`verify` is an SSL context, where certificates are not checked against the system's own list."""
        self._clients: dict[_Origin, _Kept] = {}
        self._verify = httpx.create_ssl_context() if verify is None else verify

    async def resolve(self, host: str, port: int) -> tuple[str, ...]:
        """All addresses of a host, as its resolver gives them. Raises NotSent."""
        try:
            found = await trio.socket.getaddrinfo(host, port, type=trio.socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NotSent(f"no address: {type(error).__name__}") from error
        return tuple(dict.fromkeys(str(address[0]) for *_, address in found))

    async def send(self, address: str, request: WebhookRequest) -> WebhookResponse:
        """Raises NotSent, NoAnswer."""
        scheme = "https" if request.secure else "http"
        url = httpx.URL(scheme=scheme, host=address, port=request.port, raw_path=request.path.encode("ascii"))
        length = ("content-length", str(len(request.body)))
        headers = [("host", request.authority), length, *request.headers]
        kept = self._kept((request.secure, request.host, request.port))
        kept.requests += 1
        try:
            await self._make_room()
            async with kept.client.stream(
                "POST",
                url,
                content=_Whole(request.body),
                headers=headers,
                extensions={"sni_hostname": request.host},
            ) as answer:
                return WebhookResponse(answer.status_code, retry_after_ms(answer.headers) or 0)
        except _NOT_SENT as error:
            raise NotSent(type(error).__name__) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise NoAnswer(type(error).__name__) from error
        finally:
            kept.requests -= 1

    def _kept(self, origin: _Origin) -> _Kept:
        kept = self._clients.pop(origin, None)
        if kept is None:
            limits = httpx.Limits(max_keepalive_connections=8, keepalive_expiry=KEEP_ALIVE_SECONDS)
            kept = _Kept(
                httpx.AsyncClient(
                    limits=limits, timeout=None, verify=self._verify, trust_env=False, follow_redirects=False
                )
            )
        self._clients[origin] = kept
        return kept

    async def _make_room(self) -> None:
        """Let the one go that nobody has used for longest. One with a request on its way stays, past the bound."""
        if len(self._clients) > KEPT_CLIENTS:
            idle = next((origin for origin, one in self._clients.items() if not one.requests), None)
            if idle is not None:
                await self._clients.pop(idle).client.aclose()

    async def __aenter__(self) -> HttpWebhookSender:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for kept in self._clients.values():
            await kept.client.aclose()
