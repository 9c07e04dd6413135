"""The contract of a journal, held over every engine."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from actors.journal.digest import journal_sha256, stats, verify
from actors.journal.memory import MemoryJournal
from actors.journal.sqlite import SqliteJournal
from contracts.codec import encode
from contracts.ids import partition_of
from contracts.ports import StaleEpoch
from contracts.turn import FORMAT, MAX_TURN_BYTES, PARKED, PARTITIONS, Turn
from tests.support.turns import (
    START_MS,
    TurnMaker,
    a_fact,
    an_entry,
    append,
    cause_of,
    coordinates,
    encoded,
    groups_of_turns,
)

ENGINES = ("memory", "sqlite")


@contextmanager
def opened(engine: str) -> Iterator[Any]:
    """A new journal of an engine, gone at the end."""
    if engine == "memory":
        yield MemoryJournal("simulated")
        return
    with tempfile.TemporaryDirectory() as directory:
        journal = SqliteJournal.open(Path(directory), "simulated")
        try:
            yield journal
        finally:
            journal.close()


@pytest.fixture(params=ENGINES)
def journal(request):
    with opened(request.param) as journal:
        yield journal


@pytest.fixture
def owned(journal):
    """A journal with its owner, of epoch 1."""
    assert journal.take_over() == 1
    return journal


def test_a_new_journal_is_empty_and_says_what_it_is(journal):
    assert msgspec.structs.astuple(journal.header) == (FORMAT, PARTITIONS, "simulated", 0)
    assert list(journal.read()) == []
    assert msgspec.structs.astuple(journal.statistics()) == (0, 0, 0, 0)
    assert verify(journal) == []


async def test_groups_are_read_back_in_the_order_of_their_commits(owned):
    maker = TurnMaker()
    written = [await append(owned, maker.make_group(n)) for n in (1, 20, 3)]
    assert list(owned.read()) == list(enumerate(written))


async def test_reading_begins_in_the_middle(owned):
    maker = TurnMaker()
    written = [await append(owned, maker.make_group(2)) for _ in range(25)]
    assert list(owned.read(23)) == [(23, written[23]), (24, written[24])]
    assert list(owned.read(25)) == []


async def test_a_group_may_hold_more_turns_than_sixteen_bits_count(owned):
    turns = TurnMaker().make_group(66_000)
    await append(owned, turns)
    assert [len(group) for _, group in owned.read()] == [66_000]
    assert owned.read_turns(coordinates(turns[-3:])) == encoded(turns[-3:])


async def test_what_is_appended_while_reading_does_not_disturb_the_reader(owned):
    maker = TurnMaker()
    for _ in range(20):
        await append(owned, maker.make_group(2))
    seen = []
    for number, _ in owned.read():
        seen.append(number)
        if number == 5:
            await append(owned, maker.make_group(2))
    assert seen in (list(range(20)), list(range(21)))


async def test_an_append_without_a_take_over_is_stale(journal):
    with pytest.raises(StaleEpoch):
        await append(journal, [TurnMaker(epoch=0).make()])
    assert list(journal.read()) == []


async def test_a_take_over_makes_the_owner_before_it_stale(owned):
    maker = TurnMaker()
    await append(owned, [maker.make()])
    assert owned.take_over() == 2
    with pytest.raises(StaleEpoch):
        await append(owned, [maker.make()])
    assert owned.header.epoch == owned.statistics().epoch == 2
    assert len(list(owned.read())) == 1


async def test_the_new_owner_goes_on_after_a_stale_append(owned):
    maker = TurnMaker()
    owned.take_over()
    with pytest.raises(StaleEpoch):
        await owned.append(encoded([maker.make()]), [(0, 0)], 1)
    maker = TurnMaker(epoch=2)
    written = await append(owned, [maker.make()])
    assert list(owned.read()) == [(0, written)]


@pytest.mark.parametrize("coordinates_", [[(0, 0)], [(0, 0), (0, 1), (0, 2)]])
async def test_a_group_with_other_coordinates_than_turns_is_refused_whole(owned, coordinates_):
    maker = TurnMaker()
    with pytest.raises(ValueError):
        await owned.append(encoded(maker.make_group(2)), coordinates_, 1)
    assert list(owned.read()) == []
    assert owned.statistics().turns == 0
    with pytest.raises(KeyError):
        owned.read_turns([(0, 0)])
    await append(owned, TurnMaker().make_group(2))


async def test_an_empty_group_is_refused(owned):
    with pytest.raises(ValueError):
        await owned.append([], [], 1)


async def test_cancelling_an_append_leaves_the_group_whole_or_absent(owned):
    turns = TurnMaker().make_group(3)
    with trio.CancelScope() as scope:
        scope.cancel()
        await append(owned, turns)
    assert [group for _, group in owned.read()] in ([], [encoded(turns)])
    assert owned.statistics().turns in (0, 3)


async def test_turns_are_found_by_their_coordinates_in_the_order_asked_across_groups(owned):
    maker = TurnMaker()
    turns = [turn for n in (1, 7, 30, 2) for turn in await _appended(owned, maker.make_group(n))]
    shuffled = [turns[n * 17 % len(turns)] for n in range(len(turns))]
    assert owned.read_turns(coordinates(shuffled)) == encoded(shuffled)
    assert owned.read_turns(iter(coordinates([turns[5], turns[5]]))) == encoded([turns[5], turns[5]])
    assert owned.read_turns([]) == []


async def test_a_missing_turn_is_named(owned):
    maker = TurnMaker()
    turn, *_ = await _appended(owned, maker.make_group(4))
    beyond = (turn.partition, turn.pos + 1_000)
    for missing in (beyond, (turn.partition, -1), ((turn.partition + 1) % PARTITIONS, 0)):
        with pytest.raises(KeyError) as caught:
            owned.read_turns([(turn.partition, turn.pos), missing])
        assert caught.value.args == (missing,)


async def test_a_partition_is_never_taken_for_its_neighbour(owned):
    turn = encoded([TurnMaker().make()])
    await owned.append(turn, [(5, 0)], 1)
    with pytest.raises(KeyError):
        owned.read_turns([(6, 0)])
    with pytest.raises(KeyError):
        owned.read_turns([(4, 0)])


async def test_the_state_of_a_key_at_rest_is_read_back_and_replaced(owned):
    owned.put_rest([("main", "orders", "a", b"1"), ("main", "finance", "a", b"2")])
    assert owned.get_rest("main", "orders", "a") == b"1"
    await append(owned, [TurnMaker().make()])
    owned.put_rest([("main", "orders", "a", b"3")])
    assert owned.get_rest("main", "orders", "a") == b"3"
    assert owned.get_rest("main", "finance", "a") == b"2"
    assert owned.get_rest("other", "orders", "a") is None


async def test_all_rows_at_rest_are_read_once_and_as_they_were_put_last(owned):
    kept = {("main", "orders", f"k{n:04}"): b"%d" % n for n in range(1_200)}
    owned.put_rest([(*at, body) for at, body in kept.items()])
    await append(owned, [TurnMaker().make()])
    kept["main", "orders", "k0007"] = b"newer"
    kept["main", "finance", "b"] = b"new"
    owned.put_rest([("main", "orders", "k0007", b"newer"), ("main", "finance", "b", b"new")])
    rows = list(owned.read_rest())
    assert {(tenant, actor, key): body for tenant, actor, key, body in rows} == kept
    assert len(rows) == len(kept)


async def test_statistics_count_groups_turns_and_bytes_of_turns(owned):
    maker = TurnMaker()
    written = [await append(owned, maker.make_group(n)) for n in (3, 17)]
    told = owned.statistics()
    size = sum(len(turn) for group in written for turn in group)
    assert (told.groups, told.turns, told.bytes, told.epoch) == (2, 20, size, 1)


@pytest.mark.parametrize("engine", ENGINES)
@given(groups=groups_of_turns())
async def test_any_sequence_of_groups_comes_back_as_it_went(engine, groups):
    with opened(engine) as journal:
        journal.take_over()
        for group in groups:
            await append(journal, group)
        assert [data for _, data in journal.read()] == [encoded(group) for group in groups]
        turns = [turn for group in groups for turn in group]
        assert journal.read_turns(coordinates(reversed(turns))) == encoded(reversed(turns))
        assert verify(journal) == []
        assert stats(journal)["turns"] == journal.statistics().turns == len(turns)


@pytest.mark.parametrize("engine", ENGINES)
@given(turns=groups_of_turns().map(lambda groups: [t for g in groups for t in g]), size=st.integers(1, 9))
async def test_the_hash_is_that_of_the_turns_however_they_were_grouped(engine, turns, size):
    one_by_one = MemoryJournal()
    one_by_one.take_over()
    for turn in turns:
        await append(one_by_one, [turn])
    with opened(engine) as grouped:
        grouped.take_over()
        for start in range(0, len(turns), size):
            await append(grouped, turns[start : start + size])
        assert journal_sha256(grouped) == journal_sha256(one_by_one) == _by_definition(turns)


async def test_the_hash_tells_two_journals_of_one_byte_apart(owned):
    other = MemoryJournal()
    other.take_over()
    await append(owned, [TurnMaker().make()])
    await append(other, [TurnMaker().make(trace="1")])
    assert journal_sha256(owned) != journal_sha256(other)


def _by_definition(turns: list[Turn]) -> str:
    by_place = sorted(turns, key=lambda turn: (turn.partition, turn.pos))
    digests = [
        sha256(b"".join(encode(turn) for turn in by_place if turn.partition == partition)).digest()
        for partition in range(PARTITIONS)
    ]
    return sha256(b"".join(digests)).hexdigest()


async def _appended(journal, turns):
    await append(journal, turns)
    return turns


# What `verify` finds. Each case makes one turn after three whole ones of the same key.
PLANTED: dict[str, tuple[dict[str, Any], str]] = {
    "pos": ({"pos": 7}, "pos 7 where 3 is next"),
    "pos again": ({"pos": 2}, "pos 2 where 3 is next"),
    "seq": ({"seq": 6}, "seq 6 where 4 is next"),
    "seq again": ({"seq": 3}, "seq 3 where 4 is next"),
    "at_ms": ({"at_ms": START_MS}, f"at_ms {START_MS} after"),
    "format": ({"format": FORMAT + 1}, f"format {FORMAT + 1}"),
    "epoch": ({"epoch": 0}, "epoch 0 after epoch 1"),
    "epoch beyond": ({"epoch": 9}, "epoch 9, the header's newest is 1"),
    "partition": (
        {"partition": (partition_of("main", "k") + 1) % PARTITIONS, "pos": 0},
        "belongs to partition",
    ),
    "no such partition": ({"partition": PARTITIONS}, "has partition 64"),
    "cause": ({"cause": "63.0.0"}, "was never said, or was taken before"),
    "size": ({"kind": PARKED, "message": bytes(MAX_TURN_BYTES)}, "the limit is"),
    "body": (
        {"events": (msgspec.structs.replace(a_fact("x"), body=("one", "two")),)},
        "the body of integration.discarded v1 does not decode",
    ),
    "event": ({"said": (msgspec.structs.replace(an_entry("x"), body=None, event=3),)}, "says event 3"),
}


@pytest.mark.parametrize("name", PLANTED)
async def test_verify_finds_planted_damage(owned, name):
    change, expected = PLANTED[name]
    maker = TurnMaker()
    await append(owned, [maker.make() for _ in range(3)])
    assert verify(owned) == []
    turn = maker.make(**change)
    await owned.append(encoded([turn]), [(turn.partition, turn.pos + 99)], 1)
    found = verify(owned)
    assert any(expected in sentence for sentence in found), found


async def test_verify_finds_a_turn_that_is_no_turn(owned):
    await owned.append([msgspec.msgpack.encode([1, "main", 3, 0])], [(3, 0)], 1)
    (found,) = verify(owned)
    assert "group 0: a turn does not decode" in found


async def test_verify_finds_a_message_taken_twice(owned):
    maker = TurnMaker()
    first = maker.make(says=2)
    await append(owned, [first])
    await append(owned, [maker.make("b", cause=cause_of(first)), maker.make("c", cause=cause_of(first, 1))])
    assert verify(owned) == []
    await append(owned, [maker.make("b", cause=cause_of(first))])
    (found,) = verify(owned)
    assert "taken before" in found


async def test_verify_names_the_first_hundred_mistakes_and_counts_the_others(owned):
    maker = TurnMaker()
    await append(owned, [maker.make(trace=str(n), cause="1.2.3") for n in range(150)])
    found = verify(owned)
    assert len(found) == 101
    assert found[-1] == "and 50 more"


async def test_stats_tell_a_journal_in_numbers(owned):
    maker = TurnMaker()
    first = maker.make(says=3)
    await append(owned, [first, maker.make("b", kind=PARKED, events=())])
    await append(owned, [maker.make("b", actor="finance", cause=cause_of(first, 1))])
    told = stats(owned)
    size = owned.statistics().bytes
    assert told == {
        "format": FORMAT,
        "mode": "simulated",
        "epoch": 1,
        "groups": 2,
        "turns": 3,
        "bytes": size,
        "turns_by_actor": {"finance": {"decided": 1}, "orders": {"decided": 1, "parked": 1}},
        "events_by_type": {"integration.discarded": 2},
        "first_at_ms": START_MS + 1,
        "last_at_ms": START_MS + 3,
        "said": 3,
        "caused": 1,
        "pending": 2,
    }
