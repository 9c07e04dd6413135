"""Settlement files through the door: imported once, refused with every mistake, their lines judged."""

import pytest

from sim.twins.settlement_files import PayoutRow
from tests.support.gateway import PROBLEM_FIELDS, numbered, opened
from tests.support.settlement_files import a_payout, name_of, text_of

PATH = "/v1/settlement-files"


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


def submission(payout, text=None):
    return {"provider": payout.account, "name": name_of(payout), "content": text or text_of(payout)}


async def a_sale(door):
    answer = await door.post(numbered(1), "order", prefer="wait=10")
    order_id = answer.json()["order_id"]
    (capture,) = (await door.get(f"/v1/orders/{order_id}/payments")).json()["captures"]
    return PayoutRow("t1", "sale", capture["capture_id"], order_id, capture["amount_minor"], 34)


async def test_a_file_is_imported_once_and_its_lines_are_judged(door):
    payout = a_payout(rows=(await a_sale(door), PayoutRow("t2", "sale", "ch_nobody", "ord_9", 700, 10)))
    answer = await door.say(PATH, submission(payout), "a")
    assert (answer.status_code, answer.json()["lines"]) == (202, 2), answer.text
    location = answer.headers["location"]
    assert location == "/v1/settlements/psp-a:S1"
    assert (await door.get(location)).status_code == 200
    again = await door.say(PATH, submission(payout), "a")
    assert (again.content, again.headers["idempotent-replayed"]) == (answer.content, "true")
    await door.quiet()
    told = (await door.get(location)).json()
    assert (told["status"], told["cleared_minor"], told["suspense_minor"]) == ("reconciled", 2025, 700)
    twice = await door.say(PATH, submission(payout), "b")
    assert (twice.status_code, twice.json()["code"]) == (409, "already-imported")
    assert set(twice.json()) == PROBLEM_FIELDS
    (one,) = (await door.get("/v1/discrepancies")).json()["items"]
    assert (one["discrepancy_id"], one["left_minor"]) == ("psp-a:S1:t2", 700)
    assert (await door.get("/v1/discrepancies?provider=psp-b")).json()["items"] == []
    decided = {"action": "write_off", "reason": "nobody's"}
    done = await door.say(f"/v1/discrepancies/{one['discrepancy_id']}/resolution", decided, "c")
    assert done.status_code == 202, done.text
    await door.quiet()
    assert (await door.get("/v1/discrepancies")).json()["items"] == []
    assert (await door.say("/v1/discrepancies/nothing/resolution", decided, "d")).status_code == 404


async def test_a_files_lines_are_listed_and_one_in_suspense_is_decided_over_where_it_stands(door):
    payout = a_payout(rows=(await a_sale(door), PayoutRow("t2", "sale", "ch_nobody", "ord_9", 700, 10)))
    path = (await door.say(PATH, submission(payout), "a")).headers["location"]
    await door.quiet()
    assert [one["line_id"] for one in (await door.get(f"{path}/lines")).json()["items"]] == ["t1", "t2"]
    (one,) = (await door.get(f"{path}/discrepancies")).json()["items"]
    assert (one["line_id"], one["left_minor"]) == ("t2", 700)
    resolution = f"{path}/discrepancies/t2/resolution"
    wrong = await door.say(resolution, {"action": "match", "reason": "found it"}, "b")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "reference-required")
    done = await door.say(resolution, {"action": "write_off", "reason": "nobody's"}, "c")
    assert (done.status_code, done.json()["line_id"]) == (202, "t2")
    await door.quiet()
    assert (await door.get(f"{path}/discrepancies")).json()["items"] == []


async def test_a_file_of_the_same_name_cut_anew_is_refused_and_a_person_hears_of_it(door):
    row = await a_sale(door)
    assert (await door.say(PATH, submission(a_payout(rows=(row,))), "a")).status_code == 202
    other = a_payout(rows=(PayoutRow("t1", "sale", row.about, row.order, row.gross - 1, 34),))
    refused = await door.say(PATH, submission(other), "b")
    assert (refused.status_code, refused.json()["code"]) == (409, "already-imported")
    await door.quiet()
    (one,) = (await door.get("/v1/exceptions?team=finance")).json()["items"]
    assert one["category"] == "settlement-file-refused"


async def test_a_file_that_does_not_add_up_is_refused_whole_with_its_mistakes(door):
    before = door.turns()
    payout = a_payout()
    broken = "".join(line for line in text_of(payout).splitlines(keepends=True) if "ch_2" not in line)
    refused = await door.say(PATH, submission(payout, broken), "a")
    assert (refused.status_code, refused.json()["code"]) == (422, "control-total-mismatch"), refused.text
    assert all(error["pointer"] == "/content" for error in refused.json()["errors"])
    other = await door.say(PATH, submission(payout, "not a file at all"), "b")
    assert (other.status_code, other.json()["code"]) == (422, "settlement-file-refused")
    wrong = await door.say(PATH, {"provider": "psp-z", "name": "n", "content": "c"}, "c")
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/provider"]
    unknown = await door.say(PATH, {"colour": 1}, "d")
    pointers = {error["pointer"] for error in unknown.json()["errors"]}
    assert pointers == {"/colour", "/provider", "/name", "/content"}
    assert (await door.client.post(PATH, json=submission(payout))).json()["code"] == "idempotency-key-missing"
    assert door.turns() == before
