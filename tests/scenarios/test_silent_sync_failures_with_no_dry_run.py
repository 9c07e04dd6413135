"""The pain: an import fails and nobody is told; and what it will do is only known when it has been done."""

import msgspec
import trio
from click.testing import CliRunner

from actors.connectors.settlement.reader import calls_of
from actors.journal.sqlite import SqliteJournal
from actors.runtime.intake import Call
from contracts.codec import decode_turn
from contracts.inventory import ReceiveStock, StockRow
from contracts.stock import ApplyCount, OpenCount
from sim.cli import main
from tests.support.bugs_of_pains import broken_records_swallowed
from tests.support.script import answer
from tests.support.settlement_files import a_payout, name_of, text_of
from tests.support.settling import balances, bring, sales_of
from tests.support.shop import an_order
from tests.support.world import in_a_world


async def after_a_broken_record(world):
    """The warehouse's feed has a record that cannot be read. Who is told, and whether its text is kept."""
    broken = {"n": 1, "shipment": "SH-1", "shipped_at": "yesterday, I think"}
    world.script.always["warehouse/confirmations"] = answer(200, {"records": [broken]})
    await world.wait(90_000)
    told = world.facts("exception.opened")
    return [one.category for one in told], any("yesterday" in one.detail for one in told)


async def test_what_cannot_be_read_is_an_exception_with_its_text(open_world):
    categories, kept = await after_a_broken_record(await open_world())
    assert (categories, kept) == (["feed-record-unreadable"], True)


async def test_with_broken_records_swallowed_nobody_is_told(open_world, monkeypatch):
    broken_records_swallowed(monkeypatch)
    assert await after_a_broken_record(await open_world()) == ([], False)


# -- dry runs: what would be done, and nothing of it done


def a_record(to, command, name):
    """A record of a partner's file, as the door takes it."""
    return Call("partner", "RECORD", "files", name, "f", to, "default", name, command, sheddable=False)


def said(found):
    """A rehearsal's facts by type, in order."""
    return [fact.type for fact in found.facts]


async def test_a_dry_run_of_a_settlement_file_says_what_the_import_then_does(open_world):
    world = await open_world()
    await world.play(an_order())
    stray = msgspec.structs.replace(sales_of(world)[0], id="t9", about="ch_9", order="")
    payout = a_payout(rows=(*sales_of(world), stray))
    before = (world.system.engine.fold.digest(), len(world.turns()), world.system.statistics())
    found = world.system.rehearse(calls_of("psp-a", name_of(payout), text_of(payout).encode()))
    assert (world.system.engine.fold.digest(), len(world.turns()), world.system.statistics()) == before
    assert world.exceptions() == []
    await bring(world, payout)
    for type_ in (
        "settlement.file_imported",
        "settlement.line_matched",
        "settlement.line_mismatched",
        "settlement.payout_reconciled",
    ):
        assert found.of(type_) == world.facts(type_) != [], type_
    assert [one.entries for one in found.of("ledger.posted")] == [
        one.entries for one in world.facts("ledger.posted") if one.step == "payout"
    ]
    assert (
        [one.category for one in found.of("exception.opened")]
        == world.exceptions()
        == ["settlement-mismatch"]
    )
    assert (found.repeats, found.calls, found.failed, found.cut_off) == (0, [], [], False)


async def test_a_dry_run_of_a_file_that_would_be_refused_names_every_problem(open_world):
    world = await open_world()
    text = text_of(a_payout()).replace("GBP", "EUR", 1)
    found = world.system.rehearse(calls_of("psp-a", "S1.csv", text.encode()))
    (refused,) = found.of("settlement.file_refused")
    assert refused.problems
    assert balances(world) == {}
    assert world.facts("settlement.file_refused") == []


async def test_a_dry_run_of_a_stock_snapshot_says_how_the_book_would_change(open_world):
    world = await open_world()
    world.record("inventory", "default", OpenCount("default", "C1", "WH1", ("TEA", "MUG")), "asked for")
    await world.play(an_order(("TEA", 3)))
    counted = ApplyCount("default", "C1", (StockRow("TEA", "WH1", 990), StockRow("MUG", "WH1", 3)))
    found = world.system.rehearse([a_record("inventory", counted, "snapshot")])
    assert said(found)[:2] == ["inventory.snapshot_applied", "inventory.moved"]
    (moved,) = found.of("inventory.moved")
    assert (moved.reason, moved.rows) == ("count-loss", (StockRow("TEA", "WH1", 10),))
    assert world.stock("TEA") == (997, 0)
    world.record("inventory", "default", counted, "snapshot")
    await world.quiet()
    assert world.stock("TEA") == (987, 0)


async def test_a_dry_run_says_whom_it_would_call_and_calls_nobody(open_world):
    world = await open_world()
    waiting = an_order(("MUG", 5), channel="preorder")
    await world.place(waiting)
    await world.until(lambda: world.axes(waiting)[0] == "accepted")
    await world.quiet()
    calls = len(world.script.calls)
    delivery = ReceiveStock("default", "late", (StockRow("MUG", "WH1", 9),))
    found = world.system.rehearse([a_record("inventory", delivery, "late")])
    assert "inventory.backorder_filled" in said(found)
    assert {(one.actor, one.type) for one in found.calls} == {("warehouse", "warehouse.release")}
    await world.wait(10_000)
    assert len(world.script.calls) == calls
    assert world.axes(waiting)[0] == "accepted"
    world.record("inventory", "default", delivery, "late")
    await world.ended(waiting)
    assert len(world.script.made("warehouse/shipping_orders")) == len(found.calls)


async def test_a_dry_run_of_what_was_taken_before_says_that_nothing_would_come_of_it(open_world):
    world = await open_world()
    await world.play(an_order())
    payout = a_payout(rows=sales_of(world))
    await bring(world, payout)
    data = text_of(payout).encode()
    calls = list(calls_of("psp-a", name_of(payout), data))
    for call in calls:
        world.system.door.take_record_nowait(call)
    await world.quiet()
    found = world.system.rehearse(calls)
    assert (found.repeats, found.facts) == (len(calls), [])


async def test_a_dry_run_names_what_a_handler_would_break_on_and_goes_on(open_world, monkeypatch):
    world = await open_world()

    def breaks(state, message, at):
        raise KeyError("no such thing")

    spec = world.system.actors["inventory"]
    monkeypatch.setitem(spec.handlers, "inventory.open_count", breaks)
    opened = OpenCount("default", "C1", "WH1", ("TEA",))
    delivery = ReceiveStock("default", "late", (StockRow("TEA", "WH1", 1),))
    found = world.system.rehearse(
        [a_record("inventory", opened, "count"), a_record("inventory", delivery, "late")]
    )
    assert found.failed == ["inventory.open_count to inventory default: KeyError: 'no such thing'"]
    assert said(found) == ["inventory.moved"]


def kept(directory, groups):
    """These groups as a journal on a disk."""

    async def write():
        journal = SqliteJournal.open(directory, "simulated")
        epoch = journal.take_over()
        for group in groups:
            turns = [decode_turn(data) for data in group]
            await journal.append(group, [(turn.partition, turn.pos) for turn in turns], epoch)
        journal.close()

    trio.run(write)


def test_the_command_says_what_a_settlement_file_would_do_to_the_books_on_a_disk(tmp_path):
    async def story(world):
        await world.play(an_order())
        return sales_of(world), [group for _, group in world.inner_journal.read()]

    rows, groups = in_a_world(story)
    kept(tmp_path / "data", groups)
    stray = msgspec.structs.replace(rows[0], id="t9", about="ch_9", order="")
    seen = []
    for name, some in (("good.csv", rows), ("stray.csv", (*rows, stray)), ("broken.csv", ())):
        file = tmp_path / name
        file.write_text(text_of(a_payout(rows=some)) if some else "no such thing")
        arguments = ["rehearse", str(tmp_path / "data"), str(file), "--provider", "psp-a"]
        ended = CliRunner().invoke(main, arguments)
        assert ended.output.splitlines()[-1] == "nothing was done"
        seen.append(
            (ended.exit_code, "would post payout" in ended.output, "would need a person" in ended.output)
        )
    assert seen == [(0, True, False), (1, True, True), (1, False, True)]
    reader = SqliteJournal.open_read_only(tmp_path / "data")
    assert [group for _, group in reader.read()] == groups
    reader.close()
    arguments = ["rehearse", str(tmp_path / "no"), str(tmp_path / "good.csv"), "--provider", "psp-a"]
    nowhere = CliRunner().invoke(main, arguments)
    assert nowhere.exit_code == 2
