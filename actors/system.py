"""Builds, runs and drains the actor system: the one place where everything is put together.

long because it is that one place, and its tables name everything once.

Tables that can be read: ACTORS names every actor, CONNECTORS every dialect. No global broker, no registration
by import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import trio

from contracts.ports import (
    SYSTEMS,
    Chance,
    Clock,
    Deliver,
    ForeignSystems,
    Journal,
    SystemLimits,
    Vault,
    WebhookSender,
)
from contracts.subscribers import SUBSCRIBERS, Subscriber
from contracts.turn import DEFAULT_TENANT

from .connectors.connector import Dialect, connector_spec
from .connectors.drains import watch_drains
from .connectors.erp import CHANGES, ERP
from .connectors.feed import FeedDialect, FeedReader
from .connectors.file_reader import FileReader
from .connectors.fraud import FRAUD, REVIEWS
from .connectors.payments import PAYMENTS
from .connectors.provider import PROVIDER_EVENTS
from .connectors.pump import Pump
from .connectors.reconcile import Reconciler
from .connectors.settlement.files import FileStore, MemoryFiles
from .connectors.settlement.reader import SETTLEMENT_FILES, SettlementReader
from .connectors.suppliers import ACKNOWLEDGMENTS, INVOICES, SHIP_NOTICES, SUPPLIERS
from .connectors.sync import Syncer
from .connectors.tax import TAX
from .connectors.tills import TILLS, TillReader
from .connectors.tills.reader import TILL_FILES
from .connectors.vault import VAULT, VaultSystem
from .connectors.warehouse import CONFIRMATIONS, RECEIPTS, SCANS, WAREHOUSE
from .connectors.webhooks import Webhooks
from .domains.finance.actor import FINANCE
from .domains.finance.gift_cards import GIFT_CARDS
from .domains.finance.settlement_actor import SETTLEMENT
from .domains.fulfillment.actor import FULFILLMENT
from .domains.inventory.actor import INVENTORY
from .domains.inventory.catalog import CATALOG
from .domains.inventory.purchasing import PURCHASING
from .domains.inventory.sourcing import seller
from .domains.orders.actor import ORDERS
from .domains.orders.customers import CUSTOMERS
from .domains.platform.connector_policies import CONNECTOR_POLICIES
from .domains.platform.connector_policies import NAME as POLICIES
from .domains.platform.exports import EXPORTS
from .domains.platform.partner_files import PARTNER_FILES
from .domains.returns.actor import RETURNS
from .domains.stores.actor import STORES_ACTOR
from .domains.webhooks.actor import WEBHOOKS
from .flows.channel_sync import CHANNEL_SYNC
from .flows.order_to_cash import ORDER_TO_CASH
from .flows.procure_to_replenish import PROCURE_TO_REPLENISH
from .flows.reconcile import RECONCILIATIONS_ACTOR
from .flows.returns_to_refund import RETURNS_TO_REFUND
from .flows.store_sales import STORE_SALES
from .journal.sealing import Sealer
from .journal.vault import MemoryVault
from .policies.drain import Drain, Forecast
from .runtime.actor import ActorSpec
from .runtime.approvals import APPROVALS
from .runtime.engine import Engine
from .runtime.exceptions import EXCEPTIONS
from .runtime.intake import INTAKE, Answered, Call, Door
from .runtime.loop import CREDIT, ActorLoop, Committer, Supervisor, TimerHeap, put_to_rest, sweep
from .runtime.rehearsal import Rehearsal, rehearse
from .runtime.saying import deliver_at_once
from .views.approvals import ApprovalQueue
from .views.exceptions import WorkList
from .views.our_books import OurBooks
from .views.own import only
from .views.receivables import Receivables
from .views.store import ViewStore
from .views.timeline import Timeline
from .views.trial_balance import TrialBalance

DIALECTS: tuple[Dialect, ...] = (PAYMENTS, FRAUD, TAX, ERP, WAREHOUSE, SUPPLIERS, TILLS, VAULT)
DOMAINS: tuple[ActorSpec, ...] = (
    INTAKE, ORDERS, CUSTOMERS, RETURNS, CATALOG, INVENTORY, PURCHASING, FULFILLMENT, FINANCE, SETTLEMENT,
    ORDER_TO_CASH, RETURNS_TO_REFUND, PROCURE_TO_REPLENISH, GIFT_CARDS, EXCEPTIONS, RECONCILIATIONS_ACTOR,
    CHANNEL_SYNC,
    STORES_ACTOR, STORE_SALES, WEBHOOKS, EXPORTS, PARTNER_FILES, APPROVALS,
    CONNECTOR_POLICIES,
)  # fmt: skip
FEEDS = (
    CONFIRMATIONS, PROVIDER_EVENTS, REVIEWS, SCANS, ACKNOWLEDGMENTS, SHIP_NOTICES, RECEIPTS, INVOICES, *CHANGES,
)  # fmt: skip
# Feeds of whole files, and what reads each.
FILES: tuple[tuple[FeedDialect, type[FileReader]], ...] = (
    (SETTLEMENT_FILES, SettlementReader),
    (TILL_FILES, TillReader),
)

# The journal's mode in which endpoints on loopback are spoken to.
SANDBOX = "sandbox"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ports:
    """What the system is given: swap any of them."""

    journal: Journal
    clock: Clock
    chance: Chance
    foreign: ForeignSystems
    deliver: Deliver = deliver_at_once
    files: FileStore = field(default_factory=MemoryFiles)
    vault: Vault = field(default_factory=MemoryVault)
    # Lists and searches; a run that nobody asks for any has none.
    views: ViewStore | None = None
    # The way to webhook endpoints; without it they are kept, and nothing is sent.
    webhooks: WebhookSender | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How the system is run. `limits` are the connectors' manners, by system.

    A key that was not used for `rest_after_ms` (to twice that) leaves memory.
    """

    strict: bool = False
    credit: int = CREDIT
    feed_every_ms: int = 1_000
    sweep_every_ms: int = 5_000
    rest_after_ms: int = 60_000
    # Whether reconciliations that nobody has scheduled run as often as their table says.
    reconcile: bool = False
    # How often subscribers are told what changed; 0: never.
    sync_every_ms: int = 0
    subscribers: Mapping[str, Subscriber] = field(default_factory=lambda: SUBSCRIBERS)
    tenant: str = DEFAULT_TENANT
    limits: Mapping[str, SystemLimits] = field(default_factory=lambda: SYSTEMS)


def all_actors() -> dict[str, ActorSpec]:
    """Every actor type by name, connectors included."""
    specs = [*DOMAINS, *(connector_spec(dialect) for dialect in DIALECTS)]
    return {spec.name: spec for spec in specs}


class System:
    """One owner of one journal. `run` until cancelled; a failed commit or a failing loop ends it."""

    def __init__(self, ports: Ports, settings: Settings | None = None) -> None:
        self.ports = ports
        self.settings = settings or Settings()
        self.actors = all_actors()
        self.engine = Engine(
            actors=self.actors,
            systems=[dialect.system for dialect in DIALECTS],
            journal=ports.journal,
            clock=ports.clock,
            epoch=ports.journal.take_over(),
            deliver=ports.deliver,
            strict=self.settings.strict,
        )
        self.sealer = Sealer(ports.vault)
        self.door = Door(self.engine, credit=self.settings.credit, seal=self.sealer.seal)
        self.timers = TimerHeap(self.engine, ports.clock, self.settings.credit)
        self.supervisor = Supervisor(ports.clock)
        self._look_on()
        self.pumps = {
            dialect.system: Pump(
                dialect,
                self.actors[dialect.system],
                self.settings.limits[dialect.system],
                self.engine,
                VaultSystem(ports.vault) if dialect is VAULT else ports.foreign,
                ports.clock,
                ports.chance,
                self.sealer.unseal,
            )
            for dialect in DIALECTS
        }
        self.drains = {name: Drain(self.settings.limits[name].rate_per_s) for name in self.pumps}
        self.feeds: list[FeedReader] = [
            FeedReader(
                feed,
                self.actors[feed.system],
                self.engine,
                self.door,
                ports.foreign,
                ports.clock,
                every_ms=self.settings.feed_every_ms,
            )
            for feed in FEEDS
        ]
        self.feeds += [
            reader(
                feed,
                self.actors[feed.system],
                self.engine,
                self.door,
                ports.foreign,
                ports.clock,
                ports.files,
                every_ms=self.settings.feed_every_ms,
            )
            for feed, reader in FILES
        ]
        self._compare_books()
        self._tell_subscribers()
        self.recovered_turns = self._read_back()

    def _read_back(self) -> int:
        """What the journal has, and what was set in it; how many turns that is."""
        turns = self.engine.read_back()
        for name in self.pumps:
            self.heed_policy(name)
        return turns

    def heed_policy(self, name: str) -> None:
        """Let a connector do as its policy says, if somebody has set one."""
        found = self.engine.fold.find((self.settings.tenant, POLICIES, name))
        policy = None if found is None else found.state.policy
        if policy is not None:
            self.pumps[name].heed(policy.concurrency, policy.rate_per_s, policy.burst)
            self.drains[name].quota_per_s = policy.rate_per_s

    def _compare_books(self) -> None:
        """The job behind `reconciliations`; without lists no run of it comes to its end."""
        ports = self.ports
        ours = OurBooks(ports.views) if ports.views is not None else None
        self.reconciler = Reconciler(
            self.engine, self.door, ports.foreign, ports.clock, ours, scheduled=self.settings.reconcile
        )
        self.engine.watchers.append(self.reconciler.take)

    def _tell_subscribers(self) -> None:
        """Whoever is told what became of our things, if anybody is."""
        ports, settings = self.ports, self.settings
        self.syncer = Syncer(
            self.engine, ports.foreign, ports.clock, ports.chance, settings.limits,
            settings.subscribers if settings.sync_every_ms else {}, seller,
            self.sealer.unseal, settings.sync_every_ms,
        )  # fmt: skip
        if self.syncer.outlets:
            self.engine.watchers.append(self.syncer.take)
        self.webhooks = Webhooks(
            self.engine, ports.webhooks, ports.clock, ports.chance, self.sealer.unseal,
            sandbox=ports.journal.header.mode == SANDBOX,
        )  # fmt: skip
        self.engine.watchers.append(self.webhooks.take)

    def _look_on(self) -> None:
        """The views: told of every committed group."""
        # Whose keys `look` and `read` mean; a door that many come through says who asks.
        self.whose: Callable[[], str] = lambda: self.settings.tenant
        self.timeline = Timeline(self.engine.shelf)
        self.work_list, self.trial_balance, self.receivables = WorkList(), TrialBalance(), Receivables()
        self.approvals = ApprovalQueue()
        views = (self.work_list, self.trial_balance, self.receivables, self.approvals)
        self.engine.watchers += [self.timeline.take, only(self.settings.tenant, views)]
        self.views = self.ports.views
        if self.views is not None:
            self.views.tenant = self.settings.tenant
            self.views.attach(self.ports.journal)
            self.engine.watchers.append(self.views.take)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run every loop. Raises JournalFailed, StaleEpoch, LoopFailing; all of them end the process."""
        async with trio.open_nursery() as nursery:
            for name in self.engine.mailboxes:
                loop = ActorLoop(self.actors[name], self.engine)
                nursery.start_soon(self.supervisor.watch, name, loop.run, _rewake(self.engine, name))
            nursery.start_soon(self.supervisor.watch, "timers", self.timers.run)
            nursery.start_soon(self.supervisor.watch, "deadlines", self.door.deadlines.run)
            settings = self.settings
            nursery.start_soon(sweep, self.engine, self.ports.clock, settings.sweep_every_ms, settings.credit)
            nursery.start_soon(Committer(self.engine).run)
            if (views := self.views) is not None:
                nursery.start_soon(self.supervisor.watch, "views", lambda: views.run(self.ports.clock))
            nursery.start_soon(
                self.supervisor.watch,
                "rest",
                lambda: put_to_rest(
                    self.engine, self.ports.clock, [self.timeline.rest], settings.rest_after_ms
                ),
            )
            for pump in self.pumps.values():
                nursery.start_soon(pump.run)
            nursery.start_soon(
                self.supervisor.watch,
                "drains",
                lambda: watch_drains(self.drains, self.engine.backlogs, self.ports.clock),
            )
            for feed in self.feeds:
                nursery.start_soon(self.supervisor.watch, feed.key, feed.run)
            nursery.start_soon(self.supervisor.watch, "reconciliations", self.reconciler.run)
            nursery.start_soon(self.supervisor.watch, "subscribers", self.syncer.run)
            nursery.start_soon(self.supervisor.watch, "webhooks", self.webhooks.run)
            task_status.started()

    async def submit(self, call: Call, deadline_ms: int = 30_000) -> Answered:
        """Answer an idempotent call; see Door.submit for what it raises."""
        return await self.door.submit(call, deadline_ms)

    def rehearse(self, calls: Iterable[Call]) -> Rehearsal:
        """What these calls would do now, without doing any of it: the dry run of an import."""
        return rehearse(self.engine, calls)

    def look(self, actor: str, key: str) -> Any | None:
        """The live state of a key, or None where no turn wrote one. Show nothing of it before `read`."""
        found = self.engine.fold.find((self.whose(), actor, key))
        return None if found is None or found.seq == 0 else found.state

    async def read(self, actor: str, key: str, render: Callable[[Any, int], T]) -> T | None:
        """`render(state, seq)` of a key; returns when the last turn it saw is durable. None: no such key."""
        found = self.engine.fold.find((self.whose(), actor, key))
        if found is None or found.seq == 0:
            return None
        rendered = render(found.state, found.seq)
        await self.engine.until_durable(found.group)
        return rendered

    def is_quiet(self, *, told: bool = True) -> bool:
        """Nothing pending inside, nothing waiting for or in flight to a foreign system, all of it durable.

        `told`: and every subscriber has confirmed what became of it.
        """
        engine = self.engine
        return (
            engine.waiting == 0
            and engine.all_durable()
            and all(len(backlog) == 0 for backlog in engine.backlogs.values())
            and all(pump.unfinished == 0 for pump in self.pumps.values())
            and not any(feed.busy for feed in self.feeds)
            and not self.reconciler.busy
            and not (told and (self.syncer.busy or self.webhooks.busy))
        )

    async def drain(self, deadline_ms: int = 10_000) -> bool:
        """Close the door and let what is inside come to rest. True if it did before the deadline.

        What waits for a slow system stays in the journal: it is waited for no longer than the deadline.
        """
        self.door.open = False
        due = self.ports.clock.now_ms() + deadline_ms
        while self.ports.clock.now_ms() < due:
            if self.engine.waiting == 0 and not self.engine.open_calls and self.engine.all_durable():
                return True
            await self.ports.clock.sleep_until_ms(self.ports.clock.now_ms() + 20)
        return False

    def forecast(self, name: str) -> Forecast:
        """How long the backlog of a foreign system will take to drain, as of now."""
        backlog = self.engine.backlogs[name]
        return self.drains[name].forecast(self.ports.clock.now_ms(), backlog.came, len(backlog))

    def statistics(self) -> dict[str, Any]:
        """Everything that holds something says how much."""
        return {
            "engine": self.engine.statistics(),
            "door": self.door.statistics(),
            "pumps": {name: pump.statistics() for name, pump in self.pumps.items()},
            "drains": {name: self.forecast(name)._asdict() for name in self.drains},
            "feeds": {feed.key: feed.statistics() for feed in self.feeds},
            "vault": {**self.sealer.counts, **self.ports.vault.statistics()},
            "reconciliations": self.reconciler.statistics(),
            "subscribers": self.syncer.statistics(),
            "webhooks": self.webhooks.statistics(),
            "views": {} if self.views is None else self.views.statistics(),
            "restarts": dict(self.supervisor.restarts),
            "recovered_turns": self.recovered_turns,
        }


def _rewake(engine: Engine, name: str) -> Callable[[], int]:
    return lambda: engine.sweep(name)
