"""From what became of our things to what every subscriber knows of them."""

from .flow import CHANNEL_SYNC

__all__ = ["CHANNEL_SYNC"]
