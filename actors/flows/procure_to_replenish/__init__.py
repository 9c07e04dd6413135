"""From a position that is low to stock on the shelf and a supplier paid."""

from .flow import PROCURE_TO_REPLENISH

__all__ = ["PROCURE_TO_REPLENISH"]
