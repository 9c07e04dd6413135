"""What a turn says: one entry for each subscriber of what became true, kept with its group until that is durable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from contracts.codec import encode
from contracts.platform import Answer
from contracts.topics import TOPICS
from contracts.turn import Fact, Message, Said, Turn
from contracts.vocabulary import decode_body

from .fold import Conversation

# What a topic row says, flattened for the hot path: (actor, key field, subject field, lane).
_SUBSCRIBERS = {
    name: tuple((s.actor, s.key_field, s.subject_field, s.lane) for s in topic.subscribers)
    for name, topic in TOPICS.items()
    if topic.subscribers
}


class Group:
    """Turns that are made durable together."""

    __slots__ = ("bytes", "data", "number", "said", "turns")

    def __init__(self, number: int) -> None:
        self.number = number
        self.turns: list[Turn] = []
        self.data: list[bytes] = []
        # With the conversation to wake, or None for what goes to a foreign system.
        self.said: list[tuple[Message, Conversation | None]] = []
        self.bytes = 0

    def coordinates(self) -> list[tuple[int, int]]:
        """The (partition, pos) of each turn."""
        return [(turn.partition, turn.pos) for turn in self.turns]


def deliver_at_once(put: Callable[[Any, int], None], conversation: Any, lane: int) -> None:
    """The Deliver port of production: the wake-up is put where it belongs, now."""
    put(conversation, lane)


def expand_topics(events: Sequence[Fact], said: list[Said]) -> None:
    """Add an entry for each subscriber of each event; the body stands in the event.

    An event without a body is a message taken, not a new fact: it was told when it became true.
    """
    for n, event in enumerate(events):
        body = event.body
        if body is None or event.type not in _SUBSCRIBERS:
            continue
        for actor, key_field, subject_field, lane in _SUBSCRIBERS[event.type]:
            said.append(
                Said(
                    actor,
                    getattr(body, key_field),
                    getattr(body, subject_field),
                    event.type,
                    event.version,
                    lane,
                    None,
                    None,
                    n,
                )
            )


def through_the_wire(message: Message) -> Message:
    """The message after its body was encoded and decoded, as between processes."""
    raw = msgspec.Raw(encode(message.body))
    return msgspec.structs.replace(message, body=decode_body(message.type, message.version, raw))


def failure_answer() -> Answer:
    """The answer to a client whose command could not be worked on: a 500, never replayed."""
    body = (
        b'{"type":"about:blank","title":"Internal error","status":500,"code":"internal-error",'
        b'"detail":"The command could not be worked on; nothing was changed.","retryable":true,"errors":[]}'
    )
    return Answer(500, (("content-type", "application/problem+json"),), body)
