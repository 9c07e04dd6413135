"""Returns to refund: from goods that come back to money that goes back."""

from .flow import RETURNS_TO_REFUND

__all__ = ["RETURNS_TO_REFUND"]
