"""A row of the route table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from msgspec import Struct
from quart import Response

from .described import ACTIVE, Lifecycle, Param

Handler = Callable[..., Awaitable[Response]]


class Route(NamedTuple):
    """A row. `scope` None: open to anybody. A probe is answered even when there is no room for more.

    `media` is what it answers with, problems aside, unless another is asked for that `also` names, with its contract.
    An `early` one is also answered ahead of Quart. The rest is said for the specification (`gateway.described`) and
    does nothing here:

    body       what it takes; `body_optional`: or nothing
    answers    status -> the contract of the answer, None where there is none
    problems   `409 duplicate-order`: beside those of every route of its kind
    query      its parameters; `paged`: and `limit`, `after`
    needs      `K` an Idempotency-Key, `M` an If-Match; `k`: it takes a key and does without
    gives      headers of its success: etag, location, retry-after, preference-applied
    owner      who answers for it; `lifecycle` how long it is there
    is_async   what it starts goes on after the answer
    """

    method: str
    path: str
    scope: str | None
    handler: Handler
    is_probe: bool = False
    media: str = "application/json"
    also: Mapping[str, Any] = {}
    early: bool = False
    body: type[Struct] | None = None
    body_optional: bool = False
    answers: Mapping[int, Any] = {}
    problems: tuple[str, ...] = ()
    query: tuple[Param, ...] = ()
    paged: bool = False
    needs: str = ""
    gives: tuple[str, ...] = ()
    owner: str = ""
    lifecycle: Lifecycle = ACTIVE
    is_async: bool = False

    @property
    def operation(self) -> str:
        """Its name: `orders.submit`."""
        return f"{self.handler.__module__.rpartition('.')[2]}.{self.handler.__name__}"

    @property
    def summary(self) -> str:
        """What its handler says of itself."""
        return " ".join((self.handler.__doc__ or "").split())
