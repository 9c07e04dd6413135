"""The stage: the same system as in production, its ports wrapped in faults, twins outside, clients in front.

Phases: setup, calm, storm, heal, settle. When the process crashes, the whole system and every unsynced group
are dropped, connections are cut, and after a while a new system recovers from the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import trio

from actors.journal.memory import MemoryJournal
from actors.journal.vault import MemoryVault
from actors.runtime.errors import RuntimeRefusal
from actors.runtime.intake import Answered, Call
from actors.system import Ports, Settings, System
from actors.views.store import ViewStore
from actors.views.tables import COMPARED
from contracts.channels import CHANNELS
from contracts.codec import decode_turn
from contracts.inventory import StockRow
from contracts.orders import order_total_minor
from contracts.ports import Journal
from contracts.reconciliations import RECONCILIATIONS

from .bounds import Bounds
from .card_desk import CardDesk
from .chance import SeededChance
from .clients import Clients
from .collectors import Collectors
from .deliveries import late_deliveries
from .faults.calls import FaultyForeign
from .faults.channels import FaultyDeliver
from .faults.process import CrashingJournal, ProcessCrash
from .faults.schedule import FaultSchedule
from .history import History
from .load.planned import PlannedLoad, PlannedOrder
from .looks import REST, Looks
from .observer import Observer
from .operators import Operators
from .plan import Plan, effective_faults
from .privacy_desk import PrivacyDesk
from .quoting import change_prices
from .reference import enter
from .reports.result import PhaseSpan, Progress
from .seeding import seed
from .senders import Senders
from .stock_keepers import StockKeepers
from .support_desk import SupportDesk
from .till_hands import TillHands
from .timeline import Timeline
from .twins import MemoryTwins, TwinsConfig

RESTART_MS = 2_000
# Lists are read at the end and by reconciliations, which wait until they hold: few batches, and large ones.
GATHER_MS = 1_000
# A round of reconciliations takes no longer.
RECONCILED_MS = 600_000
# How often subscribers are told.
SYNC_MS = 10_000
BOOK = CHANNELS["web"].book

Show = Callable[[Progress], None]
MakeSystem = Callable[[Ports, Settings], System]


class Stage:
    """One run's world. `system` is None while the process is down."""

    def __init__(
        self,
        plan: Plan,
        load: PlannedLoad,
        timeline: Timeline,
        show: Show,
        make_system: MakeSystem = System,
        journal: Journal | None = None,
    ) -> None:
        """`journal` is where turns are kept, in memory if it is None; with one of its own memory is weighed too."""
        self.plan = plan
        self.load = load
        self.timeline = timeline
        self.show = show
        self.make_system = make_system
        self.start_ms = timeline.now_ms()
        self.chance = SeededChance(plan.seed)
        self.observer = Observer(self.start_ms)
        self.bounds = Bounds()
        self.history = History(timeline)
        self.schedule = FaultSchedule(effective_faults(plan.faults), self.chance, timeline, self._struck)
        config = TwinsConfig.standard(plan.seed).changed(plan.twins)
        self.twins = MemoryTwins(config, timeline, self.chance, timeline.call_at_ms)
        self.inner_journal = MemoryJournal("simulated") if journal is None else journal
        self.journal = CrashingJournal(self.inner_journal, self.schedule, timeline, self.history.committed)
        self.vault = MemoryVault()
        self.ports = Ports(
            self.journal,
            timeline,
            self.chance,
            FaultyForeign(self.twins, self.schedule),
            FaultyDeliver(self.schedule, timeline),
            # What is compared with the twins' books in the end; lists for readers are kept by none.
            views=ViewStore(COMPARED, gather_ms=GATHER_MS),
            vault=self.vault,
        )
        self.settings = Settings(strict=plan.wire == "strict", sync_every_ms=SYNC_MS)
        self.system: System | None = None
        self.converged = False
        self.restarts = 0
        self.phases: list[PhaseSpan] = []
        self.clients = Clients(self, self, timeline, plan.load.retry_ms)
        self.senders = Senders(self.clients, timeline, self.chance, load.orders, plan.load)
        self.keepers = StockKeepers(self, timeline, self.chance, plan.load.stock, load, self.twins.stocked)
        self.desk = SupportDesk(self.clients, timeline, load.orders)
        self.operators = Operators(self.clients, timeline)
        outside = {
            "load": load,
            "twins": self.twins,
            "seals and files": (self.ports.vault, self.ports.files),
            "history": (self.history.commits, self.history.answers, self.history.faults, self.observer),
        }
        self.looks = Looks(timeline, self.start_ms, None if journal is None else outside)
        self.privacy = PrivacyDesk(self.clients, timeline, self.chance, load.orders)
        self._open_stores()
        self.cards = CardDesk(self.clients, timeline, self.chance, load.orders)
        self._connections: dict[trio.CancelScope, None] = {}
        self._phase, self._phase_from = "setup", self.start_ms
        self._done = False
        # The outside truth at the end, by the twins' own door.
        self.books: dict[str, dict[str, Any]] = {}

    def _open_stores(self) -> None:
        """Their tills and their counters."""
        load, twins, timeline = self.load, self.twins, self.timeline
        self.till_hands = TillHands(twins, timeline, load.tills)
        self.collectors = Collectors(self.clients, twins, timeline, self.chance, load.orders)

    # -- what the clients see ----------------------------------------------------------------------

    def connected(self, scope: trio.CancelScope) -> Callable[[], None]:
        """A client is connected: its scope is cut when the process dies."""
        self._connections[scope] = None
        return lambda: self._connections.pop(scope, None)

    def answered(self, call: Call, answer: Answered | RuntimeRefusal, order_id: str) -> None:
        """Keep what a client was told."""
        self.history.answered(call, answer, order_id)

    # -- the run -----------------------------------------------------------------------------------

    async def run(self) -> None:
        """All phases; afterwards `system` stands still, as it was."""
        async with trio.open_nursery() as nursery:
            self.senders.nursery = self.collectors.nursery = nursery
            await enter(self.twins, self.load)
            nursery.start_soon(self._process)
            nursery.start_soon(self._samples)
            await seed(self)
            self._enter("calm", self.load.calm_start_ms)
            self.schedule.begin(self.load.storm_start_ms)
            nursery.start_soon(self._phases)
            if self.plan.load.stock.late_deliveries:
                nursery.start_soon(late_deliveries, self)
            nursery.start_soon(self.desk.run)
            nursery.start_soon(self.operators.run)
            nursery.start_soon(self.keepers.run)
            storm = (self.load.storm_start_ms, self.load.storm_end_ms)
            nursery.start_soon(self.looks.run, *storm, lambda: self.system)
            nursery.start_soon(self.privacy.run)
            nursery.start_soon(self.till_hands.run)
            nursery.start_soon(change_prices, self.twins, self.timeline, self.load)
            nursery.start_soon(self.cards.run)
            await self.clients.run(self.load.orders, self._arrived)
            await self._settle()
            self.looks.look(REST, self.system)
            await self._reconcile()
            self._enter("check", self.timeline.now_ms())
            self._done = True
            self.books = self.twins.books()
            nursery.cancel_scope.cancel()

    async def _process(self) -> None:
        """The process: run, die, come back."""
        while not self._done:
            self.system = self.make_system(self.ports, self.settings)
            self.system.engine.watchers += (
                self.observer.take,
                self.senders.take,
                self.collectors.take,
                self.keepers.take,
            )
            try:
                await self.system.run()
            except* ProcessCrash:
                self.restarts += 1
            self.bounds.note(self.system)
            self.system = None
            untold = [decode_turn(data) for data in self.journal.untold]
            self.observer.take(untold)
            self.senders.take(untold)
            self.collectors.take(untold)
            self.keepers.take(untold)
            self.journal.untold = []
            for scope in list(self._connections):
                scope.cancel()
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + RESTART_MS)

    def on_the_shelf(self, rows: Sequence[StockRow]) -> None:
        """What the warehouse will count: goods are where the papers say that they were brought."""
        for row in rows:
            self.twins.stocked(row.location, row.sku, row.quantity)

    def record(
        self,
        system: System,
        name: str,
        to: str,
        command: msgspec.Struct,
        key: str = "default",
        about: str = "",
    ) -> int:
        """Have a file record taken: the group that must be durable first."""
        call = Call("setup", "RECORD", "seed", name, "", to, key, about or name, command, sheddable=False)
        return system.door.take_record_nowait(call)[1]

    def _arrived(self, order_id: str, planned: PlannedOrder) -> None:
        self.observer.intended[order_id] = planned.at_ms
        order = planned.order
        self.twins.ordered(order.channel, order.channel_order_id, order_total_minor(order), order.currency)
        self.observer.arrivals += 1

    async def _phases(self) -> None:
        load = self.load
        await self.timeline.sleep_until_ms(load.storm_start_ms)
        self._enter("storm", load.storm_start_ms)
        await self.timeline.sleep_until_ms(load.storm_end_ms)
        self.schedule.healed = True
        self._enter("heal", load.storm_end_ms)

    async def _settle(self) -> None:
        """Everything must come to rest within the plan's bound."""
        while not self.schedule.healed:
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + 100)
        self._enter("settle", self.timeline.now_ms())
        due = self.timeline.now_ms() + self.plan.limits.settle_ms
        quiet = 0
        while self.timeline.now_ms() < due:
            # Twice in a row, a feed's poll apart: what the warehouse has still to tell is told.
            quiet = quiet + 1 if self._at_rest() else 0
            if quiet == 2:
                self.converged = self.clients.gave_up == 0
                break
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + 2_000)

    async def _reconcile(self) -> None:
        """One round of every reconciliation, as somebody would start it who sees that nothing moves any more."""
        system = self.system
        if not self.converged or system is None:
            return
        for name in RECONCILIATIONS:
            system.reconciler.start(name, "the promotion's end", "round", settle_ms=0)
        due = self.timeline.now_ms() + RECONCILED_MS
        while not system.is_quiet() and self.timeline.now_ms() < due:
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + 100)

    def _at_rest(self) -> bool:
        system = self.system
        if system is None or not self.observer.nothing_open or not system.is_quiet():
            return False
        if (
            self.senders.open
            or self.desk.open
            or self.operators.open
            or self.privacy.open
            or self.cards.open
            or self.keepers.open
            or self.till_hands.open
            or self.collectors.open
        ):
            return False
        # Nothing is on its way to the dock, and the outside has nothing more to tell.
        on_their_way = any(timer.actor == "returns" for timer in system.engine.fold.timers)
        return not on_their_way and self.twins.waiting() == 0

    # -- looking -----------------------------------------------------------------------------------

    def _enter(self, phase: str, at_ms: int) -> None:
        if self._phase != "setup":
            self.phases.append(
                PhaseSpan(self._phase, self._phase_from - self.start_ms, at_ms - self.start_ms)
            )
        self._phase, self._phase_from = phase, at_ms
        self.show(self._progress())

    async def _samples(self) -> None:
        at = self.timeline.now_ms()
        backlogs: dict[str, int] = {}
        while True:
            at += 1000
            await self.timeline.sleep_until_ms(at)
            if self.system is not None:
                backlogs = {name: len(b) for name, b in self.system.engine.backlogs.items()}
            self.observer.sample(at, backlogs)
            self.show(self._progress())

    def _progress(self) -> Progress:
        seen, system = self.observer, self.system
        backlog = {n: len(b) for n, b in system.engine.backlogs.items()} if system is not None else {}
        return Progress(
            virtual_ms=self.timeline.now_ms() - self.start_ms,
            phase=self._phase,
            planned=len(self.load.orders),
            received=seen.counts["received"],
            accepted=seen.counts["accepted"],
            completed=seen.counts["completed"],
            closed=seen.ended - seen.counts["completed"],
            in_flight=seen.in_flight,
            backlog=backlog,
            faults=dict(seen.faults),
            turns=seen.turns,
        )

    def _struck(self, kind: str, label: str, subject: str) -> None:
        self.history.struck(kind, label, subject)
        self.observer.fault(self.timeline.now_ms(), kind, label)
