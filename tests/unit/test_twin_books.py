"""The twins' books by themselves: plain calls, time as an argument."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.ports import DAY_MS
from sim.twins import TwinsConfig
from sim.twins.body import SHAPE
from sim.twins.draw import below, hits, token
from sim.twins.erp import Erp
from sim.twins.gate import Gate
from sim.twins.payments import Payments
from sim.twins.rates import tax_of, zone_of
from sim.twins.sqlite import SqliteStore, TwinsRefused
from sim.twins.store import Store
from sim.twins.system import Kept
from sim.twins.warehouse import Warehouse
from tests.support.twins import at_once

NOW = 1_700_000_000_000


def authorization(reference="o1", source="tok_visa"):
    return {"amount": 100, "currency": "gbp", "source": source, "reference": reference}


def shipping_order(name):
    items = [{"line": "1", "item": "A", "qty": 1}]
    return {"depositor_order": name, "ref": "o", "site": "L1", "items": items, "ship_to": {}, "service": "s"}


def test_a_draw_is_the_same_on_every_machine():
    assert [below(1_000, 7, "s", "order", n) for n in range(4)] == [747, 467, 32, 859]
    assert token("a", "b") == "f84c4d669fe0d410"


def test_a_share_hits_about_that_many():
    hit = sum(hits(100, 1, "s", f"o{n}") for n in range(20_000))
    assert 150 <= hit <= 250
    assert not any(hits(0, 1, "s", f"o{n}") for n in range(100))


def test_an_effect_key_is_forgotten_after_a_day_and_then_pays_again():
    books = Payments(at_once(), Store())
    first = books.handle("authorizations", "k", authorization(), NOW)
    assert books.handle("authorizations", "k", authorization(), NOW + DAY_MS - 1) == first
    later = books.handle("authorizations", "k", authorization(), NOW + DAY_MS)
    assert later.body["id"] != first.body["id"]
    assert len(books.books()["authorizations"]) == 2


def test_an_answer_cannot_be_changed_by_who_got_it():
    books = Payments(at_once(), Store())
    first = books.handle("authorizations", "k", authorization(), NOW)
    held = first.body["id"]
    first.body.clear()
    assert books.handle("authorizations", "k", authorization(), NOW).body["id"] == held


def test_an_authorization_expires_after_seven_days():
    books = Payments(at_once(), Store())
    held = books.handle("authorizations", "k", authorization(), NOW).body
    assert held["expires_at"] == NOW + 7 * DAY_MS
    capture = {"authorization": held["id"], "amount": 100, "currency": "gbp", "reference": "o1"}
    late = books.handle("captures", "c1", capture, NOW + 7 * DAY_MS)
    assert (late.status, late.body) == (409, {"error": {"code": "authorization_expired"}})
    assert books.handle("captures", "c2", capture, NOW + 7 * DAY_MS - 1).status == 200


def test_a_share_of_orders_is_declined_and_always_the_same_ones():
    config = at_once(decline_bp=1_000)

    def declined():
        books = Payments(config, Store())
        orders = [f"o{n}" for n in range(1_000)]
        return [o for o in orders if books.handle("authorizations", o, authorization(o), NOW).status == 402]

    assert 60 <= len(declined()) <= 140
    assert declined() == declined()


@given(st.integers(0, 10**9), st.integers(0, 3_000))
def test_contained_tax_and_added_tax_agree_within_one_unit(net, rate):
    added = tax_of(net, rate, inclusive=False)
    assert abs(added * 10_000 - net * rate) <= 5_000
    assert abs(tax_of(net + added, rate, inclusive=True) - added) <= 1


def test_halves_round_up():
    assert tax_of(50, 100, inclusive=False) == 1
    assert tax_of(49, 100, inclusive=False) == 0
    assert tax_of(3, 2000, inclusive=True) == 1


def test_a_region_is_looked_up_before_its_country():
    assert zone_of("US", "CA") == "US-CA"
    assert zone_of("US", "WY") == "ZZ"
    assert zone_of("GB", "CA") == "GB"


def test_shipments_are_numbered_by_due_time_then_by_name():
    books = Warehouse(at_once(pick_min_ms=10, pick_max_ms=10), Store())
    for name, at in (("c", 0), ("b", 5), ("a", 5), ("d", 20)):
        books.handle("shipping_orders", "", shipping_order(name), NOW + at)
    # Due at 10, 15, 15 and 30; looked at once, long after.
    feed = books.handle("confirmations", "", {"after": 0, "limit": 200}, NOW + 1_000).body
    assert [(row["n"], row["depositor_order"]) for row in feed["records"]] == [
        (1, "c"),
        (2, "a"),
        (3, "b"),
        (4, "d"),
    ]
    assert [row["shipped_at"] - NOW for row in feed["records"]] == [10, 15, 15, 30]


def test_pick_times_stay_in_their_range_and_differ():
    books = Warehouse(at_once(pick_min_ms=200, pick_max_ms=600), Store())
    for n in range(200):
        books.handle("shipping_orders", "", shipping_order(f"f{n}"), NOW)
    books.advance(NOW + 600)
    at = [row["shipped_at"] - NOW for row in books.handle("confirmations", "", {}, NOW + 600).body["records"]]
    assert len(at) == 200
    assert 200 <= min(at) < 230
    assert 570 < max(at) <= 600


def test_the_bucket_fills_again_at_its_rate():
    gate = Gate("erp", at_once(erp={"quota_per_s": 20, "burst": 2}).erp)
    assert gate.enter(NOW) is None
    assert gate.enter(NOW) is None
    refused = gate.enter(NOW)
    assert refused is not None
    assert (refused.status, refused.retry_after_ms) == (429, 50)
    assert gate.enter(NOW + 49) is not None
    assert gate.enter(NOW + 50) is None
    assert gate.traffic.over_quota == 2


def test_latency_shape_runs_from_least_to_most():
    assert SHAPE[0] == 0
    assert SHAPE[-1] == 1_000
    assert list(SHAPE) == sorted(SHAPE)


def test_the_config_goes_through_json_and_names_what_is_wrong():
    config = TwinsConfig.standard(seed=7)
    assert TwinsConfig.from_json(config.to_json()) == config
    assert (config.erp.concurrency, config.erp.quota_per_s, config.erp.burst) == (15, 20, 20)
    assert config.changed({"erp": {"quota_per_s": 5}}).erp.quota_per_s == 5
    with pytest.raises(msgspec.ValidationError, match="speed"):
        config.changed({"erp": {"speed": 5}})
    with pytest.raises(msgspec.ValidationError, match="latency_min_ms"):
        config.changed({"tax": {"latency_min_ms": 5_000}})
    with pytest.raises(msgspec.ValidationError, match="decline_bp"):
        config.changed({"decline_bp": 10_001})


async def test_the_store_gives_back_what_was_committed_in_the_order_of_creation(tmp_path, nursery):
    store = SqliteStore(tmp_path / "t.sqlite")
    nursery.start_soon(store.run_committer)
    table = store.table("t", Kept)
    for key in "abc":
        table.put(key, Kept(1, b"", 200, key.encode()))
    await store.committed()
    table.drop("a")
    table.put("b", Kept(2, b"", 200, b"b"))
    table.put("d", Kept(3, b"", 200, b"d"))
    table.put("a", Kept(4, b"", 200, b"a"))
    table.put("e", Kept(5, b"", 200, b"e"))
    table.drop("e")
    await store.committed()
    await store.committed()
    table.put("f", Kept(6, b"", 200, b"never committed"))
    store.close()
    again = SqliteStore(tmp_path / "t.sqlite")
    kept = again.table("t", Kept).rows
    again.close()
    del table.rows["f"]
    assert list(kept.items()) == list(table.rows.items())
    assert list(kept) == ["b", "c", "d", "a"]


async def test_a_file_of_another_kind_or_a_newer_format_is_refused(tmp_path):
    path = tmp_path / "t.sqlite"
    path.write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(TwinsRefused, match="not a database"):
        SqliteStore(path)
    path.unlink()
    store = SqliteStore(path)
    store._connection.execute("PRAGMA user_version=99")
    store.close()
    with pytest.raises(TwinsRefused, match="newer"):
        SqliteStore(path)


def test_the_erp_refuses_its_share_and_names_an_item_of_the_order():
    books = Erp(at_once(erp_reject_bp=1_000), Store())
    items = [{"line": str(n), "item": f"I{n}", "qty": 1, "amt": 1} for n in range(3)]
    answers = [
        books.handle(
            "sales_orders", "", {"external_ref": f"o{n}", "curr": "GBP", "total": 3, "items": items}, NOW
        )
        for n in range(1_000)
    ]
    refused = [answer.body["item"] for answer in answers if answer.status == 422]
    assert 60 <= len(refused) <= 140
    assert set(refused) == {"I0", "I1", "I2"}
    assert len(books.books()["documents"]) == 1_000 - len(refused)
