"""The real world's clock, chance and secrets: the one file that reads them."""

from __future__ import annotations

import random
import secrets
import time

import trio


class RealClock:
    """Wall-clock milliseconds that never go back, also when the system clock is set back."""

    def __init__(self) -> None:
        self._wall_ms = time.time_ns() // 1_000_000
        self._mono_ns = time.monotonic_ns()

    def now_ms(self) -> int:
        return self._wall_ms + (time.monotonic_ns() - self._mono_ns) // 1_000_000

    async def sleep_until_ms(self, due_ms: int) -> None:
        await trio.sleep(max(0, due_ms - self.now_ms()) / 1000)


class RealChance:
    """Draws from the operating system's generator; names are ignored."""

    def __init__(self) -> None:
        self._random = random.SystemRandom()

    def below(self, bound: int, stream: str, subject: str, n: int) -> int:
        return self._random.randrange(bound)


def new_secret(characters: int = 32) -> str:
    """An unguessable URL-safe string."""
    return secrets.token_urlsafe(characters)[:characters]


def same_secret(one: str, other: str) -> bool:
    """Constant-time comparison."""
    return secrets.compare_digest(one.encode(), other.encode())
