"""The foreign systems as twins: one set of pure books, two bodies.

`memory.MemoryTwins` lives in the simulation's virtual time; `serve` puts the same books behind HTTP, in a
process and a SQLite file of their own. They share nothing with the system they face but `contracts`: what
the judge reads here is the truth outside.
"""

from .config import SystemConfig, TwinsConfig
from .memory import MemoryTwins

__all__ = ["MemoryTwins", "SystemConfig", "TwinsConfig"]
