"""Erased is erased: after a kill, a restart, and with the journal of before put back."""

import shutil
import signal
import time

import httpx
import pytest

from tests.support.serving import HEADERS, Served, an_order

WORDS = (b"Zaphod", b"zaphod@example.org", b"Betelgeuse")
PERSON = {
    "customer_id": "C-1",
    "contact": {"name": "Zaphod", "email": "zaphod@example.org", "phone": None},
    "ship_to": {"name": "Zaphod", "lines": ["5 Betelgeuse"], "city": "Aberdeen", "country": "GB"},
}


def in_clear(directory):
    """The words that stand in any file of the data directory; the twins' books are others' files."""
    own = [path for path in directory.rglob("*") if path.is_file() and "twins" not in path.parts]
    assert any(path.name == "journal.db" for path in own)
    return {word for path in own for word in WORDS if word in path.read_bytes()}


def until(client, path, true):
    due = time.monotonic() + 40
    while time.monotonic() < due:
        body = client.get(path).json()
        if true(body):
            return body
        time.sleep(0.1)
    raise AssertionError(body)


@pytest.fixture
def served(tmp_path):
    one = Served(tmp_path / "data").start().wait()
    yield one
    one.stop_all()


def test_what_was_erased_stays_erased_and_no_file_holds_it(served):
    with httpx.Client(base_url=served.url, headers=HEADERS, trust_env=False, timeout=20) as client:
        posted = client.post("/v1/orders", json=an_order(1, **PERSON), headers={"idempotency-key": "k"})
        assert posted.status_code == 202, posted.text
        path = posted.headers["location"]
        order = until(client, path, lambda body: body["order_status"] == "completed")
        assert order["personal_data"] == "sealed"
        assert client.get("/v1/customers/C-1").json()["contact"]["name"] == "Zaphod"
        assert in_clear(served.directory) == set()
        assert served.end() == 0
        backup = served.directory.with_name("backup.db")
        shutil.copy(served.directory / "journal.db", backup)

        served.start().wait()
        erased = client.delete("/v1/customers/C-1", headers={"idempotency-key": "e"})
        assert erased.status_code == 202, erased.text
        until(client, path, lambda body: body["personal_data"] == "erased")
        assert served.end(signal.SIGKILL) == -signal.SIGKILL
        assert in_clear(served.directory) == set()

        served.start().wait()
        assert client.get(path).json()["personal_data"] == "erased"
        assert until(client, "/v1/customers/C-1", lambda body: body["status"] == "erased")["contact"] is None
        assert served.end() == 0

        # The journal of before the erasure, in the place of the one of after it.
        for left in served.directory.glob("journal.db-*"):
            left.unlink()
        shutil.copy(backup, served.directory / "journal.db")
        served.start().wait()
        restored = client.get(path).json()
        assert (restored["order_status"], restored["personal_data"]) == ("completed", "erased")
        assert client.get("/v1/customers/C-1").json()["contact"] is None
        assert in_clear(served.directory) == set()
