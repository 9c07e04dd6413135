"""The round of reconciliations in the story, and planted wrongs in what it found."""

from __future__ import annotations

from contracts.reconciliations import (
    RECONCILIATIONS,
    Difference,
    Line,
    Opened,
    ReconciliationCompleted,
)
from tests.support.plants import plant
from tests.support.story import EXCEPTED, SHIPPED, Story
from tests.support.turns import START_MS


def _run(
    name: str, *differences: Difference, run: int = 1, found: int = 0, why: str = ""
) -> ReconciliationCompleted:
    opened = tuple(Opened(one, f"exc_{one.ref}") for one in differences)
    return ReconciliationCompleted(
        name, run, "ann", 0, START_MS, START_MS, not why, why, 3, 0, found or len(opened), opened, (), ()
    )


def _lost(order_id: str) -> Difference:
    ours = Line(order_id, order_id, "", "GBP", 100, "open", START_MS)
    return Difference(order_id, "missing_there", order_id, ours, None)


def _told(story: Story, body: ReconciliationCompleted) -> None:
    story.turn("reconciliations", body.name, body)


def compare_books(story: Story) -> None:
    """Every reconciliation ran once and found nothing."""
    for name in RECONCILIATIONS:
        _told(story, _run(name))


@plant("R1", "is missing_there")
def the_erp_has_lost_an_order_and_the_system_found_it(story: Story) -> None:
    _told(story, _run("erp-orders", _lost(SHIPPED), run=2))


@plant("R1", "found 300 differences")
def more_differs_than_is_told(story: Story) -> None:
    _told(story, _run("captures", run=2, found=300))


@plant("R1", "cannot be read")
def a_reconciliation_gave_up(story: Story) -> None:
    _told(story, _run("tax", run=2, why="tax/commits:list cannot be read behind 0"))


@plant("R1", "never run")
def a_reconciliation_was_forgotten(story: Story) -> None:
    story.turns = [turn for turn in story.turns if (turn.actor, turn.key) != ("reconciliations", "shipments")]


# What looks wrong and is right.


def a_difference_was_found_and_mended(story: Story) -> None:
    _told(story, _run("erp-orders", _lost(SHIPPED), run=2))
    _told(story, _run("erp-orders", run=3))


def an_order_differs_that_a_person_looks_at_already(story: Story) -> None:
    _told(story, _run("erp-orders", _lost(EXCEPTED), run=2))
