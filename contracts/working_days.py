"""Working days of a legal entity: its local days but for its weekends and holidays. Pure: integers in, integers out."""

from __future__ import annotations

from .entities import Entity
from .periods import date_of, days_later, local_day, start_ms


def is_working_day(day: int, entity: Entity) -> bool:
    """Whether people work on this day (yyyymmdd) where the entity is."""
    return day not in entity.holidays and date_of(day).isoweekday() not in entity.weekend


def later_ms(at_ms: int, span_ms: int, entity: Entity) -> int:
    """The instant at which so much time of working days has passed, counted from an instant.

    The time of other days does not count, so it never lies in the middle of one.
    """
    left, at = span_ms, at_ms
    while True:
        day = local_day(at, entity.time_zone)
        ends = start_ms(days_later(day, 1), entity.time_zone)
        if is_working_day(day, entity):
            if at + left < ends:
                return at + left
            left -= ends - at
        at = ends


def next_working_ms(at_ms: int, entity: Entity) -> int:
    """The instant itself if it lies in a working day, otherwise the beginning of the next one."""
    return later_ms(at_ms, 0, entity)
