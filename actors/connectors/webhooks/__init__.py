"""Sending events to whoever registered an endpoint: one task and one durable cursor each."""

from .dispatcher import Webhooks
from .reading import Place, event_at

__all__ = ["Place", "Webhooks", "event_at"]
