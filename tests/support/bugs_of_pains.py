"""The bugs behind the pains that users of today's connectors report; see `bugs.py` for what such a bug is."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

import msgspec
import pytest
import trio

from actors.connectors import provider
from actors.connectors.connector import BROKEN
from actors.connectors.feed import FeedReader
from actors.connectors.pump import Pump
from actors.connectors.settlement import checks
from actors.connectors.settlement.reader import Listed, SettlementReader
from actors.connectors.sync.outlet import Outlet
from actors.connectors.sync.things import Things
from actors.domains.finance import settlement as judging
from actors.domains.inventory import counts, sourcing
from actors.domains.inventory.actor import INVENTORY
from actors.flows.order_to_cash import amounts
from actors.policies.breaker import Breaker
from actors.runtime.backlog import Backlog
from contracts.decision import Decision
from contracts.inventory import ReleaseReservation, StockMoved, StockRow
from contracts.refunds import Dispute, ProviderEvent
from contracts.turn import Message
from tests.support.script import Scripted


def a_new_key_for_every_try(patch: pytest.MonkeyPatch) -> None:
    """What is sent again goes under a key of its own, so that the provider takes it for something new."""
    honest = Pump._try

    async def try_(self: Pump, call: Any, request: Any) -> Any:
        return await honest(
            self, call, msgspec.structs.replace(request, effect_key=f"{request.effect_key}-{call.attempt}")
        )

    patch.setattr(Pump, "_try", try_)


def stock_of_a_while_ago(patch: pytest.MonkeyPatch) -> None:
    """Whether there is enough is read from a copy of the levels, made anew for every sixtieth order."""
    honest, kept, asked = sourcing.source, {}, count()

    def source(pool: Any, demand: Any, locations: Any) -> Any:
        if next(asked) % 60 == 0:
            kept["pool"] = copy.deepcopy(pool)
        return honest(kept["pool"], demand, locations)

    patch.setattr(sourcing, "source", source)


def released_as_often_as_asked(patch: pytest.MonkeyPatch) -> None:
    """A release gives back what the order once held, whether it still holds it or not."""
    honest = INVENTORY.handlers["inventory.release_reservation"]
    once: dict[str, tuple[StockRow, ...]] = {}

    def release(state: Any, message: Message, at: int) -> Decision:
        command: ReleaseReservation = message.body
        held = state.reservations.get(command.order_id)
        if held is not None:
            rows = [StockRow(line.sku, held.location, line.quantity) for line in held.lines]
            once[command.order_id] = tuple(rows)
            return honest(state, message, at)
        decision = Decision()
        rows_ = once.get(command.order_id, ())
        decision.event(StockMoved(command.pool, "release", "", rows_, "reserved", "available"))
        return decision

    patch.setitem(INVENTORY.handlers, "inventory.release_reservation", release)


def _counted_otherwise(patch: pytest.MonkeyPatch, counted: Any) -> None:
    honest = counts.corrections

    def corrections(pool: Any, name: str, reference: str, begun: Any, rows: Iterable[StockRow]) -> Any:
        changed = [msgspec.structs.replace(row, quantity=counted(pool, begun, row)) for row in rows]
        return honest(pool, name, reference, begun, changed)

    patch.setattr(counts, "corrections", corrections)


def snapshot_less_what_is_reserved(patch: pytest.MonkeyPatch) -> None:
    """What is reserved is deducted from the snapshot, though it is deducted from what is available already."""

    def counted(pool: Any, begun: Any, row: StockRow) -> int:
        return row.quantity - pool.positions[row.sku][row.location].reserved

    _counted_otherwise(patch, counted)


def snapshot_without_a_watermark(patch: pytest.MonkeyPatch) -> None:
    """The snapshot is taken for what is there now, whatever has left since it was made."""

    def counted(pool: Any, begun: Any, row: StockRow) -> int:
        return begun.book[row.sku] + row.quantity - counts.on_hand(pool, row.sku, row.location)

    _counted_otherwise(patch, counted)


def events_overtake_calls(patch: pytest.MonkeyPatch) -> None:
    """What a provider tells is taken at once, though a call of the same order is under way."""
    honest = Backlog.put

    def put(self: Backlog, message: Message) -> None:
        if message.type != "payments.event":
            honest(self, message)
            return
        self._freed.append(message)
        self._depth += 1

    patch.setattr(Backlog, "put", put)


def events_as_they_come(patch: pytest.MonkeyPatch) -> None:
    """Each event is booked as it comes, whatever was told before it."""

    def facts(state: Any, event: ProviderEvent, capture: Any) -> list[tuple[str, Any]]:
        dispute = Dispute(
            event.order_id, capture.provider, event.object_id, event.capture_id, event.amount_minor,
            event.fee_minor, capture.currency, capture.book, event.settled_minor, event.settled_currency,
        )  # fmt: skip
        return [(f"payment.{event.kind.replace('.', '_')}", dispute)]

    patch.setattr(provider, "_facts", facts)


def unknown_events_dropped(patch: pytest.MonkeyPatch) -> None:
    """An event about what nobody knows is passed over, and nobody is told."""
    honest = provider.HANDLERS["payments.event"]

    def event(state: Any, message: Message, at: int) -> Decision:
        known = provider._capture_of(state, message.body) is not None
        return honest(state, message, at) if known else Decision()

    patch.setitem(provider.HANDLERS, "payments.event", event)


def refund_events_ignored(patch: pytest.MonkeyPatch) -> None:
    """Nobody listens when the provider tells what became of a refund."""
    patch.setitem(provider.HANDLERS, "payments.event", lambda state, message, at: Decision())


def cents_cut_off(patch: pytest.MonkeyPatch) -> None:
    """Each part of a line is its units times a price a unit, and what is less than a cent is cut off."""
    patch.setattr(amounts, "share_of", lambda total, before, after, whole: (after - before) * total // whole)


def file_passed_over(patch: pytest.MonkeyPatch) -> None:
    """A file that cannot be fetched now is passed over, and the next one is taken for the next."""
    honest = SettlementReader._fetch

    async def fetch(self: SettlementReader, row: Listed) -> bytes | None:
        data = await honest(self, row)
        return b"" if data is None else data

    async def import_(self: SettlementReader, row: Listed, data: bytes) -> None:
        if data:
            await take(self, row, data)

    take = SettlementReader._import
    patch.setattr(SettlementReader, "_fetch", fetch)
    patch.setattr(SettlementReader, "_import", import_)


def currency_of_a_line_ignored(patch: pytest.MonkeyPatch) -> None:
    """Whatever a line is in, it is booked in the currency of its file."""
    honest = checks._line

    def line(reading: Any, n: int, record: Mapping[str, str]) -> Any:
        name = reading.dialect.line["currency"]
        return honest(reading, n, {**record, name: reading.currency})

    patch.setattr(checks, "_line", line)


def currency_of_a_capture_ignored(patch: pytest.MonkeyPatch) -> None:
    """A line meets what is open under its reference, in whatever currency that is."""
    honest = judging._match

    def match(gross_minor: int, currency: str, item: Any) -> tuple[str, int]:
        return honest(gross_minor, currency if item is None else item.currency, item)

    patch.setattr(judging, "_match", match)


def broken_records_swallowed(patch: pytest.MonkeyPatch) -> None:
    """A record that cannot be read is passed over in silence."""
    honest = FeedReader._take

    def is_readable(reader: FeedReader, raw: Any) -> bool:
        try:
            reader.dialect.read(raw)
        except BROKEN:
            return False
        return True

    async def take(self: FeedReader, records: list[Any], cursor: int) -> int:
        last = await honest(self, [raw for raw in records if is_readable(self, raw)], cursor)
        return max([last, *[raw["n"] for raw in records]])

    patch.setattr(FeedReader, "_take", take)


def no_deadline_of_a_try(patch: pytest.MonkeyPatch) -> None:
    """A call is waited for as long as it takes."""
    patch.setattr("actors.connectors.call.Watch.begin", lambda self, call, caller: None)


def one_pool_of_slots_for_all(patch: pytest.MonkeyPatch, slots: int = 2) -> None:
    """Calls to all systems share so many places: who is slow has them all."""
    honest, places = Scripted.call, trio.CapacityLimiter(slots)

    async def call(self: Scripted, request: Any) -> Any:
        async with places:
            return await honest(self, request)

    patch.setattr(Scripted, "call", call)


def no_breaker(patch: pytest.MonkeyPatch) -> None:
    """What is down is called as if it were not."""
    patch.setattr(Breaker, "admits", lambda self, now_ms: True)


def acknowledgments_believed(patch: pytest.MonkeyPatch) -> None:
    """What a subscriber says it has taken is never asked for: it has it."""

    async def ask(self: Outlet) -> bool:
        self.told.clear()
        return True

    patch.setattr(Outlet, "_ask", ask)


def what_failed_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A push that fails is noted in a log, and the next one is of what changes next."""
    honest = Outlet._send

    async def send(self: Outlet, items: Any, groups: int) -> Any:
        answer = await honest(self, items, groups)
        return {} if answer is None else answer

    patch.setattr(Outlet, "_send", send)
    acknowledgments_believed(patch)


def the_last_push_wins(patch: pytest.MonkeyPatch) -> None:
    """Pushes carry no version: whatever arrives last stands."""
    honest = Things.newest

    def newest(self: Things, thing: Any, change: Any, channel: str) -> Any:
        found = honest(self, thing, change, channel)
        return None if found is None else found._replace(version=1)

    patch.setattr(Things, "newest", newest)


def a_new_name_for_every_message(patch: pytest.MonkeyPatch) -> None:
    """A message that is sent again goes under a name of its own, and the mail service takes it for a new one."""
    honest, tries = Outlet._send, count()

    async def send(self: Outlet, items: Any, groups: int) -> Any:
        if self.name == "mail":
            again = next(tries)
            items = [{**item, "ref": f"{item['ref']}-{again}"} for item in items]
        return await honest(self, items, groups)

    patch.setattr(Outlet, "_send", send)
    acknowledgments_believed(patch)
