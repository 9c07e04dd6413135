"""Whoever keeps a copy of our things, over both bodies of the twins: the newest version stands."""

import pytest
from trio.testing import MockClock

from tests.support.twins import at_once, open_http, open_memory


@pytest.fixture(params=["memory", "http"])
def clock(request):
    return MockClock(autojump_threshold=0) if request.param == "memory" else None


@pytest.fixture
def opened(clock, tmp_path):
    if clock is None:
        return lambda config: open_http(config, tmp_path / "twins")
    return open_memory


def push(*items, book="web"):
    """channels/items:push"""
    told = [
        {"kind": "orders", "ref": ref, "version": version, "fields": fields} for ref, version, fields in items
    ]
    return {"book": book, "items": told}


def read(*refs, book="web"):
    """channels/items:read"""
    return {"book": book, "refs": [["orders", ref] for ref in refs]}


async def test_an_older_version_changes_nothing_and_a_field_that_is_not_named_stays(clock, opened):
    async with opened(at_once()) as outside:
        taken: tuple[int, dict[str, list[str]]] = (200, {"refused": []})
        assert (
            await outside.say("channels/items:push", push(("o1", 2, {"state": "b", "tracking": "T"})))
            == taken
        )
        assert await outside.say("channels/items:push", push(("o1", 1, {"state": "a"}))) == taken
        assert await outside.say("channels/items:push", push(("o1", 3, {"state": "c"}))) == taken
        _, answer = await outside.say("channels/items:read", read("o1", "o2"))
        row = {"kind": "orders", "ref": "o1", "version": 3, "fields": {"state": "c", "tracking": "T"}}
        assert answer == {"rows": [row]}
        books = (await outside.books())["channels"]
        assert books["counts"] == {"stale": 1}
        assert books["books"] == {
            "web": {"orders": [{"ref": "o1", "version": 3, "state": "c", "tracking": "T"}]}
        }


async def test_each_channel_has_a_book_of_its_own(clock, opened):
    async with opened(at_once()) as outside:
        await outside.say("channels/items:push", push(("o1", 1, {"state": "a"})))
        await outside.say("channels/items:push", push(("o1", 1, {"state": "b"}), book="phone"))
        _, answer = await outside.say("channels/items:read", read("o1", book="phone"))
        assert [row["fields"] for row in answer["rows"]] == [{"state": "b"}]


async def test_what_is_not_known_there_is_refused_by_name_and_the_rest_is_taken(clock, opened):
    async with opened(at_once()) as outside:
        items = push(("T-NOT-LISTED", 1, {}), ("o1", 1, {}))
        refused = [{"kind": "orders", "ref": "T-NOT-LISTED", "code": "unknown_ref"}]
        assert await outside.say("channels/items:push", items) == (200, {"refused": refused})
        assert len((await outside.books())["channels"]["books"]["web"]["orders"]) == 1


async def test_a_row_may_be_taken_and_lost_once(clock, opened):
    async with opened(at_once(mirror_loses_bp=10_000)) as outside:
        items = push(("o1", 1, {}))
        assert await outside.say("channels/items:push", items) == (200, {"refused": []})
        assert (await outside.say("channels/items:read", read("o1")))[1] == {"rows": []}
        await outside.say("channels/items:push", items)
        assert len((await outside.say("channels/items:read", read("o1")))[1]["rows"]) == 1
