"""Working days of a legal entity: its local days but for its weekends and holidays. Pure: integers in, integers out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from .entities import Entity


def is_working_day(day: int, entity: Entity) -> bool:
    """Whether people work on this day (yyyymmdd) where the entity is."""
    return day not in entity.holidays and _date(day).isoweekday() not in entity.weekend


def later_ms(at_ms: int, span_ms: int, entity: Entity) -> int:
    """The instant at which so much time of working days has passed, counted from an instant.

    The time of other days does not count, so it never lies in the middle of one.
    """
    left, at = span_ms, at_ms
    while True:
        day = _local(at, entity)
        ends = _start_ms(day + timedelta(days=1), entity)
        if is_working_day(_number(day), entity):
            if at + left < ends:
                return at + left
            left -= ends - at
        at = ends


def next_working_ms(at_ms: int, entity: Entity) -> int:
    """The instant itself if it lies in a working day, otherwise the beginning of the next one."""
    return later_ms(at_ms, 0, entity)


def _local(at_ms: int, entity: Entity) -> date:
    return datetime.fromtimestamp(at_ms // 1000, ZoneInfo(entity.time_zone)).date()


def _start_ms(day: date, entity: Entity) -> int:
    zone = ZoneInfo(entity.time_zone)
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) * 1000


def _date(day: int) -> date:
    return date(day // 10_000, day // 100 % 100, day % 100)


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
