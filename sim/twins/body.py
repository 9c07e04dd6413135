"""What both bodies do with a call: the door, the latency, the effect in the middle of it, the answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from contracts.ports import Chance, Clock, ForeignRequest, ForeignResponse, NoAnswer, NotSent

from .config import SystemConfig, TwinsConfig
from .erp import Erp
from .fraud import Fraud
from .gate import Gate, Traffic
from .mirror import Mirror
from .payments import Payments
from .placed import Placed
from .post import Post
from .store import Store
from .supplier import Suppliers
from .system import TwinSystem
from .tax import Tax
from .tills import TERMINALS, Tills
from .warehouse import Warehouse

# Where a latency falls between its least (0) and its most (1000), at every twentieth of all calls: half
# of them in the first quarter, and a tail. A draw goes to one of the 20 parts, then 100 steps inside it.
SHAPE = (0, 15, 35, 55, 75, 95, 115, 140, 165, 195, 225, 260, 300, 340, 385, 435, 495, 570, 665, 800, 1000)
_PARTS = len(SHAPE) - 1
_STEPS = 100

# At the instant (ms) call this, which does not wait; the answer takes it back.
CallAt = Callable[[int, Callable[[], object]], Callable[[], None]]

BOOKS: dict[str, Callable[[TwinsConfig, Store], TwinSystem]] = {
    "payments": Payments,
    "fraud": Fraud,
    "tax": Tax,
    "erp": Erp,
    "warehouse": Warehouse,
    "suppliers": Suppliers,
    **{name: partial(Mirror, name) for name in ("channels", "crm", "planning", "bi")},
    "mail": Post,
    "tills": Tills,
}


class _Twin:
    """One system: its books, its door, its pace."""

    __slots__ = ("books", "gate", "min_ms", "name", "spread_ms", "streams")

    def __init__(self, name: str, books: TwinSystem, pace: SystemConfig) -> None:
        self.name = name
        self.books = books
        self.gate = Gate(name, pace)
        self.min_ms = pace.latency_min_ms
        self.spread_ms = pace.latency_max_ms - pace.latency_min_ms
        self.streams: dict[str, str] = {}

    def stream(self, operation: str) -> str:
        """The name under which this operation's latencies are drawn."""
        found = self.streams.get(operation)
        if found is None:
            found = self.streams[operation] = f"twin:{self.name}:{operation}"
        return found


class Twins:
    """The foreign systems, on one store, one clock, one chance. Implements `ForeignSystems`."""

    def __init__(
        self, config: TwinsConfig, clock: Clock, chance: Chance, store: Store, at: CallAt | None = None
    ) -> None:
        """`at`: how a clock that is not the wall's has something done at an instant."""
        self._clock = clock
        self._at = at
        self._chance = chance
        self._store = store
        self._silence_ms = config.silence_ms
        self._twins = {
            name: _Twin(name, make(config, store), getattr(config, name)) for name, make in BOOKS.items()
        }
        suppliers, warehouse = self._twins["suppliers"].books, self._twins["warehouse"].books
        if isinstance(suppliers, Suppliers) and isinstance(warehouse, Warehouse):
            suppliers.delivers_to(warehouse.dock)
        tills, payments = self._twins["tills"].books, self._twins["payments"].books
        if isinstance(tills, Tills) and isinstance(payments, Payments):
            tills.pays_to(payments.batch)
        self.systems = frozenset(self._twins)
        # How often an operation was called for a subject: the draw's ordinal.
        self._ordinals: dict[tuple[str, str], int] = {}

    async def call(self, request: ForeignRequest) -> ForeignResponse:
        """Half the latency, the effect, the other half: a caller's deadline may fall on either side.

        Cancelled before the effect it never happens; after it, it did. Raises NotSent for a system there
        is not, NoAnswer (after `silence_ms`) where the answer gets lost.
        """
        twin = self._twins.get(request.system)
        if twin is None:
            raise NotSent(f"no such system: {request.system}")
        clock = self._clock
        start_ms = clock.now_ms()
        refused = twin.gate.enter(start_ms)
        if refused is not None:
            # Turned away at the door: as quick as the quickest answer.
            if twin.min_ms:
                await clock.sleep_until_ms(start_ms + twin.min_ms)
            return refused
        try:
            response, unheard = await self._take_effect(twin, request, start_ms)
        finally:
            twin.gate.leave()
        if unheard:
            await clock.sleep_until_ms(start_ms + self._silence_ms)
            raise NoAnswer(f"{request.system}/{request.operation}: no answer")
        return response

    async def _take_effect(
        self, twin: _Twin, request: ForeignRequest, start_ms: int
    ) -> tuple[ForeignResponse, bool]:
        """The effect in the middle of the latency: the answer, and whether it will get lost."""
        latency_ms = self._latency_ms(twin, request)
        half_ms = latency_ms // 2
        if half_ms and self._at is not None:
            # Nobody waits in the middle: one wake-up a call is spared.
            done: list[tuple[ForeignResponse, bool]] = []
            take_back = self._at(start_ms + half_ms, lambda: done.append(self._effect(twin, request)))
            try:
                await self._clock.sleep_until_ms(start_ms + latency_ms)
            finally:
                take_back()
            return done[0]
        if half_ms:
            await self._clock.sleep_until_ms(start_ms + half_ms)
        answered = self._effect(twin, request)
        if self._store.durable:
            await self._store.committed()
        if latency_ms:
            await self._clock.sleep_until_ms(start_ms + latency_ms)
        return answered

    def _effect(self, twin: _Twin, request: ForeignRequest) -> tuple[ForeignResponse, bool]:
        operation, effect_key, body = request.operation, request.effect_key, request.body
        unheard = twin.books.unheard(operation, effect_key, body)
        return twin.books.handle(operation, effect_key, body, self._clock.now_ms()), unheard

    def _latency_ms(self, twin: _Twin, request: ForeignRequest) -> int:
        if not twin.spread_ms:
            return twin.min_ms
        stream = twin.stream(request.operation)
        place = (stream, request.subject)
        n = self._ordinals.get(place, 0)
        self._ordinals[place] = n + 1
        part, step = divmod(self._chance.below(_PARTS * _STEPS, stream, request.subject, n), _STEPS)
        low, high = SHAPE[part], SHAPE[part + 1]
        permille_steps = low * _STEPS + (high - low) * step
        return twin.min_ms + (twin.spread_ms * permille_steps + 500 * _STEPS) // (1_000 * _STEPS)

    def books(self) -> dict[str, dict[str, Any]]:
        """The truth outside as of now, by system, JSON-ready."""
        now_ms = self._clock.now_ms()
        for twin in self._twins.values():
            twin.books.advance(now_ms)
        return {name: twin.books.books() for name, twin in self._twins.items()}

    def stocked(self, site: str, item: str, qty: int) -> None:
        """A hand puts goods on the warehouse's shelf; a store's is its own."""
        if site in TERMINALS:
            return
        warehouse = self._twins["warehouse"].books
        assert isinstance(warehouse, Warehouse)
        warehouse.shelves.put(site, item, qty, self._clock.now_ms())

    def ordered(self, channel: str, ref: str, total: int, curr: str) -> None:
        """A customer places an order at a channel."""
        channels = self._twins["channels"].books
        assert isinstance(channels, Mirror)
        channels.placed.put(Placed(channel, ref, total, curr, self._clock.now_ms()))

    def waiting(self) -> int:
        """How many things will still happen outside by themselves."""
        now_ms = self._clock.now_ms()
        for twin in self._twins.values():
            twin.books.advance(now_ms)
        return sum(twin.books.waiting() for twin in self._twins.values())

    def traffic(self) -> dict[str, Traffic]:
        """What came to each system's door, and how much of it was turned away."""
        return {name: twin.gate.traffic for name, twin in self._twins.items()}
