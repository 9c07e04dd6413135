"""The twins of a sandbox, in a process of their own: started, adopted and ended by `tidegate serve`.

Its books live in DIR/twins, and DIR/twins/twins.json names its pid and address while it listens. They outlive
a gateway that is killed, as the real partners would.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import trio
from msgspec import Struct

from .twins.serve import ADDRESS_NAME

FOLDER = "twins"
LOG = "twins.log"
START_SECONDS = 30
STOP_SECONDS = 5


class TwinsFailed(Exception):
    """The twins do not start; the message is for a person."""


class RunningTwins(Struct, frozen=True):
    """Where they listen, who they are, and whether they were there before."""

    url: str
    pid: int
    adopted: bool


async def find_or_start(directory: Path) -> RunningTwins:
    """The living twins of this data directory, or new ones. Raises TwinsFailed."""
    books = directory / FOLDER
    found = await _living(books)
    if found is not None:
        return found
    books.mkdir(parents=True, exist_ok=True)
    with (books / LOG).open("ab") as log:
        # A session of its own: an interrupt at the terminal is for the gateway, which ends them after its drain.
        process = subprocess.Popen(
            [sys.executable, "-m", "sim", "twins", "--data", str(books), "--port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": _path()},
        )
    with trio.move_on_after(START_SECONDS):
        while process.poll() is None:
            started = await _living(books)
            if started is not None and started.pid == process.pid:
                return RunningTwins(started.url, started.pid, False)
            await trio.sleep(0.05)
    process.kill()
    said = (books / LOG).read_text(errors="replace").strip().splitlines()
    raise TwinsFailed(
        f"the twins did not start: {said[-1] if said else 'they said nothing'} (see {books / LOG})"
    )


async def end(twins: RunningTwins, directory: Path) -> None:
    """Stop the twins of this directory and wait until they let go of their books."""
    found = await _living(directory / FOLDER)
    if found is None or found.pid != twins.pid:
        return
    os.kill(twins.pid, signal.SIGTERM)
    with trio.move_on_after(STOP_SECONDS):
        while (directory / FOLDER / ADDRESS_NAME).exists():
            await trio.sleep(0.02)


async def _living(books: Path) -> RunningTwins | None:
    """Whoever listens at the address that these books name, if it is the process that they name."""
    try:
        told = json.loads((books / ADDRESS_NAME).read_text())
        url, pid = str(told["url"]), int(told["pid"])
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            answer = (await client.get(f"{url}/livez")).json()
    except (OSError, ValueError, KeyError, TypeError, httpx.HTTPError):
        return None
    same = isinstance(answer, dict) and answer.get("pid") == pid
    return RunningTwins(url, pid, True) if same else None


def _path() -> str:
    """Where this very program lies, for a checkout that is not installed."""
    here = str(Path(__file__).resolve().parents[1])
    before = os.environ.get("PYTHONPATH")
    return f"{here}{os.pathsep}{before}" if before else here
