"""From a till's closing to the stock that has left and the ledger."""

from .flow import STORE_SALES

__all__ = ["STORE_SALES"]
