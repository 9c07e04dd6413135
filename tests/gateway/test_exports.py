"""Exports through the door: a list as it was at its watermark, as lines of JSON, to whoever asked for it."""

import json
from typing import get_args

import pytest
import trio

from contracts.http_platform import Kind
from gateway.resources.exports import KINDS, OF_BOOKS
from tests.support.gateway import PROBLEM_FIELDS, numbered, opened


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def say(door, body, key, **headers):
    return await door.client.post("/v1/exports", json=body, headers={"idempotency-key": key, **headers})


async def fetched(door, answer):
    """Follow the operation to the export and its rows, as its asker would."""
    assert answer.status_code == 202, answer.text
    assert answer.headers["retry-after"] == "1"
    with trio.fail_after(10):
        while (told := await door.get(answer.headers["location"])).status_code == 200:
            assert (told.json()["status"], told.headers["retry-after"]) == ("running", "1")
            await trio.sleep(0.02)
    assert told.status_code == 303
    export = (await door.get(told.headers["location"])).json()
    assert export["status"] == "done"
    content = await door.get(export["content"])
    assert (content.status_code, content.headers["content-type"]) == (200, "application/x-ndjson")
    assert content.headers["tidegate-watermark"] == export["watermark"]
    return export, [json.loads(line) for line in content.text.splitlines()]


def test_what_may_be_asked_for_is_what_can_be_read():
    assert set(KINDS) == set(get_args(Kind))
    assert set(KINDS) > set(OF_BOOKS)


async def completed(door, number):
    answer = await door.post(numbered(number), f"order-{number}", prefer="wait=10")
    assert answer.json()["order_status"] == "completed"
    return answer.json()["order_id"]


async def test_an_export_has_what_was_there_at_its_watermark_and_nothing_later(door):
    first = await completed(door, 1)
    asked = await say(door, {"kind": "orders"}, "a")
    second = await completed(door, 2)
    again = await say(door, {"kind": "orders"}, "a")
    assert (again.content, again.headers["idempotent-replayed"]) == (asked.content, "true")
    export, rows = await fetched(door, asked)
    assert [row["order_id"] for row in rows] == [first]
    _, later = await fetched(door, await say(door, {"kind": "orders"}, "b"))
    assert [row["order_id"] for row in later] == [first, second]
    _, same = await fetched(door, asked)
    assert same == rows
    assert export["kind"] == "orders"


@pytest.mark.parametrize("kind", ["ledger-entries", "invoices", "credit-notes", "movements", "shipments"])
async def test_each_list_is_exported_whole(door, kind):
    order_id = await completed(door, 1)
    _, rows = await fetched(door, await say(door, {"kind": kind}, "a"))
    mine = [row for row in rows if order_id in (row.get("order_id"), row.get("reference"))]
    assert bool(mine) == (kind != "credit-notes")
    assert all("row" not in row for row in rows)
    if kind in ("ledger-entries", "invoices"):
        _, others = await fetched(door, await say(door, {"kind": kind, "book": "GB02"}, "b"))
        assert others == []


async def test_what_others_have_exported_is_not_there_and_a_scope_of_the_list_is_needed(door):
    asked = await say(door, {"kind": "orders"}, "a")
    location = asked.headers["location"]
    _, other = door.access.create("other", ["exports:read", "exports:write", "orders:read"])
    theirs = {"authorization": f"Bearer {other}"}
    export_id = asked.json()["export_id"]
    for path in (location, f"/v1/exports/{export_id}", f"/v1/exports/{export_id}/content"):
        refused = await door.get(path, **theirs)
        assert (refused.status_code, refused.json()["code"]) == (404, "not-found"), path
    books = await say(door, {"kind": "ledger-entries"}, "b", **theirs)
    assert (books.status_code, books.json()["code"]) == (403, "insufficient-scope")
    assert (await door.get("/v1/operations/exp_x")).status_code == 404
    before = door.turns()
    wrong = await say(door, {"kind": "secrets", "colour": 1}, "c")
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"/kind", "/colour"}
    book = await say(door, {"kind": "orders", "book": "GB01"}, "d")
    assert [error["pointer"] for error in book.json()["errors"]] == ["/book"]
    assert set(book.json()) == PROBLEM_FIELDS
    assert door.turns() == before
