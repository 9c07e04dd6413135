"""Keys at rest: memory follows open work, and nothing is forgotten because it left."""

from typing import Any

import pytest

from actors.journal.memory import MemoryJournal
from actors.runtime.fold import rebuilt
from actors.runtime.loop import put_to_rest
from actors.runtime.shelf import Generations, Shelf
from actors.views.timeline import Timeline
from tests.support.lab import toy

AFTER_MS = 60_000


async def a_lab_that_rests(open_lab, *actors):
    lab = await open_lab(*(actors or (toy(),)))
    engine = lab.engine
    lab.nursery.start_soon(put_to_rest, engine, lab.timeline, [], AFTER_MS)
    return lab


def in_memory(lab):
    return {key for (_, actor, key), _ in lab.engine.fold.keys if actor == "toy"}


async def test_a_key_that_was_not_used_for_a_while_leaves_memory(open_lab):
    lab = await a_lab_that_rests(open_lab)
    lab.tell("a", key="idle", subject="idle")
    await lab.wait(AFTER_MS + 1_000)
    assert "idle" in in_memory(lab)
    await lab.wait(AFTER_MS)
    assert "idle" not in in_memory(lab)


async def test_a_key_in_use_stays(open_lab):
    lab = await a_lab_that_rests(open_lab)
    for _ in range(6):
        lab.tell("a", key="busy", subject="busy")
        await lab.wait(AFTER_MS // 2)
        assert "busy" in in_memory(lab)


async def test_a_key_comes_back_as_it_was_and_goes_on(open_lab):
    lab = await a_lab_that_rests(open_lab)
    lab.tell("a", key="k", subject="k")
    await lab.wait(3 * AFTER_MS)
    assert in_memory(lab) == set()
    lab.tell("b", key="k", subject="k")
    await lab.quiet()
    found = lab.engine.fold.find(("main", "toy", "k"))
    assert (found.state.texts, found.seq) == (["a", "b"], 2)
    await lab.wait(3 * AFTER_MS)
    assert lab.engine.fold.find(("main", "toy", "k")).state.texts == ["a", "b"]


async def test_an_idempotency_key_at_rest_still_answers_its_repeat_with_the_same_bytes(open_lab):
    lab = await a_lab_that_rests(open_lab)
    first = await lab.ask("a", "key")
    await lab.wait(3 * AFTER_MS)
    assert len(lab.engine.fold.keys) == 0
    again = await lab.ask("a", "key")
    assert (again.status, again.body, again.replayed) == (first.status, first.body, True)


async def test_the_digest_is_the_same_wherever_the_keys_are(open_lab):
    lab = await a_lab_that_rests(open_lab)
    for n in range(450):
        lab.tell("a", key=f"k{n}", subject=f"k{n}")
    await lab.quiet()
    before = lab.engine.fold.digest()
    await lab.wait(3 * AFTER_MS)
    assert len(lab.engine.fold.keys) == 0
    assert lab.engine.fold.digest() == before
    assert rebuilt(lab.actors, lab.journal.read()).digest() == before


async def test_another_owner_takes_nothing_from_the_shelf_of_the_one_before(open_lab):
    lab = await a_lab_that_rests(open_lab)
    lab.tell("a", key="k", subject="k")
    await lab.wait(3 * AFTER_MS)
    assert in_memory(lab) == set()
    await lab.restart()
    lab.tell("b", key="k", subject="k")
    await lab.quiet()
    assert lab.engine.fold.find(("main", "toy", "k")).state.texts == ["a", "b"]
    assert lab.engine.shelf.get(("main", "toy", "k")) is None


async def test_what_is_not_durable_does_not_leave(open_lab):
    lab = await a_lab_that_rests(open_lab)
    lab.journal.shut()
    lab.tell("a", key="k", subject="k")
    await lab.wait(5 * AFTER_MS)
    assert len(lab.engine.fold.keys) == 1  # intake's own key: its turn is in the group under way
    lab.journal.let_go()
    await lab.quiet()


async def test_a_subject_s_timeline_is_whole_when_a_part_of_it_is_at_rest(open_lab):
    lab = await open_lab(toy())
    resting, plain = Timeline(lab.engine.shelf), Timeline()
    lab.engine.watchers += [resting.take, plain.take]
    for n in range(3):
        for subject in ("a", "b"):
            lab.tell(f"{n}", key=subject, subject=subject)
        await lab.quiet()
        while resting.rest(1) == 1:
            pass
    for subject in ("a", "b", "nobody"):
        assert resting.of(subject) == plain.of(subject)
    assert len(plain.of("a")) == 6


def test_a_generation_begins_only_when_the_one_before_is_gone():
    table: Generations[Any, Any] = Generations()
    table.young["a"] = 1
    table.age()
    with pytest.raises(RuntimeError, match="what is old is to leave"):
        table.age()
    assert table.take_old(5) == [("a", 1)]
    table.age()


def test_what_is_asked_for_is_young_again():
    table: Generations[Any, Any] = Generations()
    table.young.update(a=1, b=2)
    table.age()
    assert table.get("a") == 1
    assert table.take_old(5) == [("b", 2)]
    assert (table.get("a"), table.get("b"), len(table)) == (1, None, 1)


async def test_a_shelf_knows_its_own_rows_only(open_lab):
    lab = await open_lab(toy())
    first, second = Shelf(lab.journal, 7), Shelf(lab.journal, 8)
    first.put([(("main", "toy", "a"), b"of seven"), (("main", "toy", "b"), b"of seven")])
    second.put([(("main", "toy", "b"), b"of eight")])
    assert (first.get(("main", "toy", "a")), first.get(("main", "toy", "b"))) == (b"of seven", None)
    assert list(second.rows()) == [(("main", "toy", "b"), b"of eight")]


def test_the_filter_never_says_no_of_what_was_put_and_seldom_yes_of_what_was_not(monkeypatch):
    journal = MemoryJournal("simulated")
    shelf = Shelf(journal, 1)
    rows = [("main", "toy", f"key {n}") for n in range(20_000)]
    shelf.put((at, b"x") for at in rows)
    assert all(shelf.get(at) == b"x" for at in rows)
    asked = []
    monkeypatch.setattr(journal, "get_rest", lambda *at: asked.append(at))
    assert all(shelf.get(("main", "toy", f"other {n}")) is None for n in range(20_000))
    assert len(asked) < 20
