"""The stores' tills, over both bodies of the twins."""

import pytest
import trio
from trio.testing import MockClock

from tests.support.twins import at_once, open_http, open_memory

RECEIPT = {
    "store": "ST1",
    "till": "1",
    "receipt": "R1",
    "cash": 140,
    "card": 100,
    "items": [{"item": "A", "qty": 2, "net": 200, "tax": 40}],
}
CLOSE = {"store": "ST1", "till": "1"}


@pytest.fixture(params=["memory", "http"])
def clock(request):
    return MockClock(autojump_threshold=0) if request.param == "memory" else None


@pytest.fixture
def opened(clock, tmp_path):
    if clock is None:
        return lambda config: open_http(config, tmp_path / "twins")
    return open_memory


async def test_a_closing_is_what_was_rung_up_since_the_last_one_and_its_file_says_so(opened):
    async with opened(at_once()) as outside:
        assert (await outside.say("tills/sales:ring", RECEIPT))[0] == 201
        assert await outside.say("tills/closings:close", CLOSE) == (201, {"closing": "ST1-1-0001"})
        assert await outside.say("tills/closings:close", CLOSE) == (200, {"closing": None})
        await outside.say("tills/sales:ring", {**RECEIPT, "receipt": "R2"})
        assert (await outside.say("tills/closings:close", CLOSE))[1] == {"closing": "ST1-1-0002"}
        _, listed = await outside.say("tills/till_files", {"after": 0, "limit": 200})
        assert [(one["n"], one["store"], one["name"]) for one in listed["records"]] == [
            (1, "ST1", "ST1-1-0001.csv"),
            (2, "ST1", "ST1-1-0002.csv"),
        ]
        _, file = await outside.say("tills/till_file", {"n": 1})
        lines = file["content"].split("\r\n")
        assert [line.partition(",")[0] for line in lines] == ["TILL", "SALE", "ITEM", "TOTAL", ""]
        assert lines[3] == "TOTAL,1,2,2.00,0.40,1.40,1.00"
        (first, second) = (await outside.books())["tills"]["closings"]
        assert (first["units"], first["net"], first["tax"]) == ({"A": 2}, 200, 40)
        assert second["sales"] == 1


async def test_what_is_not_paid_or_printed_already_is_no_sale_and_what_is_not_there_is_no_file(opened):
    async with opened(at_once()) as outside:
        assert (await outside.say("tills/sales:ring", {**RECEIPT, "cash": 0}))[0] == 422
        assert (await outside.say("tills/sales:ring", {**RECEIPT, "items": []}))[0] == 400
        await outside.say("tills/sales:ring", RECEIPT)
        assert (await outside.say("tills/sales:ring", RECEIPT))[0] == 409
        assert (await outside.say("tills/till_file", {"n": 1}))[0] == 404


@pytest.mark.parametrize("wrong", ["till_truncated_bp", "till_wrong_total_bp"])
async def test_a_file_is_first_cut_off_or_wrong_then_right_and_comes_twice(opened, wrong):
    async with opened(at_once(till_twice_bp=10_000, till_late_ms=400, **{wrong: 10_000})) as outside:
        await outside.say("tills/sales:ring", RECEIPT)
        await outside.say("tills/closings:close", CLOSE)
        await trio.sleep(0.6)
        contents = [(await outside.say("tills/till_file", {"n": n}))[1]["content"] for n in (1, 2, 3)]
        assert contents[0] != contents[1] == contents[2]
        assert ("TOTAL" in contents[0]) == (wrong == "till_wrong_total_bp")
