"""W3C Trace Context (https://www.w3.org/TR/trace-context-1/): taken from the caller or begun here."""

from __future__ import annotations

import re
from hashlib import blake2b

from msgspec import Struct

from actors.runtime.real import new_secret

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


class Trace(Struct, frozen=True):
    """The caller's trace, or a new one, and our own span in it."""

    trace_id: str
    span_id: str
    flags: str
    tracestate: str

    def traceparent(self) -> str:
        """As it goes out."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


def trace_of(traceparent: str, tracestate: str) -> Trace:
    """The trace that the headers carry; a new one where they carry none, or a broken one."""
    drawn = blake2b(new_secret(32).encode(), digest_size=24).hexdigest()
    found = _TRACEPARENT.fullmatch(traceparent.strip())
    if found is not None:
        version, trace_id, parent, flags, rest = found.groups()
        # Version ff is forbidden, and version 00 has exactly four parts; all zeroes name nothing.
        if version != "ff" and not (version == "00" and rest) and int(trace_id, 16) and int(parent, 16):
            state = (
                tracestate
                if len(tracestate) <= 512 and tracestate.isascii() and tracestate.isprintable()
                else ""
            )
            return Trace(trace_id, drawn[32:], flags, state)
    return Trace(drawn[:32], drawn[32:], "00", "")
