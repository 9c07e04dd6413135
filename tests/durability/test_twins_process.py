"""The living twins as a process of their own: address, signals, SIGKILL."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

RUN = """
import sys
from pathlib import Path
from sim.twins import TwinsConfig
from sim.twins.serve import run_twins
run_twins(Path(sys.argv[1]), int(sys.argv[2]), TwinsConfig.sandbox(), announce=lambda url: print(url, flush=True))
"""
ROOT = Path(__file__).parents[2]


class Process:
    """`run_twins` in a process that listens once this exists."""

    def __init__(self, directory, port=0):
        self.running = subprocess.Popen(
            [sys.executable, "-c", RUN, str(directory), str(port)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.running.stdout is not None
        self.url = self.running.stdout.readline().strip()

    def end(self, how):
        """Send the signal; the exit code and what was said on stderr."""
        self.running.send_signal(how)
        _, said = self.running.communicate(timeout=20)
        return self.running.returncode, said


@pytest.fixture
def started():
    processes = []

    def start(directory, port=0):
        processes.append(Process(directory, port))
        return processes[-1]

    yield start
    for process in processes:
        process.running.kill()
        process.running.communicate()


def order(n):
    items = [{"line": "1", "item": "A", "qty": 1, "amt": 1}]
    return {"external_ref": f"o{n}", "curr": "GBP", "total": 1, "items": items}


def test_every_answer_given_before_a_kill_is_in_the_books_after_it(started, tmp_path):
    process = started(tmp_path)
    with httpx.Client(base_url=process.url, trust_env=False) as client:
        given = [client.post("/erp/sales_orders", json=order(n)).json()["doc_no"] for n in range(20)]
    assert process.end(signal.SIGKILL)[0] == -signal.SIGKILL
    # What a killed process leaves behind names nobody any more; the next one writes over it.
    left = json.loads((tmp_path / "twins.json").read_text())
    assert left == {"pid": process.running.pid, "port": left["port"], "url": process.url}
    again = started(tmp_path, left["port"])
    assert again.url == process.url
    assert json.loads((tmp_path / "twins.json").read_text())["pid"] == again.running.pid
    kept = httpx.get(again.url + "/erp/books", trust_env=False).json()["documents"]
    assert [row["doc_no"] for row in kept] == given


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_quietly_even_with_a_client_connected(started, tmp_path, how):
    process = started(tmp_path)
    with httpx.Client(base_url=process.url, trust_env=False) as client:
        assert client.get("/livez").json() == {"status": "ok", "pid": process.running.pid}
        assert process.end(how) == (0, "")
    assert not (tmp_path / "twins.json").exists()


def test_a_port_or_a_directory_in_use_is_said_plainly(started, tmp_path):
    process = started(tmp_path / "a")
    port = int(process.url.rpartition(":")[2])
    for directory, free_port, words in (
        ("a", 0, "TwinsRefused: "),
        ("b", port, "OSError: [Errno 98] Address already in use"),
    ):
        other = started(tmp_path / directory, free_port)
        _, said = other.running.communicate(timeout=20)
        assert other.running.returncode == 1
        assert words in said.splitlines()[-1]
        assert "Group" not in said
