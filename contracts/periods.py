"""Instants, local days and accounting periods of a legal entity. Pure: an instant and a zone in, integers out.

A day is yyyymmdd, a period yyyymm: the calendar month of the entity's local time.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# Every offset in use is a multiple of a quarter of an hour: within one the local day is the same.
_QUARTER_MS = 900_000


@lru_cache(maxsize=4096)
def _day_of_quarter(quarter: int, time_zone: str) -> int:
    local = datetime.fromtimestamp(quarter * (_QUARTER_MS // 1000), ZoneInfo(time_zone))
    return local.year * 10_000 + local.month * 100 + local.day


def local_day(at_ms: int, time_zone: str) -> int:
    """The day (yyyymmdd) that it is there at an instant in epoch milliseconds."""
    return _day_of_quarter(at_ms // _QUARTER_MS, time_zone)


def period_of(day: int) -> int:
    """The period (yyyymm) that a day falls into."""
    return day // 100


def next_period(period: int) -> int:
    """The period after this one."""
    return period + 1 if period % 100 < 12 else period + 89


def is_period(period: int) -> bool:
    """Whether this is a period at all: yyyymm."""
    return 200_001 <= period <= 999_912 and 1 <= period % 100 <= 12


def is_day(day: int) -> bool:
    """Whether this is a day at all: yyyymmdd."""
    try:
        date_of(day)
    except ValueError:
        return False
    return True


def date_of(day: int) -> date:
    """A day (yyyymmdd) as a date. Raises ValueError for what is none."""
    return date(day // 10_000, day // 100 % 100, day % 100)


def days_later(day: int, days: int) -> int:
    """The day so many days after a day, or before it."""
    later = date_of(day) + timedelta(days=days)
    return later.year * 10_000 + later.month * 100 + later.day


def start_ms(day: int, time_zone: str) -> int:
    """The instant (epoch milliseconds) at which a day begins where the entity is."""
    local = datetime.combine(date_of(day), time(), ZoneInfo(time_zone))
    return int(local.timestamp()) * 1000


def end_ms(period: int, time_zone: str) -> int:
    """The instant (epoch milliseconds) at which a period is over where the entity is."""
    return start_ms(next_period(period) * 100 + 1, time_zone)


def period_before(period: int) -> int:
    """The period before this one."""
    return period - 1 if period % 100 > 1 else period - 89


def last_day(period: int) -> int:
    """The last day of a period."""
    return days_later(next_period(period) * 100 + 1, -1)
