"""Where the real material is: files written by others, read by path and never copied into the project.

The folder is named by the environment variable TIDEGATE_DATA; without it, a folder `shared/data` beside the
checkout is taken.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRACE_NAME = "online_retail_2010-12_2011-12.csv.xz"
WHERE_FROM = "UCI Machine Learning Repository, Online Retail, DOI 10.24432/C5BW33"


def data_dir() -> Path:
    """The folder of real material; it need not exist."""
    named = os.environ.get("TIDEGATE_DATA")
    return Path(named).resolve() if named else ROOT.parent / "shared" / "data"


def trace_path() -> Path:
    """The path of the year of real retail orders (CSV, xz), or a skip that says where to get it."""
    path = data_dir() / TRACE_NAME
    if not path.is_file():
        pytest.skip(f"no real trace: set TIDEGATE_DATA to a folder with {TRACE_NAME} ({WHERE_FROM})")
    return path


def material(name: str) -> Path:
    """The path of other real material, a file or a folder, or a skip that names it."""
    path = data_dir() / name
    if not path.exists():
        pytest.skip(f"no real material: set TIDEGATE_DATA to a folder with {name}")
    return path
