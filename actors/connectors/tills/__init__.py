"""Till files: what a store's till uploads after it has closed, one way of writing them, one reading."""

from .read import read_till_file
from .reader import TILLS, TillReader, calls_of

__all__ = ["TILLS", "TillReader", "calls_of", "read_till_file"]
