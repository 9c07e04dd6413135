"""`tidegate serve` in a process of its own, started, killed and started again; and orders to send to it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from sim.welcome import ORDER

ROOT = Path(__file__).parents[2]
KEY = "tg_key_of_the_tests_0123456789"
HEADERS = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def an_order(number, **changes):
    """An order that a sandbox completes, told apart by its number."""
    return {**ORDER, "channel_order_id": f"N-{number}", **changes}


class Served:
    """A data directory and the process that serves it, if one does."""

    def __init__(self, directory, port=None, options=()):
        self.directory = directory
        self.port = port or free_port()
        self.options = list(options)
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.log = directory.with_suffix(".log")

    def start(self):
        """Start the process; `wait` says when it answers."""
        command = [
            sys.executable,
            "-m",
            "sim",
            "serve",
            "--data",
            str(self.directory),
            "--port",
            str(self.port),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command + self.options,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "TIDEGATE_API_KEY": KEY, "PYTHONUNBUFFERED": "1"},
            )
        return self

    def wait(self, seconds=40):
        """Return once it is ready."""
        due = time.monotonic() + seconds
        while time.monotonic() < due:
            assert self.process is not None
            assert self.process.poll() is None, self.said()
            try:
                if httpx.get(f"{self.url}/readyz", trust_env=False, timeout=2).status_code == 200:
                    return self
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready after {seconds} s: {self.said()}")

    def end(self, how=signal.SIGTERM, seconds=30):
        """Send the signal and wait; the exit code."""
        if self.process is None:
            return None
        self.process.send_signal(how)
        return self.process.wait(seconds)

    def said(self):
        """Everything that any of its processes wrote."""
        return self.log.read_text() if self.log.exists() else ""

    def twins(self):
        """{"pid", "port", "url"} of the twins that the directory names."""
        return json.loads((self.directory / "twins" / "twins.json").read_text())

    def stop_all(self):
        """Whatever still runs ends now."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        try:
            os.kill(self.twins()["pid"], signal.SIGKILL)
        except (OSError, ValueError):
            pass
