"""Telling subscribers what became of our things: what changed, coalesced; what they have, asked."""

from .syncer import Syncer

__all__ = ["Syncer"]
