"""The hottest routes, answered ahead of Quart: the same handlers under the same rules, without its dispatch.

Every such route exists in Quart as well, which answers it wherever anything is out of the ordinary (another method, a
slash more); `tests/gateway/test_early.py` holds the two to equal status, headers and bytes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope
from quart import Response
from quart.wrappers.response import DataBody
from werkzeug.datastructures import Headers
from werkzeug.sansio.request import Request

from .asked import begin
from .door import Gateway, Route
from .tracing import trace_of

Run = Callable[[Gateway, Route, Any, dict[str, str]], Awaitable[Response]]


class ClientLeft(Exception):
    """The client is gone, in the middle of its request: nobody waits for an answer."""


class _Head(Headers):
    """What came, and stays as it is: looked up in a table, where werkzeug goes through all of it for every name."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__()
        self._list = pairs
        # ASGI has names in lower case. Of several with one name the first counts, as ever.
        self._first = dict(reversed(pairs))

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]
        if key.lower() not in self._first:
            return default
        return self._first[key.lower()] if type is None else super().get(key, default, type)


class EarlyRequest(Request):
    """A request as handlers know it from Quart: what werkzeug reads out of its head, and its body part by part."""

    def __init__(self, scope: HTTPScope, receive: ASGIReceiveCallable) -> None:
        head = _Head([(name.decode("latin1"), value.decode("latin1")) for name, value in scope["headers"]])
        super().__init__(
            scope["method"], scope["scheme"], None, "", scope["path"], scope["query_string"], head, None
        )
        self._receive = receive

    @property
    def body(self) -> AsyncIterator[bytes]:
        """The parts as they come. Raises ClientLeft."""
        return self._parts()

    async def _parts(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            event = await self._receive()
            if event["type"] != "http.request":
                raise ClientLeft
            more = event.get("more_body", False)
            yield event.get("body", b"")


class Early:
    """Those of `routes` that are marked so. `run` answers one of them, whatever happens."""

    def __init__(self, gateway: Gateway, routes: Iterable[Route], run: Run) -> None:
        self._gateway = gateway
        self._run = run
        self._exact: dict[tuple[str, str], Route] = {}
        # (method, what stands before the one parameter) -> its route and the parameter's name.
        self._under: dict[tuple[str, str], tuple[Route, str]] = {}
        for route in routes:
            if route.early and "<" in route.path:
                before, _, name = route.path.partition("<")
                self._under[route.method, before] = (route, name.removesuffix(">"))
            elif route.early:
                self._exact[route.method, route.path] = route

    def find(self, scope: HTTPScope) -> tuple[Route, dict[str, str]] | None:
        """The route of a request and its parameters; None: it is Quart's."""
        method, path = scope["method"], scope["path"]
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact, {}
        before, slash, value = path.rpartition("/")
        under = self._under.get((method, before + slash))
        return None if under is None or not value else (under[0], {under[1]: value})

    async def answer(
        self,
        route: Route,
        params: dict[str, str],
        scope: HTTPScope,
        receive: ASGIReceiveCallable,
        send: ASGISendCallable,
    ) -> None:
        """Answer it."""
        request = EarlyRequest(scope, receive)
        begin(
            request, trace_of(request.headers.get("traceparent", ""), request.headers.get("tracestate", ""))
        )
        try:
            response = await self._run(self._gateway, route, request, params)
        except ClientLeft:
            return
        headers = [
            (name.lower().encode("latin1"), value.encode("latin1")) for name, value in response.headers
        ]
        headers += self._gateway.web.encoded
        start: Any = {"type": "http.response.start", "status": response.status_code, "headers": headers}
        whole = response.response
        data = whole.data if isinstance(whole, DataBody) else await response.get_data()
        body: Any = {"type": "http.response.body", "body": data, "more_body": False}
        await send(start)
        await send(body)
