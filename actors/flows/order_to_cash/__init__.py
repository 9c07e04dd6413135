"""Order to cash: from a received order to money in the ledger, and back again where it cannot be."""

from .flow import ORDER_TO_CASH

__all__ = ["ORDER_TO_CASH"]
