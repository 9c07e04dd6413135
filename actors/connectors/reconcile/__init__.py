"""Reconciliations: the other side's books page by page, the comparison, and the commands that repair."""

from .job import Reconciler

__all__ = ["Reconciler"]
