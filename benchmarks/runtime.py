"""What a durable turn costs, beside a raw trio hop measured in the same run.

The order flow is the real one, every actor and connector of it, with partners that answer at once; orders are
placed by clients that keep a fixed number unfinished, so a rate is one at which completions keep up.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import trio

from actors.journal.memory import MemoryJournal
from actors.journal.sqlite import SqliteJournal
from actors.runtime.intake import Call
from actors.runtime.mailbox import Signal
from actors.runtime.real import RealChance, RealClock, collect_seldom
from actors.system import Ports, Settings, System
from contracts.codec import decode_turn
from contracts.ids import order_id_of
from contracts.inventory import ImportProducts, ProductRow, ReceiveStock, StockRow
from contracts.orders import Order, OrderLine, Payment, PostalAddress, SubmitOrder, order_total_minor
from contracts.ports import SYSTEMS, Clock, Journal
from contracts.turn import DEFAULT_TENANT, Turn
from sim.load.build import build_load
from sim.plan import PLANS, LoadPlan, Plan, no_shares
from sim.run import run_plan

from .harness import Bar, Report, Row, interleaved, row
from .instant import InstantForeign

HOPS = 20_000
ORDERS = {"2 lines": 1_500, "trace lines": 600}
UNFINISHED = 256
SIMULATED_ORDERS = 1_000
LIST_PRICE = 255
# Fifty times as often as in production: orders should not wait for the poll, nor the poll be what is measured.
FEED_EVERY_MS = 20


class Sample(msgspec.Struct, array_like=True, frozen=True):
    """What the codec hop carries."""

    key: str
    sku: str
    quantity: int
    price_minor: int


def raw_hop() -> dict[str, float]:
    """Send and receive over `open_memory_channel(0)`: one hop is one message."""
    return _hops(lambda value: value, lambda value: value)


def codec_hop() -> dict[str, float]:
    """The same with msgpack encode and decode of a small struct."""
    return _hops(msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(Sample).decode)


def _hops(encode: Callable[[Any], Any], decode: Callable[[Any], Any]) -> dict[str, float]:
    async def main() -> None:
        send, receive = trio.open_memory_channel[object](0)
        message = Sample("ord_1", "85123A", 6, 255)

        async def producer() -> None:
            async with send:
                for _ in range(HOPS):
                    await send.send(encode(message))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(producer)
            async for value in receive:
                decode(value)

    wall, cpu = time.perf_counter(), time.process_time()
    trio.run(main)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"per_s": HOPS / wall, "cpu_us": cpu / HOPS * 1e6}


def baskets(kind: str) -> list[Order]:
    """The orders to place: of two lines, or as many as a real shop's (the calibrated profile)."""
    count = ORDERS[kind]
    if kind == "trace lines":
        # Plain baskets: what is collected, given away or paid ahead waits for a person, and is none of a flow's price.
        load = LoadPlan(**no_shares(LoadPlan, but=("storm_share_bp",)))
        plan = Plan(name="bench", orders=count, seed=11, load=load)
        return [planned.order for planned in build_load(plan).orders]
    lines = (OrderLine("1", "85123A", 6, 255), OrderLine("2", "71053", 2, 255))
    total = sum(line.quantity * line.unit_price_minor for line in lines)
    payments = (Payment("psp-a", "card", "tok_visa", total),)
    return [Order("web", f"B-{n}", "GBP", True, lines, PostalAddress("GB"), payments) for n in range(count)]


def flow(orders: list[Order], journal: Journal) -> dict[str, float]:
    """Place the orders, wait until all are completed; rates and CPU of it all."""
    measured: dict[str, float] = {}
    web = [at_list_price(order) for order in orders]

    async def main() -> None:
        limits = {
            name: msgspec.structs.replace(one, concurrency=512, rate_per_s=1_000_000, burst=1_000_000)
            for name, one in SYSTEMS.items()
        }
        ports = Ports(journal, RealClock(), RealChance(), InstantForeign())
        system = System(ports, Settings(feed_every_ms=FEED_EVERY_MS, limits=limits))
        async with trio.open_nursery() as nursery:
            await nursery.start(system.run)
            await stock(system, web, RealClock())
            before = system.engine.fold.turns, system.engine.counts["commits"]
            wall, cpu = time.perf_counter(), time.process_time()
            await _place(system, web)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            turns = system.engine.fold.turns - before[0]
            measured.update(
                {
                    "orders_per_s": len(web) / wall,
                    "turns_per_s": turns / wall,
                    "cpu_us_per_order": cpu / len(web) * 1e6,
                    "cpu_us_per_turn": cpu / turns * 1e6,
                    "turns_per_order": turns / len(web),
                    "commits": system.engine.counts["commits"] - before[1],
                }
            )
            nursery.cancel_scope.cancel()

    trio.run(main)
    journal.close()
    return measured


def at_list_price(order: Order) -> Order:
    """The same basket as a web order: every line at the list price, one payment of the total."""
    lines = tuple(
        msgspec.structs.replace(line, unit_price_minor=LIST_PRICE, discounts=()) for line in order.lines
    )
    listed = msgspec.structs.replace(order, channel="web", lines=lines)
    payments = (Payment("psp-a", "card", "tok_visa", order_total_minor(listed)),)
    return msgspec.structs.replace(listed, payments=payments)


async def stock(system: System, orders: list[Order], clock: Clock) -> None:
    """The price list and more of everything than anybody will ask for."""
    skus = sorted({line.sku for order in orders for line in order.lines})
    group = -1
    for n in range(0, len(skus), 200):
        part = skus[n : n + 200]
        products = ImportProducts("default", tuple(ProductRow(s, s, LIST_PRICE, 100, "GBP") for s in part))
        stock = ReceiveStock("default", f"s{n}", tuple(StockRow(s, "WH1", 1 << 40) for s in part))
        for to, command in (("catalog", products), ("inventory", stock)):
            call = Call("b", "RECORD", "seed", f"{to}{n}", "", to, "default", f"{to}{n}", command)
            group = system.door.take_record_nowait(call)[1]
    await system.engine.until_durable(group)
    while not system.is_quiet():
        await clock.sleep_until_ms(clock.now_ms() + 1)


async def _place(system: System, orders: list[Order]) -> None:
    """`UNFINISHED` clients: each places the next order when its last one is completed."""
    left = iter(orders)
    completed: dict[str, Signal] = {}

    def watch(turns: Sequence[Turn]) -> None:
        for turn in turns:
            if turn.actor == "orders":
                for event in turn.events:
                    if event.type == "order.completed":
                        completed.pop(turn.key).give()

    async def client() -> None:
        done = Signal()
        for order in left:
            order_id = order_id_of(DEFAULT_TENANT, order.channel, order.channel_order_id)
            completed[order_id] = done
            await submit(system, order, order_id)
            await done.wait()

    system.engine.watchers.append(watch)
    async with trio.open_nursery() as nursery:
        for _ in range(UNFINISHED):
            nursery.start_soon(client)


async def submit(system: System, order: Order, order_id: str) -> None:
    """Place an order and wait until it is received."""
    command = SubmitOrder(order_id, order)
    key = order.channel_order_id
    await system.submit(Call("b", "POST", "/v1/orders", key, key, "orders", order_id, order_id, command))


def sqlite_flow(orders: list[Order]) -> dict[str, float]:
    """The flow on SQLite, WAL, synchronous=FULL."""
    with tempfile.TemporaryDirectory() as directory:
        return flow(orders, SqliteJournal.open(Path(directory), "live"))


def simulated() -> dict[str, float]:
    """The promotion under standard faults, with twins, clients, invariants and verdict."""
    plan = msgspec.structs.replace(PLANS["promotion"], orders=SIMULATED_ORDERS, seed=7)
    outcome = run_plan(plan, now_s=time.perf_counter)
    if outcome.result.verdict != "held":
        raise RuntimeError(f"the simulated promotion did not hold: {outcome.result.verdict}")
    return {"turns_per_s": outcome.result.turns_per_wall_s}


def one_order() -> tuple[int, int, int]:
    """(turns, commits in sequence, keys) of one two-line order, alone in the system."""
    journal = MemoryJournal()
    flow(baskets("2 lines")[:1], journal)
    turns = [(number, decode_turn(data)) for number, group in journal.read() for data in group]
    first = next(n for n, (_, turn) in enumerate(turns) if turn.cause.startswith("x:") and _submits(turn))
    own = [(number, t) for number, t in turns[first:] if t.key != "feed:confirmations"]
    return len(own), len({number for number, _ in own}), len({(t.actor, t.key) for _, t in own})


def _submits(turn: object) -> bool:
    return any(said.type == "orders.submit" for said in turn.said)  # type: ignore[attr-defined]


def run(rounds: int, say: Callable[[str], None]) -> Report:
    """All cases, interleaved."""
    small, trace = baskets("2 lines"), baskets("trace lines")
    collect_seldom()  # as `tidegate serve` does
    taken = interleaved(
        {
            "raw hop": raw_hop,
            "hop with codec": codec_hop,
            "2 lines, memory": lambda: flow(small, MemoryJournal()),
            "2 lines, SQLite": lambda: sqlite_flow(small),
            "trace lines, memory": lambda: flow(trace, MemoryJournal()),
            "trace lines, SQLite": lambda: sqlite_flow(trace),
            "simulated promotion": simulated,
        },
        rounds,
        say,
    )
    turns, commits, keys = one_order()
    shape = f"{turns} turns, {commits} commits in sequence, {keys} keys an order"
    hop_cpu = taken["raw hop"]["cpu_us"]
    against = ("raw hop", hop_cpu)
    rows: list[Row] = [
        row("raw hop", "hops/s", taken["raw hop"]["per_s"]),
        row("raw hop", "CPU us", hop_cpu),
        row(
            "hop with codec", "hops/s", taken["hop with codec"]["per_s"],
            against=("raw hop", taken["raw hop"]["per_s"]),
        ),
    ]  # fmt: skip
    for name in ("2 lines, memory", "2 lines, SQLite", "trace lines, memory", "trace lines, SQLite"):
        one = taken[name]
        per_order = f"{statistics.median(one['turns_per_order']):.1f} turns an order; {shape}"
        rows += [
            row(name, "orders/s", one["orders_per_s"], note=per_order),
            row(name, "turns/s", one["turns_per_s"]),
            row(name, "CPU us an order", one["cpu_us_per_order"], against=against),
            row(name, "CPU us a turn", one["cpu_us_per_turn"], against=against),
        ]
    simulated_rate = taken["simulated promotion"]["turns_per_s"]
    rows.append(row("simulated promotion", "turns/wall s", simulated_rate, note="faults and invariants on"))
    in_hops = statistics.median(taken["trace lines, SQLite"]["cpu_us_per_turn"]) / statistics.median(hop_cpu)
    rate = statistics.median(simulated_rate)
    bars = (
        Bar(
            "CPU per durable turn on trace lines, in raw hops' CPU", "<= 2.0", round(in_hops, 3), in_hops <= 2
        ),
        Bar("simulated turns per wall second, trace lines", ">= 4,000", rate, rate >= 4_000),
        Bar("turns of a happy order", "<= 32", turns, turns <= 32),
    )
    return Report("runtime", tuple(rows), bars, rounds)
