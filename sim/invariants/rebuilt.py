"""Q11: the state rebuilt from the journal."""

from __future__ import annotations

from .evidence import Evidence
from .invariant import RestInvariant


class Q11(RestInvariant):
    """At risk: every restart, after which the system worked on with a state that it had rebuilt."""

    id = "Q11"
    title = "the state rebuilt from the journal is the live state, byte for byte"

    def at_rest(self, evidence: Evidence) -> None:
        if evidence.live_digest is None or evidence.rebuilt_digest is None:
            self.why_no_risk = "nobody took the digests"
            return
        self.checked = 1
        self.at_risk = max(0, len(self.history.epochs) - 1)
        if evidence.live_digest != evidence.rebuilt_digest:
            self.broken(f"live {evidence.live_digest[:12]}, rebuilt {evidence.rebuilt_digest[:12]}")
