"""From what two books say of the same thing to what is done about it."""

from .flow import RECONCILIATIONS_ACTOR

__all__ = ["RECONCILIATIONS_ACTOR"]
