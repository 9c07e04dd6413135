"""What a run holds in memory: how much the system does, part by part, and how much the world around it.

The world keeps everything, because it judges: the load, what clients were told, the books of the twins. So the
process as a whole grows with the run, and only by parts can it be said whether the system does.
"""

from __future__ import annotations

import os
import sys
from array import array
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Raw, Struct

from actors.runtime.fold import KeyState
from actors.system import System

_PACKAGES = ("actors.", "contracts.", "sim.")


def resident_bytes() -> int:
    """Of this process, everything included; 0 where the platform does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


class Scale:
    """Weighs objects with all that hangs on them. What was weighed once weighs nothing the second time."""

    def __init__(self, leave: Iterable[object] = ()) -> None:
        """`leave` are weighed as nothing, and not entered."""
        # Kept alive by whoever holds them: an id is one object as long as the scale is in use.
        self._seen = {id(one) for one in leave}

    def weigh(self, *roots: object) -> int:
        """Bytes."""
        total, seen = 0, self._seen
        waiting = list(roots)
        while waiting:
            one = waiting.pop()
            if one is None or id(one) in seen:
                continue
            seen.add(id(one))
            inside = _inside(one)
            if inside is not None:
                total += sys.getsizeof(one)
                waiting.extend(inside)
        return total


def _inside(one: Any) -> Iterable[Any] | None:
    """What an object holds; None for what is no data: classes, functions, modules."""
    kind = type(one)
    if kind in (str, bytes, int, float, bool, bytearray, array, Raw):
        return ()
    if kind is dict:
        return [*one.keys(), *one.values()]
    if kind in (list, tuple, set, frozenset, deque):
        return list(one)
    if isinstance(one, Struct):
        return [getattr(one, name) for name in kind.__struct_fields__]
    if isinstance(one, (dict, list, tuple)):
        return list(one.values() if isinstance(one, dict) else one)
    if kind.__module__.startswith(_PACKAGES):
        return list(_attributes(one))
    return None


def _attributes(one: Any) -> Iterator[Any]:
    yield getattr(one, "__dict__", None)
    for base in type(one).__mro__:
        slots = getattr(base, "__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name.startswith("__") and not name.endswith("__"):
                name = f"_{base.__name__.lstrip('_')}{name}"
            yield getattr(one, name, None)


def system_parts(system: System) -> dict[str, int]:
    """The bytes of everything that the system holds, by part; keys by their actor."""
    engine, ports = system.engine, system.ports
    fold = engine.fold
    # The ports lead outside: to the disk, and to the world.
    scale = Scale((engine, ports, *[getattr(ports, name) for name in ports.__slots__]))
    by_actor: dict[str, list[KeyState]] = {}
    for (_, actor, _), key in fold.keys:
        by_actor.setdefault(actor, []).append(key)
    parts = {f"keys of {actor}": scale.weigh(*keys) for actor, keys in sorted(by_actor.items())}
    return {
        **parts,
        "table of keys": scale.weigh(fold.keys),
        "pending": scale.weigh(fold.conversations, fold.parked, engine.mailboxes),
        "timers": scale.weigh(fold.timers, system.timers),
        "backlogs": scale.weigh(engine.backlogs),
        "calls": scale.weigh(engine.open_calls, engine.waiters, *system.pumps.values()),
        "groups": scale.weigh(engine.group, engine.closed, engine.committing),
        "shelf": scale.weigh(engine.shelf),
        "views": scale.weigh(system.timeline, system.work_list, system.trial_balance, system.receivables),
        "door and feeds": scale.weigh(system.door, system.sealer, system.feeds),
    }
