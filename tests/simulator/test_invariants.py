"""The judge: it holds what is right, breaks on every planted wrong, and says when danger was never there."""

import pytest

from sim.invariants import INVARIANTS, Evidence, judge
from sim.invariants.evidence import SILENCE_MS
from tests.support import (
    plants_back,
    plants_bought,
    plants_exchanged,
    plants_finance,
    plants_inside,
    plants_ordered,
    plants_outside,
    plants_parts,
    plants_personal,
    plants_reconciled,
    plants_released,
    plants_revalued,
    plants_settled,
    plants_tenders,
    plants_tills,
    plants_told,
)
from tests.support.plants import PLANTS
from tests.support.small_world import run_small_world
from tests.support.story import CANCELLED, SHIPPED, Story
from tests.support.story_parts import good_story
from tests.support.turns import START_MS

# In the story all is paid in pounds, and no month ends.
NEVER_AT_RISK = {"R3", "R5"}


def broken(results):
    return {id_ for id_, result in results.items() if not result.held}


def test_a_history_without_wrongs_holds_in_every_invariant():
    results = good_story().judged()
    assert [result.id for result in results.values()] == [invariant.id for invariant in INVARIANTS]
    for result in results.values():
        assert (result.held, result.first_violation, result.violations) == (True, None, 0), result


def test_its_every_invariant_was_checked_and_at_risk_or_says_why_not():
    for id_, result in good_story().judged().items():
        assert result.checked > 0, result
        assert (result.at_risk > 0) == (id_ not in NEVER_AT_RISK), result
        assert (result.why_no_risk is not None) == (id_ in NEVER_AT_RISK), result


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: f"{plant.invariant}: {plant.name}")
def test_a_planted_wrong_breaks_its_invariant(plant):
    story = good_story()
    plant.apply(story)
    result = story.judged()[plant.invariant]
    assert not result.held
    assert result.violations >= 1
    assert plant.words in (result.first_violation or "")


def test_every_invariant_can_be_broken():
    assert {plant.invariant for plant in PLANTS} == {invariant.id for invariant in INVARIANTS}


@pytest.mark.parametrize(
    "change",
    [
        plants_bought.a_purchase,
        plants_exchanged.euros_are_told_of,
        plants_revalued.a_month_ends_with_euros_open,
        plants_bought.a_purchase_waits_with_an_open_exception,
        plants_inside.a_key_is_used_again_after_it_was_freed,
        plants_inside.a_completion_is_repeated_as_a_message_taken,
        plants_inside.a_parked_message_is_retried,
        plants_inside.a_message_is_discarded_in_sight,
        plants_inside.goods_cost_more_from_now_on,
        plants_inside.a_capture_that_failed_is_excepted,
        plants_finance.an_exception_is_over_before_it_is_listed,
        plants_finance.a_late_fact_goes_to_the_first_open_period,
        plants_outside.differences_of_an_order_with_an_open_exception,
        plants_outside.answers_that_are_not_of_an_execution,
        plants_outside.an_order_that_waits_with_a_deadline,
        plants_outside.a_customer_is_answered_about_an_erasure_before_the_order_is_there,
        plants_ordered.an_axis_is_told_twice,
        plants_tenders.a_card_is_held_and_let_go,
        plants_tills.a_store_sells,
        plants_tills.a_store_takes_something_back,
        plants_tills.an_order_is_collected,
        plants_tills.a_store_sells_and_its_cards_are_paid_out,
        plants_parts.units_are_transferred_and_lost_in_a_count,
        plants_parts.an_order_waits_and_its_time_has_not_come,
        plants_personal.somebody_is_called_like_the_street,
        plants_reconciled.a_difference_was_found_and_mended,
        plants_reconciled.an_order_differs_that_a_person_looks_at_already,
        plants_released.a_released_order_is_recalled,
        plants_released.an_edit_is_reserved_before_the_order_is_said_to_be_edited,
        plants_released.a_parcel_is_lost_and_found,
        plants_released.a_lost_parcel_is_sent_again,
        plants_released.goods_leave_that_were_released_before_the_hold_or_after_it,
        plants_back.a_refund_that_failed_is_excepted,
        plants_back.everything_is_sent_to_the_customer_again,
        plants_back.a_dispute_that_is_won_leaves_room_for_the_rest,
        plants_settled.a_line_is_written_off,
        plants_settled.a_line_is_explained_by_a_capture_heard_of_late,
        plants_settled.a_capture_in_another_currency_is_a_persons,
        plants_settled.a_person_posts_to_clear_suspense,
        plants_settled.a_provider_takes_a_line_back,
    ],
    ids=lambda change: change.__name__.replace("_", " "),
)
def test_what_only_looks_wrong_breaks_nothing(change):
    story = good_story()
    change(story)
    # Whoever is told of what changes is told of that as well.
    plants_told.tell_subscribers(story)
    assert broken(story.judged()) == set()


def test_what_a_partner_tells_twice_is_a_danger_to_one_effect():
    before = good_story().judged()["A14"].at_risk
    story = good_story()
    for books, again in (("warehouse", 2), ("payments", 1)):
        story.books[books]["told_twice"] = again
    assert story.judged()["A14"].at_risk == before + 3


def test_a_deposit_that_is_held_makes_room_for_its_capture():
    story = good_story()
    plants_tenders.a_deposit_is_taken(story)
    assert story.judged()["A10"].held


def test_a_violation_names_the_order_and_the_instant():
    story = good_story()
    plants_inside.a_voided_authorization_is_captured(story)
    result = story.judged()["A8"]
    assert result.order_id == CANCELLED
    assert (result.first_violation or "").startswith(CANCELLED)
    assert result.at_ms == story.turns[-1].at_ms


def test_the_first_of_several_violations_is_told_and_all_are_counted():
    story = good_story()
    plants_inside.a_posting_is_a_penny_out(story)
    plants_inside.a_posting_is_empty(story)
    result = story.judged()["A1"]
    assert result.violations == 2
    assert "GB01-9 (x, r9): debits" in (result.first_violation or "")


def test_an_order_under_way_is_no_violation_while_the_run_goes_on():
    story = good_story()
    plants_inside.an_order_is_forgotten(story)
    plants_inside.a_message_is_lost(story)
    soon = story.turns[-1].at_ms + SILENCE_MS - 1
    results = story.judged(converged=False, ended_at_ms=soon)
    assert broken(results) == set()
    assert results["Q1"].why_no_risk == "the run did not come to rest"


def test_what_is_pending_after_a_long_silence_is_lost_though_the_run_never_converged():
    story = good_story()
    plants_inside.an_order_is_forgotten(story)
    plants_inside.a_message_is_lost(story)
    later = story.turns[-1].at_ms + SILENCE_MS
    assert {"Q1", "Q3"} <= broken(story.judged(converged=False, ended_at_ms=later))


def test_a_deadline_that_has_passed_excuses_nothing():
    story = good_story()
    plants_outside.an_order_that_waits_with_a_deadline(story)
    assert "Q1" in broken(story.judged(ended_at_ms=START_MS + 10**9))


def test_no_evidence_holds_and_shows_nothing():
    for result in judge(Evidence(groups=lambda: iter(()))):
        assert result.held
        assert result.at_risk == 0


def test_digests_that_nobody_took_are_not_called_equal():
    result = good_story().judged(live_digest=None)["Q11"]
    assert (result.checked, result.why_no_risk) == (0, None if result.at_risk else "nobody took the digests")


def test_the_timeline_of_an_order_tells_turns_faults_and_answers_in_order():
    lines = good_story().told(SHIPPED)
    assert [int(line.split()[0]) for line in lines] == sorted(int(line.split()[0]) for line in lines)
    assert any("payments took integration.discarded: payment.captured" in line for line in lines)
    assert any("fault timeout_after at connector:erp:sales_orders" in line for line in lines)
    assert any("client was answered 202 again" in line for line in lines)
    assert not any("inventory.reservation_released" in line for line in lines)


def test_the_timeline_names_timers_and_calls_from_outside():
    story = Story()
    story.turn("orders", SHIPPED)
    story.turn("fulfillment", "ful", subject=SHIPPED, cause="t:1.2:release", kind="parked")
    outside, timer = story.told(SHIPPED)
    assert "orders took a call from outside" in outside
    assert "fulfillment took timer release [parked]" in timer


def test_a_run_of_the_real_system_with_lost_answers_and_a_crash_holds():
    evidence = run_small_world(orders=60, stock=20)
    assert evidence.converged
    results = {result.id: result for result in judge(evidence)}
    assert {id_: r.first_violation for id_, r in results.items() if not r.held} == {}
    assert {id_ for id_, result in results.items() if not result.checked} == set()
    assert {id_ for id_, result in results.items() if not result.at_risk} == NEVER_AT_RISK
