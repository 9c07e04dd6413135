"""A mail service: sends each message once for ever, by the key that it is told under.

Now and then it takes a message, says so, and has lost it before it was sent: whoever does not ask never learns of it.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from contracts.ports import ForeignResponse

from .config import TwinsConfig
from .draw import hits
from .mirror import AT_MOST, Count, Item, ReadRequest
from .store import Store
from .system import Operation, TwinSystem


class SendRequest(Struct):
    """mail/items:push: messages by key (`ref`)."""

    book: str
    items: Annotated[list[Item], Meta(max_length=AT_MOST)]


class Sent(Struct, frozen=True):
    """A message that was sent: which template, about what, to whom."""

    key: str
    template: str
    subject: str
    order: str
    to: str
    at: int


class Post(TwinSystem):
    """Keeps its keys for ever. `counts`: messages asked for again, and those taken and lost."""

    def __init__(self, config: TwinsConfig, store: Store) -> None:
        super().__init__(
            {
                "items:push": Operation(SendRequest, self._send),
                "items:read": Operation(ReadRequest, self._read),
            }
        )
        self._config = config
        self._sent = store.table("mail.sent", Sent)
        self._lost = store.table("mail.lost", Count)
        self._counts = store.table("mail.counts", Count)

    def _send(self, request: SendRequest, key: str, now_ms: int) -> ForeignResponse:
        refused: list[dict[str, str]] = []
        for item in request.items:
            to = item.fields.get("to")
            if item.ref in self._sent.rows:
                self._count("repeated")
            elif not isinstance(to, str) or to in self._config.mail_refused:
                refused.append({"kind": item.kind, "ref": item.ref, "code": "undeliverable"})
            elif not self._loses(item.ref):
                template, subject, order = (
                    str(item.fields.get(name, "")) for name in ("template", "subject", "order")
                )
                self._sent.put(item.ref, Sent(item.ref, template, subject, order, to, now_ms))
        return ForeignResponse(200, {"refused": refused})

    def _loses(self, key: str) -> bool:
        """Each message at most once."""
        config = self._config
        if key in self._lost.rows or not hits(config.mirror_loses_bp, config.seed, "mail.loses", key):
            return False
        self._lost.put(key, Count(1))
        self._count("lost")
        return True

    def _count(self, what: str) -> None:
        known = self._counts.rows.get(what)
        self._counts.put(what, Count(1 if known is None else known.n + 1))

    def _read(self, request: ReadRequest, key: str, now_ms: int) -> ForeignResponse:
        rows = [
            {"kind": kind, "ref": ref, "version": 1, "fields": {}}
            for kind, ref in request.refs
            if ref in self._sent.rows
        ]
        return ForeignResponse(200, {"rows": rows})

    def books(self) -> dict[str, Any]:
        """{"messages": [{"key", "template", "subject", "order", "to", "at"}], "counts": {what: n}}"""
        messages = [
            {
                "key": one.key,
                "template": one.template,
                "subject": one.subject,
                "order": one.order,
                "to": one.to,
                "at": one.at,
            }
            for one in self._sent.rows.values()
        ]
        return {"messages": messages, "counts": {what: count.n for what, count in self._counts.rows.items()}}
