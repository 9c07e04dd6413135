"""/v1/customers over HTTP: told, shown to who may know, erased; and nothing of it left in any file."""

import httpx
import pytest
import trio

from tests.support.gateway import numbered, opened

PERSON = {"contact": {"name": "Zaphod B.", "email": "zaphod@example.org", "phone": None}}
CUSTOMER = {**PERSON, "changed_at": "2026-05-17T10:00:00Z"}


async def until(door, path, true):
    with trio.fail_after(20):
        while not true(body := (await door.get(path)).json()):
            await trio.sleep(0.02)
    return body


async def test_a_customer_is_told_shown_and_superseded_by_what_is_newer(tmp_path):
    async with opened(tmp_path) as door:
        path = "/v1/customers/C-9"
        assert (await door.get(path)).status_code == 404
        new = {"idempotency-key": "c1", "if-none-match": "*"}
        put = await door.client.put(path, json=CUSTOMER, headers=new)
        assert (put.status_code, put.json()["status"]) == (201, "known")
        shown = await door.get(path)
        assert shown.json()["contact"] == CUSTOMER["contact"]
        older = {**CUSTOMER, "changed_at": "2026-05-16T10:00:00Z"}
        seen = {"idempotency-key": "c2", "if-match": shown.headers["etag"]}
        put = await door.client.put(path, json=older, headers=seen)
        assert put.json()["status"] == "superseded"


@pytest.mark.parametrize("number", ["C%0A1", "C%25 1", "Zo%C3%AB 7", "C%F1%A6%93%B6%13"])
async def test_whatever_a_customers_number_holds_the_answer_says_where_they_are_found(tmp_path, number):
    async with opened(tmp_path) as door:
        new = {"idempotency-key": "c1", "if-none-match": "*"}
        put = await door.client.put(f"/v1/customers/{number}", json=CUSTOMER, headers=new)
        assert put.status_code == 201
        found = await door.get(put.headers["location"])
        assert (found.status_code, found.json()["contact"]) == (200, CUSTOMER["contact"])


async def test_an_order_of_an_erased_customer_stands_and_says_so(tmp_path):
    async with opened(tmp_path) as door:
        posted = await door.post(numbered(1, customer_id="C-1"), "k1")
        location = posted.headers["location"]
        order = await door.rest(location)
        assert order["personal_data"] == "sealed"
        tag = (await door.get(location)).headers["etag"]
        erased = await door.client.delete("/v1/customers/C-1", headers={"idempotency-key": "e1"})
        assert erased.status_code == 202, erased.text
        gone = await until(door, "/v1/customers/C-1", lambda body: body["status"] == "erased")
        assert (gone["contact"], gone["address"]) == (None, None)
        again = await door.get(location, **{"if-none-match": tag})
        assert (again.status_code, again.json()["personal_data"]) == (200, "erased")
        assert again.json()["amounts"] == order["amounts"]
        assert (await door.get(f"{location}/timeline")).json()["personal_data"] == "erased"


async def test_a_guest_is_erased_by_the_order_and_a_customer_is_not(tmp_path):
    async with opened(tmp_path) as door:
        guest = (await door.post(numbered(1, customer_id=None), "k1")).headers["location"]
        theirs = (await door.post(numbered(2, customer_id="C-2"), "k2")).headers["location"]
        await door.rest(guest)
        await door.rest(theirs)
        refused = await door.client.delete(f"{theirs}/personal-data", headers={"idempotency-key": "e2"})
        assert (refused.status_code, refused.json()["code"]) == (409, "not-a-guest")
        taken = await door.client.delete(f"{guest}/personal-data", headers={"idempotency-key": "e1"})
        assert taken.status_code == 202, taken.text
        await until(door, guest, lambda body: body["personal_data"] == "erased")


async def test_whoever_is_not_known_cannot_be_erased_and_leaves_no_turn(tmp_path):
    async with opened(tmp_path) as door:
        turns = door.turns()
        for path in ("/v1/customers/C-404", "/v1/orders/ord_none/personal-data", "/v1/customers/guest:x"):
            answer = await door.client.delete(path, headers={"idempotency-key": path})
            assert answer.status_code == 404, path
        assert door.turns() == turns


@pytest.mark.parametrize("scope", ["customers:read", "customers:write", "customers:erase"])
async def test_each_has_a_scope_of_its_own(tmp_path, scope):
    async with opened(tmp_path) as door:
        await door.client.put("/v1/customers/C-9", json=CUSTOMER, headers={"if-none-match": "*"})
        _, secret = door.access.create("one", scopes=[scope])
        headers = {"authorization": f"Bearer {secret}", "idempotency-key": "k"}
        async with httpx.AsyncClient(base_url=door.url, headers=headers, trust_env=False) as client:
            statuses = {
                "customers:read": (await client.get("/v1/customers/C-9")).status_code,
                "customers:write": (await client.put("/v1/customers/C-9", json=CUSTOMER)).status_code,
                "customers:erase": (await client.delete("/v1/customers/C-9")).status_code,
            }
        assert {one for one, status in statuses.items() if status != 403} == {scope}
