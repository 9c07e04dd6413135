"""`tidegate serve`, `keys`, `journal` and `twins` as a person meets them: what they say, refuse and leave behind."""

import json
import os
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from itertools import pairwise

import httpx
import pytest

from actors.journal.sqlite import SqliteJournal
from sim.twins_process import FOLDER
from tests.support.serving import HEADERS, KEY, ROOT, Served, an_order


def tidegate(*words, seconds=60, **environment):
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "sim", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
        env={**os.environ, **environment},
    )


def refused(told, *words):
    """Exit 2, one line, no traceback."""
    assert told.returncode == 2, told.stdout + told.stderr
    assert "Traceback" not in told.stderr
    for word in words:
        assert word in told.stderr


@pytest.fixture
def serving(tmp_path):
    every = []

    def make(name="shop", **options):
        every.append(Served(tmp_path / name, **options))
        return every[-1]

    yield make
    for one in every:
        one.stop_all()


def listens(twins):
    """Whether anybody answers at the twins' address."""
    try:
        return bool(httpx.get(f"{twins['url']}/livez", trust_env=False).json()["pid"] == twins["pid"])
    except httpx.TransportError:
        return False


def test_the_first_start_prints_a_key_once_and_two_commands_that_work(serving, monkeypatch):
    served = serving()
    monkeypatch.delenv("TIDEGATE_API_KEY", raising=False)
    command = [sys.executable, "-m", "sim", "serve", "--data", str(served.directory), "--port", "0"]
    with served.log.open("wb") as log:
        served.process = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
    due = time.monotonic() + 40
    while "Follow it:" not in served.said() and time.monotonic() < due:
        time.sleep(0.05)
    said = served.said()
    assert "mode sandbox" in said
    [secret] = set(re.findall(r"tg_[\w-]{43}", said))
    place, follow = re.findall(r"^  (curl (?:.*\\\n)*.*)", said, re.MULTILINE)
    location = asked(place)
    assert asked(follow) == location
    with httpx.Client(headers={"authorization": f"Bearer {secret}"}, trust_env=False) as client:
        while (order := client.get(location).json())["order_status"] != "completed":
            assert time.monotonic() < due, order
            time.sleep(0.1)
    assert served.end() == 0
    served.start().wait()
    assert served.said().count(secret) == said.count(secret), "the key is shown once"


def asked(command):
    """Do what a printed curl would; the URL of the order that it is about."""
    words = shlex.split(command.replace("\\\n", " "))
    url = next(word for word in words if word.startswith("http"))
    headers = dict(word.split(": ", 1) for before, word in pairwise(words) if before == "-H")
    if "-d" in words:
        body = words[words.index("-d") + 1]
        answer = httpx.post(url, content=body, headers=headers, trust_env=False)
        assert answer.status_code == 202, answer.text
        return url.removesuffix("/v1/orders") + answer.headers["location"]
    assert httpx.get(url, headers=headers, trust_env=False).status_code == 200
    return url


def test_a_directory_in_use_another_mode_a_newer_format_and_no_journal_are_refused(serving, tmp_path):
    served = serving().start().wait()
    refused(
        tidegate("serve", "--data", served.directory, "--port", 0),
        "in use by process",
        str(served.process.pid),
    )
    SqliteJournal.open(tmp_path / "live", "live").close()
    refused(tidegate("serve", "--data", tmp_path / "live", "--port", 0), "mode 'live', not 'sandbox'")
    SqliteJournal.open(tmp_path / "newer", "sandbox").close()
    with sqlite3.connect(tmp_path / "newer" / "journal.db") as db:
        db.execute("UPDATE header SET value = 99 WHERE name = 'format'")
    refused(tidegate("serve", "--data", tmp_path / "newer", "--port", 0), "format 99")
    (tmp_path / "file").write_text("no folder")
    refused(tidegate("serve", "--data", tmp_path / "file", "--port", 0), str(tmp_path / "file"))


def test_a_port_in_use_and_an_open_address_without_tls_are_refused(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = tidegate("serve", "--data", tmp_path / "shop", "--port", port)
    refused(told, f"port {port}", "another process listens there")
    assert not (tmp_path / "shop").exists(), "a refusal leaves nothing behind"
    refused(
        tidegate("serve", "--data", tmp_path / "shop", "--host", "0.0.0.0"), "not loopback", "--behind-proxy"
    )
    refused(tidegate("serve", "--data", tmp_path / "shop", TIDEGATE_API_KEY="short", seconds=30), "8 to 256")
    assert not (tmp_path / "shop" / FOLDER).exists(), "no twins for a gateway that does not start"


def test_a_killed_gateway_leaves_its_twins_to_the_next_one_and_an_ended_one_takes_them_along(serving):
    served = serving().start().wait()
    twins = served.twins()
    served.end(signal.SIGKILL)
    assert listens(twins)
    served.start().wait()
    assert served.twins() == twins, "adopted, not started anew"
    with httpx.Client(base_url=served.url, headers=HEADERS, trust_env=False) as client:
        units = client.get("/v1/availability?skus=85123A").json()["skus"][0]["available"]
    assert units == 8_750_000, "a sandbox is stocked once"
    assert served.end() == 0
    assert not listens(twins)
    assert "Traceback" not in served.said()


def test_named_twins_are_used_and_never_ended(serving, tmp_path):
    twins = subprocess.Popen(
        [sys.executable, "-m", "sim", "twins", "--data", str(tmp_path / "outside"), "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert twins.stdout is not None
        url = twins.stdout.readline().split()[1].rstrip(",")
        served = serving(options=("--twins", url)).start().wait()
        assert not (served.directory / FOLDER).exists()
        with httpx.Client(base_url=served.url, headers=HEADERS, trust_env=False) as client:
            posted = client.post("/v1/orders", json=an_order(1), headers={"idempotency-key": "one"})
            due = time.monotonic() + 20
            while client.get(posted.headers["location"]).json()["order_status"] != "completed":
                assert time.monotonic() < due
                time.sleep(0.1)
        assert served.end() == 0
        assert twins.poll() is None
        assert len(httpx.get(f"{url}/erp/books", trust_env=False).json()["documents"]) == 1
    finally:
        twins.terminate()
        twins.communicate(timeout=20)


def test_keys_are_made_listed_rotated_and_revoked_while_the_gateway_runs(serving):
    served = serving().start().wait()
    data = ("--data", served.directory)

    def status(secret):
        headers = {"authorization": f"Bearer {secret}"}
        return httpx.get(f"{served.url}/v1/availability?skus=A", headers=headers, trust_env=False).status_code

    def until(secret, wanted):
        due = time.monotonic() + 5
        while status(secret) != wanted:
            assert time.monotonic() < due
            time.sleep(0.1)

    key_id, secret = tidegate(
        "keys", "create", *data, "--name", "till", "--scope", "inventory:read"
    ).stdout.split()
    until(secret, 200)
    listed = tidegate("keys", "list", *data).stdout
    assert key_id in listed
    assert "till" in listed
    assert secret not in listed
    assert KEY not in listed
    _, fresh = tidegate("keys", "rotate", *data, key_id).stdout.split()
    until(secret, 401)
    assert status(fresh) == 200
    assert tidegate("keys", "revoke", *data, key_id).returncode == 0
    until(fresh, 401)
    refused(tidegate("keys", "revoke", *data, key_id), "no living key")
    refused(tidegate("keys", "create", *data, "--scope", "everything"), "no such scope")
    refused(tidegate("keys", "list", "--data", served.directory / "none"), "no such folder")


def test_the_journal_can_be_looked_into_while_the_gateway_runs_on_it(serving, tmp_path):
    served = serving().start().wait()
    told = tidegate("journal", "stats", served.directory)
    numbers = json.loads(told.stdout)
    assert numbers["mode"] == "sandbox"
    assert numbers["turns"] >= 8
    told = tidegate("journal", "verify", served.directory)
    assert told.returncode == 0
    assert told.stdout.startswith("whole: ")
    refused(tidegate("journal", "stats", tmp_path / "none"), "no such folder")
    (tmp_path / "empty").mkdir()
    refused(tidegate("journal", "verify", tmp_path / "empty"), "holds no journal")


def test_bad_twins_are_said_plainly(tmp_path):
    refused(tidegate("twins", "--data", tmp_path, "--config", tmp_path / "none.json"), "none.json")
    (tmp_path / "bad.json").write_text('{"payments": 1}')
    refused(tidegate("twins", "--data", tmp_path, "--config", tmp_path / "bad.json"), "bad.json", "payments")
