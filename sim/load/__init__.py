"""What the clients of a run do: orders with their arrival instants, the catalog and the opening stock.

`build_load(plan)` is the door. Sales come from the built-in profile or from a trace; the rest is the same.
"""

from .build import build_load
from .planned import PlannedLoad, PlannedOrder, TraceReport
from .trace import TraceError, read_sales

__all__ = ["PlannedLoad", "PlannedOrder", "TraceError", "TraceReport", "build_load", "read_sales"]
