"""Working days: time that counts only while people work, where the entity is, whatever its clocks do."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from contracts.entities import ENTITIES, Entity
from contracts.periods import is_day, local_day
from contracts.working_days import is_working_day, later_ms, next_working_ms

HOUR_MS = 3_600_000
# From 2026-01-01T00:00Z, over two years and every change of the clocks in them.
START, END = 1_767_225_600_000, 1_830_297_600_000

entities = st.sampled_from(sorted(ENTITIES)).map(ENTITIES.__getitem__)
instants = st.integers(START, END)
spans = st.integers(0, 200 * HOUR_MS)


def works(at_ms: int, entity: Entity) -> bool:
    """Worked out anew from the calendar."""
    local = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(ZoneInfo(entity.time_zone))
    return local.isoweekday() not in entity.weekend and int(f"{local:%Y%m%d}") not in entity.holidays


@given(instants, spans, entities)
def test_it_ends_in_a_working_day_after_exactly_so_much_of_them(at, span, entity):
    due = later_ms(at, span, entity)
    assert due >= at + span
    assert works(due, entity)
    # Counted in quarters of an hour, which is what local days are whole numbers of.
    quarter = HOUR_MS // 4
    edges = sorted({at, due, *range(at - at % quarter + quarter, due, quarter)})
    worked = sum(after - before for before, after in pairwise(edges) if works(before, entity))
    assert worked == span


@given(instants, spans, st.integers(0, 100 * HOUR_MS), entities)
def test_what_takes_longer_or_begins_later_is_never_due_before(at, span, more, entity):
    assert later_ms(at, span, entity) <= later_ms(at, span + more, entity)
    assert later_ms(at, span, entity) <= later_ms(at + more, span, entity)
    assert later_ms(later_ms(at, span, entity), more, entity) == later_ms(at, span + more, entity)


@given(instants, entities)
def test_the_next_working_instant_is_this_one_or_the_beginning_of_a_day(at, entity):
    found = next_working_ms(at, entity)
    if works(at, entity):
        assert found == at
    else:
        assert works(found, entity)
        assert not works(found - 1, entity)


@given(instants, entities)
def test_a_day_is_worked_on_where_the_entity_is(at, entity):
    day = local_day(at, entity.time_zone)
    assert is_day(day)
    assert is_working_day(day, entity) == works(at, entity)


def test_a_weekend_and_a_bank_holiday_are_left_out_and_the_clocks_may_change_in_between():
    london, kuwait = ENTITIES["GB01"], ENTITIES["KW01"]
    # Friday 2026-05-01T20:00Z; Monday is a bank holiday. Three hours of Friday count, five of Tuesday.
    friday = 1_777_665_600_000
    assert later_ms(friday, 8 * HOUR_MS, london) == friday + (3 + 72 + 5) * HOUR_MS
    # In Kuwait it is Friday already: its weekend.
    assert next_working_ms(friday, kuwait) == 1_777_755_600_000
    # Without either every hour counts, also of a night in which the clocks go forward.
    always = structs.replace(london, weekend=(), holidays=())
    march = 1_774_710_000_000
    assert later_ms(march, 100 * HOUR_MS, always) == march + 100 * HOUR_MS
