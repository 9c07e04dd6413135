"""What an actor is: a name, a first state, a table of handlers and a table of folds. All pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from contracts.decision import Decision
from contracts.platform import CallResult
from contracts.turn import Message

Handler = Callable[[Any, Message, int], Decision]
Fold = Callable[[Any, Any], None]
Conclude = Callable[[Any, Message, CallResult, Struct | None, int], Decision]


@dataclass(frozen=True, slots=True)
class ActorSpec:
    """An actor type.

    `initial(key)` makes the state of a key that has none. `handlers[type](state, message, at_ms)`
    decides and must not change the state. `folds[event type](state, body)` changes it; events without
    a fold are facts for others. `conclude(state, message, result, fact, at_ms)` is a connector's: it turns
    a call's result into facts; `fact` is what the answer means, where it has been read already.
    """

    name: str
    initial: Callable[[str], Any]
    handlers: Mapping[str, Handler]
    folds: Mapping[str, Fold] = field(default_factory=dict)
    conclude: Conclude | None = None
