"""The twins in both bodies behind one face, for suites that run over both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import trio

from contracts.ports import ForeignRequest, ForeignResponse, NoAnswer
from sim.twins import MemoryTwins, TwinsConfig
from sim.twins.draw import HashChance
from sim.twins.serve import serve_twins

BASE_MS = 1_700_000_000_000


class TrioClock:
    """The Clock port over trio's clock, whichever that is."""

    def now_ms(self) -> int:
        return BASE_MS + round(trio.current_time() * 1_000)

    async def sleep_until_ms(self, due_ms: int) -> None:
        await trio.sleep_until((due_ms - BASE_MS) / 1_000)


class Memory:
    """The memory body."""

    def __init__(self, config: TwinsConfig) -> None:
        self.twins = MemoryTwins(config, TrioClock(), HashChance(config.seed))

    async def send(self, request: ForeignRequest) -> ForeignResponse:
        return await self.twins.call(request)

    async def books(self) -> dict[str, Any]:
        return self.twins.books()


class Http:
    """The living body, over a real connection."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def send(self, request: ForeignRequest) -> ForeignResponse:
        headers = {"Tidegate-Subject": request.subject}
        if request.effect_key:
            headers["Idempotency-Key"] = request.effect_key
        path = f"/{request.system}/{request.operation}"
        answer = await self.client.post(path, json=request.body, headers=headers)
        if answer.status_code == 504:
            raise NoAnswer(answer.text)
        after = answer.headers.get("retry-after-ms")
        return ForeignResponse(answer.status_code, answer.json(), None if after is None else int(after))

    async def books(self) -> dict[str, Any]:
        return (await self.client.get("/books")).json()


class Outside:
    """A body (`send`, `books`) with short ways to say things. Calls without a key get one of their own."""

    def __init__(self, body: Any) -> None:
        self.body = body
        self.books = body.books
        self._keys = count(1)

    async def call(self, path: str, body: Any, key: str | None = None, subject: str = "s") -> ForeignResponse:
        system, _, operation = path.partition("/")
        effect_key = f"key-{next(self._keys)}" if key is None else key
        return await self.body.send(ForeignRequest(system, operation, effect_key, subject, body))

    async def say(self, path: str, body: Any, key: str | None = None) -> tuple[int, dict[str, Any]]:
        """Status and body alone."""
        answer = await self.call(path, body, key)
        return answer.status, answer.body


@asynccontextmanager
async def open_http(config: TwinsConfig, directory: Path) -> AsyncIterator[Outside]:
    """The living body on a free port of this process, stopped at the end."""
    async with trio.open_nursery() as nursery:
        shutdown = trio.Event()
        url = await nursery.start(partial(serve_twins, directory, 0, config, shutdown=shutdown))
        async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
            yield Outside(Http(client))
        shutdown.set()


@asynccontextmanager
async def open_memory(config: TwinsConfig) -> AsyncIterator[Outside]:
    """The memory body."""
    yield Outside(Memory(config))


def at_once(**changes: Any) -> TwinsConfig:
    """No latency, no bad luck, quotas nobody meets, reviews left to people; `changes` of `TwinsConfig.changed`."""
    free = {
        "latency_min_ms": 0,
        "latency_max_ms": 0,
        "concurrency": 1_000,
        "quota_per_s": 100_000,
        "burst": 100_000,
    }
    names = ("payments", "fraud", "tax", "erp", "warehouse", "suppliers")
    told = ("channels", "crm", "planning", "bi", "mail", "tills")
    systems = dict.fromkeys((*names, *told), free)
    people: dict[str, Any] = {"review_min_ms": 0, "review_max_ms": 0}
    return TwinsConfig.sandbox().changed(systems).changed(people).changed(changes)


# What the suites say, in the systems' own words.


def authorization(source: str = "tok_visa", amount: int = 2025, reference: str = "o1") -> dict[str, Any]:
    """payments/authorizations"""
    return {"amount": amount, "currency": "gbp", "source": source, "reference": reference}


def capture(held: str, amount: int = 2025) -> dict[str, Any]:
    """payments/captures"""
    return {"authorization": held, "amount": amount, "currency": "gbp", "reference": "o1"}


def void(held: str) -> dict[str, Any]:
    """payments/voids"""
    return {"authorization": held, "reference": "o1"}


def assessment(order: str = "o1", source: str = "tok_visa") -> dict[str, Any]:
    """fraud/assessments"""
    return {
        "order": order,
        "amount": 2025,
        "currency": "GBP",
        "country": "GB",
        "customer": None,
        "source": source,
    }


def quote(inclusive: bool = True, country: str = "GB", region: str | None = None) -> dict[str, Any]:
    """tax/quotes"""
    items = [
        {"id": "1", "class": "standard", "amount": 1530},
        {"id": "2", "class": "reduced", "amount": 1000},
        {"id": "3", "class": "zero", "amount": 700},
    ]
    return {
        "ref": "o1",
        "currency": "GBP",
        "country": country,
        "region": region,
        "inclusive": inclusive,
        "items": items,
        "shipping": 495,
    }


def sales_order(ref: str = "o1", item: str = "85123A") -> dict[str, Any]:
    """erp/sales_orders"""
    items = [{"line": "1", "item": item, "qty": 6, "amt": 1530}]
    return {"external_ref": ref, "cust": None, "curr": "GBP", "total": 2025, "items": items}


def shipping_order(name: str = "f1", item: str = "85123A", qty: int = 6) -> dict[str, Any]:
    """warehouse/shipping_orders"""
    return {
        "depositor_order": name,
        "ref": "o1",
        "site": "L1",
        "items": [{"line": "1", "item": item, "qty": qty}],
        "ship_to": {"country": "GB"},
        "service": "standard",
    }


async def hold(outside: Outside, source: str = "tok_visa") -> str:
    """An authorization's id."""
    status, body = await outside.say("payments/authorizations", authorization(source))
    assert (status, body["status"]) == (200, "requires_capture")
    return body["id"]
