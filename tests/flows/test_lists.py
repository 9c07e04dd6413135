"""The lists of `views.db`: the same however they are filled, and filled again whenever they cannot be trusted."""

import sqlite3

import msgspec
import pytest

from actors.journal.memory import MemoryJournal
from actors.views import ledger, settlements
from actors.views.lineage import lineage
from actors.views.movements import movements
from actors.views.store import ViewStore
from actors.views.tables import COMPARED, TABLES
from actors.views.trial_balance import TrialBalance
from contracts.codec import decode_turn, encode
from contracts.inventory import StockRow
from contracts.stock import BUCKETS, OUTSIDE, ApplyCount, MoveStock, OpenCount, TakeStock
from sim.twins.settlement_files import PayoutRow
from tests.support.settlement_files import a_payout
from tests.support.settling import bring, sales_of
from tests.support.shop import an_order, id_of

TABLE_NAMES = (
    "postings", "entries", "documents", "movements", "held", "files", "lines", "orders", "fulfillment_orders",
    "shipments", "scans", "purchases", "customers",
)  # fmt: skip
# What this world's story has none of in its end.
EMPTY_HERE = ("held", "scans", "purchases", "customers")


async def a_busy_world(open_world, **options):
    """Orders that end in every way, one in two places, stock by hand, a settlement file."""
    world = await open_world(**options)
    big = an_order(("TEA", 1_003), ("BOOK", 1), n=1)
    for order in (big, an_order(("TEA", 1), ("SOAP", 2), n=2), an_order(("MUG", 1), n=3)):
        await world.play(order)
    unlucky = an_order(("MUG", 1), n=4, token="tok_capture_fails")
    refused = an_order(("SOAP", 1), n=5, token="tok_declined")
    for order in (unlucky, refused):
        await world.place(order)
    await world.ended(unlucky, refused)
    pool = "default"
    for name, command in (
        ("m", MoveStock(pool, "m", "broken", "available", "damaged", (StockRow("SOAP", "WH1", 2),))),
        ("t", TakeStock(pool, "t", (StockRow("SOAP", "WH1", 100_000),))),
        ("o", OpenCount(pool, "c", "WH1", ("SOAP",))),
    ):
        world.record("inventory", pool, command, name)
        await world.quiet()
    world.record("inventory", pool, ApplyCount(pool, "c", (StockRow("SOAP", "WH1", 7),)), "a")
    await world.quiet()
    await bring(world, a_payout(rows=(*sales_of(world), PayoutRow("t9", "sale", "ch_nobody", "", 300, 20))))
    return world


def attached(journal, path=None):
    """Lists of a journal, told of all its groups and not filled yet."""
    store = ViewStore(TABLES, path)
    store.attach(journal)
    tell(store, journal)
    return store


def tell(store, journal, start=0):
    for _, group in journal.read(start):
        store.take([decode_turn(data) for data in group])


def filled(store, most=200):
    while store.fill(most):
        pass
    return store


def everything(store):
    return {name: sorted(store.select(f"SELECT * FROM {name}")) for name in TABLE_NAMES}


async def test_lists_are_the_same_filled_as_it_went_in_one_go_or_turn_by_turn(open_world):
    live = ViewStore(TABLES)
    world = await a_busy_world(open_world, views=live)
    filled(live)
    assert all(
        live.select(f"SELECT count(*) FROM {name}")[0][0] for name in TABLE_NAMES if name not in EMPTY_HERE
    )
    for most in (1, 1_000_000):
        assert everything(filled(attached(world.inner_journal), most)) == everything(live)


async def test_movements_fold_to_the_positions_that_the_pool_has(open_world):
    world = await a_busy_world(open_world)
    store = filled(attached(world.inner_journal))
    pool = world.system.look("inventory", "default")
    levels = dict.fromkeys(
        [(sku, at, bucket) for sku, places in pool.positions.items() for at in places for bucket in BUCKETS],
        0,
    )
    for sku in pool.positions:
        rows = movements(store, sku, limit=1_000_000)
        assert rows
        for row in rows:
            assert row.quantity > 0
            for bucket, at, sign in (
                (row.from_bucket, row.location, -1),
                (row.to_bucket, row.to_location or row.location, 1),
            ):
                if bucket != OUTSIDE:
                    levels[sku, at, bucket] += (
                        -sign * row.quantity if bucket == "forced" else sign * row.quantity
                    )
    assert levels == {
        (sku, at, bucket): getattr(position, bucket)
        for sku, places in pool.positions.items()
        for at, position in places.items()
        for bucket in BUCKETS
    }
    assert levels["SOAP", "WH1", "forced"] or levels["SOAP", "WH1", "damaged"]
    assert store.select("SELECT * FROM held") == []
    at_wh2 = movements(store, "TEA", location="WH2", limit=1_000)
    assert {row.location for row in at_wh2} == {"WH2"}


async def test_the_list_of_postings_has_every_posting_and_balances_on_any_day(open_world):
    world = await a_busy_world(open_world)
    store = filled(attached(world.inner_journal))
    view = TrialBalance()
    for turn in world.turns():
        view.take([turn])
    assert ledger.trial_balance(store) == [("GB01", "GBP", view.of("GB01", "GBP"))]
    assert ledger.trial_balance(store, until_day=20000101) == []
    rows = ledger.postings(store, limit=1_000)
    assert [row.posting_id for row in rows] == [one.posting_id for one in world.facts("ledger.posted")]
    for row in rows:
        signed = [e["amount_minor"] * (1 if e["side"] == "D" else -1) for e in row.entries]
        assert sum(signed) == 0
    few = ledger.postings(store, account="1000 bank", limit=10)
    assert [row.step for row in few] == ["payout"]
    assert ledger.postings(store, book="elsewhere") == []


async def test_lineage_leads_from_the_order_over_its_postings_to_the_line_that_paid(open_world):
    world = await a_busy_world(open_world)
    store = filled(attached(world.inner_journal))
    order_id = id_of(an_order(n=3))
    found = lineage(store, order_id)
    assert not found["truncated"]
    (invoice,) = found["documents"]
    assert (invoice["kind"], invoice["order_id"]) == ("invoice", order_id)
    assert {one["step"] for one in found["postings"]} == {"invoice", "cost", "capture"}
    turns = {f"{turn.partition}.{turn.pos}": turn for turn in world.turns()}
    for posting in found["postings"]:
        assert turns[posting["turn"]].actor == "finance"
        assert turns[posting["caused_by"]].subject == order_id
    (line,) = found["settlement_lines"]
    assert (line["gross_minor"], line["reason"], line["file_status"]) == (
        invoice["gross_minor"],
        "",
        "reconciled",
    )
    file = settlements.file_of(store, "psp-a", line["file_id"])
    assert file is not None
    assert line["payout_id"] == file.payout_id


async def test_a_line_in_suspense_is_listed_until_it_leaves(open_world):
    world = await a_busy_world(open_world)
    store = attached(world.inner_journal)
    filled(store)
    ((_, file),) = settlements.files(store)
    ((_, line),) = settlements.lines(store, file.provider, file.file_id, in_suspense=True)
    assert (line.line_id, line.reason, line.left_minor) == ("t9", "unknown", 300)
    assert len(settlements.lines(store, file.provider, file.file_id)) == 1 + len(sales_of(world))


async def test_a_start_goes_on_where_the_lists_were(open_world, tmp_path):
    world = await a_busy_world(open_world)
    path = tmp_path / "views.db"
    first = filled(attached(world.inner_journal, path))
    before = everything(first)
    first.close()
    groups = sum(1 for _ in world.inner_journal.read())
    await world.play(an_order(("TEA", 1), n=9))
    again = attached(world.inner_journal, path)
    filled(again)
    assert again.rebuilt == 0
    assert again.folded == sum(len(group) for _, group in world.inner_journal.read(groups))
    assert everything(again) == everything(filled(attached(world.inner_journal)))
    assert everything(again) != before


async def restored(journal):
    """A backup from long ago."""
    return await copied([turns for _, turns in journal.read()][:3])


async def gone_on_otherwise(journal):
    """A backup after which something else has happened."""
    *groups, last = [turns for _, turns in journal.read()]
    turn = decode_turn(last[-1])
    other = encode(msgspec.structs.replace(turn, at_ms=turn.at_ms + 1))
    return await copied([*groups, [*last[:-1], other]])


async def copied(groups):
    journal = MemoryJournal("simulated")
    epoch = journal.take_over()
    for group in groups:
        at = [(turn.partition, turn.pos) for turn in map(decode_turn, group)]
        await journal.append(group, at, epoch)
    return journal


async def test_a_run_compares_the_same_stock_without_keeping_the_list_of_movements(open_world):
    world = await a_busy_world(open_world)
    compared = ViewStore(COMPARED)
    compared.attach(world.inner_journal)
    tell(compared, world.inner_journal)
    whole = filled(attached(world.inner_journal))
    stock = "SELECT * FROM ours WHERE name = 'stock' ORDER BY ref"
    assert filled(compared).select(stock) == whole.select(stock) != []
    count = "SELECT count(*) FROM movements"
    assert compared.select(count) < whole.select(count)


@pytest.mark.parametrize("what", ["another journal", "a shorter journal", "another version", "rubbish"])
async def test_lists_that_cannot_be_trusted_are_made_anew(open_world, tmp_path, what):
    world = await a_busy_world(open_world)
    path = tmp_path / "views.db"
    journal = world.inner_journal
    if what == "rubbish":
        path.write_bytes(b"not a database, not even nearly one " * 200)
    else:
        filled(attached(journal, path)).close()
    if what == "another version":
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version=999")
    if what.endswith("journal"):
        journal = await (restored if what == "a shorter journal" else gone_on_otherwise)(journal)
    store = filled(attached(journal, path))
    assert store.select("SELECT groups FROM filled") == [(sum(1 for _ in journal.read()),)]
    fresh = ViewStore(TABLES)
    fresh.attach(journal)
    tell(fresh, journal)
    assert everything(store) == everything(filled(fresh))


async def test_a_store_that_falls_behind_reads_the_rest_from_the_journal(open_world, monkeypatch):
    monkeypatch.setattr("actors.views.store.WAITING_TURNS", 40)
    world = await a_busy_world(open_world)
    store = attached(world.inner_journal)
    assert store.statistics()["groups_behind"] > 0
    assert store.as_of_ms(10**15) == 0
    filled(store)
    assert store.statistics()["groups_behind"] == 0
    assert store.as_of_ms(10**15) == 10**15
    monkeypatch.undo()
    assert everything(store) == everything(filled(attached(world.inner_journal)))


async def test_a_file_damaged_while_it_is_used_is_made_anew_and_nothing_is_lost(open_world, tmp_path):
    world = await open_world()
    store = attached(world.inner_journal, tmp_path / "views.db")
    world.nursery.start_soon(store.run, world.timeline)
    await world.until(lambda: store.statistics()["groups_behind"] == 0)
    # As a table that is not what it was.
    store.select("DROP TABLE entries")
    world.system.engine.watchers.append(store.take)
    await world.play(an_order(("TEA", 1)))
    await world.until(lambda: store.statistics()["groups_behind"] == 0)
    assert store.rebuilt == 1
    assert everything(store) == everything(filled(attached(world.inner_journal)))
