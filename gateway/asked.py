"""The request that is being answered, its trace and who asks, whichever way it came: through Quart, or ahead of it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, cast

from quart import Request
from werkzeug.local import LocalProxy

from .tracing import Trace


class Asked:
    """Quart's request, or one that answers to the same names.

    `tenant` is whose shop is asked about, once that is known; `told` are headers that its answer gets, whatever it is.
    """

    __slots__ = ("request", "tenant", "told", "trace")

    def __init__(self, request: Any, trace: Trace) -> None:
        self.request = request
        self.trace = trace
        self.tenant = ""
        self.told: list[tuple[str, str]] = []


_asked: ContextVar[Asked] = ContextVar("asked")


def begin(request: Any, trace: Trace) -> None:
    """From here on, in this task, this is the request."""
    _asked.set(Asked(request, trace))


def asked() -> Asked:
    """What is known of the request."""
    return _asked.get()


def trace() -> Trace:
    """The trace of the request."""
    return _asked.get().trace


def tenant(otherwise: str) -> str:
    """Whose shop the request that is being answered is about; outside of one, `otherwise`."""
    known = _asked.get(None)
    return otherwise if known is None or not known.tenant else known.tenant


request = cast(Request, LocalProxy(lambda: _asked.get().request))
