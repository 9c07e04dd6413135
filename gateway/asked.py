"""The request that is being answered, and its trace, whichever way it came: through Quart, or ahead of it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, NamedTuple, cast

from quart import Request
from werkzeug.local import LocalProxy

from .tracing import Trace


class Asked(NamedTuple):
    """Quart's request, or one that answers to the same names."""

    request: Any
    trace: Trace


_asked: ContextVar[Asked] = ContextVar("asked")


def begin(request: Any, trace: Trace) -> None:
    """From here on, in this task, this is the request."""
    _asked.set(Asked(request, trace))


def trace() -> Trace:
    """The trace of the request."""
    return _asked.get().trace


request = cast(Request, LocalProxy(lambda: _asked.get().request))
