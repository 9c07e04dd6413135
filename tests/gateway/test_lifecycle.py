"""A contract that changed: old and new side by side, the old one counted by client until its sunset, then gone."""

import re
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.runtime.real import RealClock
from contracts.http import CancellationSubmission
from contracts.http_cancellations import CAUSES, CancellationAsked, reason_of, upcast
from gateway import lifecycle
from gateway.auth import Access
from gateway.lifecycle import CHANGED, RETIRED
from tests.support.gateway import numbered, opened


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def cancelled(door, n, body):
    order = (await door.post(numbered(n, lines=[T_SHORT_LINE]), f"o{n}")).headers["location"]
    return order, await door.client.post(
        f"{order}/cancellations", json=body, headers={"idempotency-key": f"c{n}"}
    )


T_SHORT_LINE = {"line_id": "1", "sku": "85123A", "quantity": 6, "unit_price_minor": 255, "discounts": []}


async def test_the_new_contract_is_taken_without_a_word(door):
    for n, body in enumerate(
        ({"cause": "fraud", "note": "seen before"}, {"cause": "customer"}, {"note": "why not"})
    ):
        _, answer = await cancelled(door, n, body)
        assert answer.status_code in (202, 409), answer.text
        assert not {"deprecation", "sunset"} & set(answer.headers)


async def test_the_old_contract_is_taken_told_to_end_and_counted_by_client(door):
    _, answer = await cancelled(door, 1, {"reason": "changed my mind"})
    assert answer.status_code in (202, 409), answer.text
    assert re.fullmatch(r"@\d{10}", answer.headers["deprecation"])
    since = int(answer.headers["deprecation"][1:])
    assert parsedate_to_datetime(answer.headers["sunset"]).timestamp() > since
    assert 'rel="deprecation"' in answer.headers["link"]
    _, other = door.access.create("other")
    for key in ("a", "b"):
        order = (await door.post(numbered(f"x{key}"), key, authorization=f"Bearer {other}")).headers[
            "location"
        ]
        await door.client.post(
            f"{order}/cancellations", json={"reason": "fraud"},
            headers={"idempotency-key": key, "authorization": f"Bearer {other}"},
        )  # fmt: skip
    (row,) = (await door.get("/v1/deprecations")).json()["items"]
    assert (row["contract"], row["state"]) == ("cancellation@1", "deprecated")
    assert [use["times"] for use in row["uses"]] == [2, 1]
    assert len({use["client"] for use in row["uses"]}) == 2


async def test_wrong_fields_are_named_in_the_contract_that_was_sent(door):
    order = (await door.post(numbered(1), "o")).headers["location"]
    for body, pointers in (
        ({"cause": "weather"}, {"/cause"}),
        ({"cause": "fraud", "reason": "both"}, {"/reason"}),
        ({"reason": "", "x": 1}, {"/reason", "/x"}),
        ({"reason": 5}, {"/reason"}),
    ):
        answer = await door.client.post(f"{order}/cancellations", json=body, headers={"idempotency-key": "c"})
        assert answer.status_code == 422
        assert {one["pointer"] for one in answer.json()["errors"]} == pointers


async def test_a_retired_contract_is_410_and_says_what_to_send(door, monkeypatch):
    gone = CHANGED[0]._replace(state=RETIRED)
    monkeypatch.setitem(lifecycle._BY_NEW, CancellationAsked, gone)
    before = (await door.post(numbered(1), "o")).headers["location"]
    answer = await door.client.post(
        f"{before}/cancellations", json={"reason": "x"}, headers={"idempotency-key": "c"}
    )
    assert (answer.status_code, answer.json()["code"]) == (410, "contract-retired")
    assert "cause" in answer.json()["detail"]
    assert "sunset" in answer.headers
    assert door.access.uses.of("cancellation@1") == []


def test_uses_are_kept_across_a_restart(tmp_path):
    access = Access(tmp_path, RealClock())
    for _ in range(3):
        access.uses.count("cancellation@1", "cli_a")
    access.close()
    access = Access(tmp_path, RealClock())
    access.uses.count("cancellation@1", "cli_a")
    assert [(use.client, use.times) for use in access.uses.of("cancellation@1")] == [("cli_a", 4)]
    access.close()


@given(st.one_of(st.sampled_from(CAUSES), st.text(min_size=1, max_size=128)))
def test_nothing_that_the_old_contract_says_is_lost_on_the_way_to_the_new(reason):
    newest = upcast(CancellationSubmission(reason))
    assert newest.cause in CAUSES
    assert reason_of(newest) == reason
