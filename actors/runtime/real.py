"""The real world's clock, chance and secrets: the one file that reads them."""

from __future__ import annotations

import gc
import random
import secrets
import time

import trio

monotonic_ns = time.monotonic_ns


class RealClock:
    """Wall-clock milliseconds that never go back, also when the system clock is set back."""

    def __init__(self) -> None:
        self._began_ns = time.time_ns() - time.monotonic_ns()

    def now_ms(self) -> int:
        return (self._began_ns + monotonic_ns()) // 1_000_000

    async def sleep_until_ms(self, due_ms: int) -> None:
        await trio.sleep(max(0, due_ms - self.now_ms()) / 1000)


class RealChance:
    """Draws from the operating system's generator; names are ignored."""

    def __init__(self) -> None:
        self._random = random.SystemRandom()

    def below(self, bound: int, stream: str, subject: str, n: int) -> int:
        return self._random.randrange(bound)


def collect_seldom() -> None:
    """Let the cyclic collector look less often, and never again at what there is now. Once, after the start.

    What the runtime keeps has no cycles, and what it lets go is freed by its last reference; the default, a look
    at every 700 new objects, costs 8 % of a busy process and finds nothing. Cycles of libraries are still found,
    after 20,000 objects and more. For a process that is Tidegate's own: it changes settings of all of it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def new_secret(characters: int = 32) -> str:
    """An unguessable URL-safe string."""
    return secrets.token_urlsafe(characters)[:characters]


def new_bytes(count: int) -> bytes:
    """Unguessable bytes: a seal of the vault."""
    return secrets.token_bytes(count)


def same_secret(one: str, other: str) -> bool:
    """Constant-time comparison."""
    return secrets.compare_digest(one.encode(), other.encode())
