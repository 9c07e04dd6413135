"""Whoever keeps a copy of our things, over both bodies of the twins: the newest version stands."""

from hashlib import sha256

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


def a_file(content, rows=1, **changes):
    """bi/files:put"""
    digest = sha256(content.encode()).hexdigest()
    told = {
        "book": "bi",
        "kind": "fact_order",
        "name": "f",
        "rows": rows,
        "sha256": digest,
        "content": content,
    }
    return told | changes


async def test_a_file_is_taken_whole_or_not_at_all(clock, opened):
    content = "ref,version,status,total\no1,2,completed,510\n"
    async with opened(at_once()) as outside:
        for broken, code in (
            (a_file(content, sha256="0"), "checksum"),
            (a_file(content, rows=2), "control_total"),
            (a_file("ref,status\no1,completed\n"), "malformed_file"),
            (a_file(content[:-4] + '"'), "malformed_file"),
        ):
            status, answer = await outside.say("bi/files:put", broken)
            assert (status, answer["error"]["code"]) == (422, code)
        assert (await outside.books())["bi"]["books"] == {}
        for _ in range(2):
            assert (await outside.say("bi/files:put", a_file(content)))[0] == 200
        assert await outside.say("bi/files:put", a_file("ref,version,status,total\no1,3,,600\n")) == (
            200,
            {"refused": []},
        )
        books = (await outside.books())["bi"]
        row = {"ref": "o1", "version": 3, "status": "completed", "total": "600"}
        assert books["books"] == {"bi": {"fact_order": [row]}}


async def test_a_message_is_sent_once_for_ever_by_its_key(clock, opened):
    fields = {"template": "shipped", "subject": "SH-1", "order": "o1", "to": "a@b.example"}
    items = {"book": "mail", "items": [{"kind": "messages", "ref": "k1", "version": 1, "fields": fields}]}
    async with opened(at_once()) as outside:
        for _ in range(3):
            assert await outside.say("mail/items:push", items) == (200, {"refused": []})
        books = (await outside.books())["mail"]
        assert [row["key"] for row in books["messages"]] == ["k1"]
        assert books["counts"] == {"repeated": 2}
