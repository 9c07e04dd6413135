"""What `decide` returns: events, what to say, timers, and which entry answers. Plain data, built up."""

from __future__ import annotations

from msgspec import Struct

from .turn import NORMAL, Address, Fact, Message, Said, Timer
from .vocabulary import TYPE_OF, VOCABULARY


class Decision:
    """Built by a domain or flow in one synchronous call; the runtime turns it into a Turn."""

    __slots__ = ("events", "reply", "said", "timers_cancelled", "timers_set")

    def __init__(self) -> None:
        self.events: list[Fact] = []
        self.said: list[Said] = []
        self.timers_set: tuple[Timer, ...] = ()
        self.timers_cancelled: tuple[str, ...] = ()
        self.reply: int | None = None

    def event(self, body: Struct, type_: str | None = None) -> int:
        """Something became true; returns its index. Topic rows pass it on when the turn is made."""
        if type_ is None:
            type_, version = TYPE_OF[type(body)]
        else:
            version = VOCABULARY[type_][0]
        self.events.append(Fact(type_, version, body))
        return len(self.events) - 1

    def took(self, message: Message) -> None:
        """Fold the message itself: the event's body is nil and stands in what another turn said."""
        self.events.append(Fact(message.type, message.version, None))

    def say(
        self,
        to: str,
        key: str,
        subject: str,
        body: Struct,
        *,
        type_: str | None = None,
        lane: int = NORMAL,
        reply_to: Address | None = None,
    ) -> int:
        """Say one entry to one destination; returns its index."""
        if type_ is None:
            type_, version = TYPE_OF[type(body)]
        else:
            version = VOCABULARY[type_][0]
        self.said.append(Said(to, key, subject, type_, version, lane, reply_to, body))
        return len(self.said) - 1

    def answer(self, asker: Address | None, body: Struct, type_: str | None = None) -> None:
        """Answer whoever asked, if anybody did."""
        if asker is not None:
            self.reply = self.say(asker[0], asker[1], asker[2], body, type_=type_)

    def answer_with_event(self, asker: Address | None, index: int, lane: int = NORMAL) -> None:
        """Answer with an event of this turn: its body is stored once."""
        if asker is not None:
            event = self.events[index]
            self.said.append(
                Said(asker[0], asker[1], asker[2], event.type, event.version, lane, None, None, index)
            )
            self.reply = len(self.said) - 1

    def set_timer(self, name: str, subject: str, due_ms: int) -> None:
        """Set the named timer of this key; a timer of that name is replaced."""
        self.timers_set += (Timer(name, subject, due_ms),)

    def cancel_timer(self, name: str) -> None:
        """Cancel the named timer of this key."""
        self.timers_cancelled += (name,)


def nothing() -> Decision:
    """A turn that changes nothing: it still consumes its message."""
    return Decision()
