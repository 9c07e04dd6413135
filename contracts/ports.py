"""The ports: clock, chance, journal, deliver, and the foreign systems with their operations as data.

A port is where the world may be swapped: real, simulated, or wrapped in a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from msgspec import Struct

from .turn import Turn


class Clock(Protocol):
    """Milliseconds since the Unix epoch, never decreasing."""

    def now_ms(self) -> int: ...

    async def sleep_until_ms(self, due_ms: int) -> None:
        """Return at or after `due_ms`; a checkpoint in any case."""


class Chance(Protocol):
    """Draws. A draw is named by its stream, subject and ordinal; live ones may ignore the name."""

    def below(self, bound: int, stream: str, subject: str, n: int) -> int:
        """An integer in [0, bound)."""


class Coordinates(Struct, array_like=True, frozen=True, gc=False):
    """Where a turn stands."""

    partition: int
    pos: int


class JournalHeader(Struct, frozen=True):
    """Fixed at the journal's birth, except the epoch, which grows at each take-over."""

    format: int
    partitions: int
    mode: str
    epoch: int


class StaleEpoch(Exception):
    """An append with an epoch that is not the newest: somebody else owns the journal now."""


class JournalFailed(Exception):
    """A write or sync failed. Never retried: the process ends, and the next one recovers."""


class Journal(Protocol):
    """One contract, several engines, one conformance suite (tests/conformance)."""

    @property
    def header(self) -> JournalHeader: ...

    def take_over(self) -> int:
        """Become the owner: the epoch grows by one and is returned. Durable when this returns."""

    async def append(
        self, group: Sequence[bytes], coordinates: Sequence[tuple[int, int]], epoch: int
    ) -> None:
        """Make a group of encoded turns durable, all or none. `coordinates` are their (partition, pos).

        Raises StaleEpoch, JournalFailed.
        """

    def read(self, start: int = 0) -> Iterator[tuple[int, list[bytes]]]:
        """(group number, encoded turns) from group `start` on, in the order of their commits.

        Groups are numbered from 0, densely.
        """

    def read_turns(self, coordinates: Iterable[tuple[int, int]]) -> list[bytes]:
        """The encoded turns at these (partition, pos), in the order asked. KeyError names a missing one."""

    def put_rest(self, rows: Sequence[tuple[str, str, str, bytes]]) -> None:
        """Keep the state of keys at rest: (tenant, actor, key, bytes)."""

    def get_rest(self, tenant: str, actor: str, key: str) -> bytes | None:
        """The kept state of a key, or None."""

    def read_rest(self) -> Iterator[tuple[str, str, str, bytes]]:
        """Every kept row, in no order that means anything. Whoever iterates does not write meanwhile."""

    def close(self) -> None: ...


class Vault(Protocol):
    """The seals of personal data, outside the journal. Two engines, one conformance suite."""

    def fresh(self) -> str:
        """The reference of a seal that nobody has. The seal is durable before this returns."""

    def find(self, ref: str) -> bytes | None:
        """The seal, or None where there is none: destroyed, or never this vault's."""

    def destroy(self, refs: Sequence[str]) -> int:
        """Forget these for ever, durably; how many there were. Again: none."""

    def statistics(self) -> dict[str, int]: ...

    def close(self) -> None: ...


class Deliver(Protocol):
    """Wakes a subject of an actor. Losing, repeating or delaying a wake-up changes no result."""

    def __call__(self, put: Callable[[Any, int], None], conversation: Any, lane: int) -> None: ...


class ForeignRequest(Struct, frozen=True):
    """One call to a foreign system, in that system's own field names. `body` is JSON-ready."""

    system: str
    operation: str
    effect_key: str
    subject: str
    body: dict[str, Any]


class ForeignResponse(Struct, frozen=True):
    """What came back. `retry_after_ms` where the system named a time."""

    status: int
    body: dict[str, Any]
    retry_after_ms: int | None = None


class NotSent(Exception):
    """The request definitely never reached the system (refused connection)."""


class NoAnswer(Exception):
    """The request was sent and no usable answer came: it may have happened."""


class ForeignSystems(Protocol):
    """The outside world. Connectors alone call it."""

    async def call(self, request: ForeignRequest) -> ForeignResponse:
        """Make the call. Raises NotSent, NoAnswer. The caller brings the deadline."""


class WebhookRequest(Struct, frozen=True):
    """A POST to somebody's endpoint; `authority` is its Host header, `path` has the query."""

    secure: bool
    host: str
    port: int
    path: str
    authority: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class WebhookResponse(Struct, frozen=True):
    """What the endpoint said. Its body is nobody's business. `retry_after_ms` where it named a time, else 0."""

    status: int
    retry_after_ms: int = 0


class WebhookSender(Protocol):
    """The way to endpoints that anybody may name. The caller looks at every address before it is spoken to."""

    async def resolve(self, host: str, port: int) -> tuple[str, ...]:
        """All addresses of a host, in the order in which they are to be tried. Raises NotSent."""

    async def send(self, address: str, request: WebhookRequest) -> WebhookResponse:
        """Make the request at this very address, whatever the host resolves to by now. No redirect is followed.

        Raises NotSent, NoAnswer. The caller brings the deadline.
        """


class Recovery(Struct, frozen=True):
    """What to do after an indefinite end.

    `resend_same_key`: the system keeps the effect key for `retention_ms`, send again.
    `ask`: wait `settle_ms` (the server's own timeout), then look the effect up with `look_up`.
    `exception`: neither is possible, a person decides.
    """

    kind: str
    retention_ms: int = 0
    settle_ms: int = 0
    look_up: str | None = None


DAY_MS = 86_400_000


class PortOperation(Struct, frozen=True):
    """An operation of a foreign system: its address there, and how it recovers."""

    system: str
    operation: str
    recovery: Recovery
    give_up_ms: int = DAY_MS


class SystemLimits(Struct, frozen=True):
    """A connector's manners towards its system: calls in flight, calls per second, burst, deadlines."""

    concurrency: int
    rate_per_s: int
    burst: int
    timeout_ms: int
    backoff_base_ms: int = 200
    backoff_cap_ms: int = 10_000


_RESEND = Recovery("resend_same_key", retention_ms=DAY_MS)

OPERATIONS: dict[str, PortOperation] = {
    "payments.authorize": PortOperation("payments", "authorizations", _RESEND),
    "payments.void": PortOperation("payments", "voids", _RESEND),
    "payments.capture": PortOperation("payments", "captures", _RESEND),
    "payments.refund": PortOperation("payments", "refunds", _RESEND),
    "fraud.assess": PortOperation("fraud", "assessments", _RESEND),
    "tax.calculate": PortOperation("tax", "quotes", _RESEND),
    "tax.commit": PortOperation("tax", "commits", _RESEND),
    "erp.create_sales_order": PortOperation(
        "erp", "sales_orders", Recovery("ask", settle_ms=5_000, look_up="sales_orders:find")
    ),
    "erp.cancel_sales_order": PortOperation("erp", "sales_orders:cancel", _RESEND),
    "erp.change_sales_order": PortOperation("erp", "sales_orders:change", _RESEND),
    "warehouse.release": PortOperation("warehouse", "shipping_orders", _RESEND),
    "warehouse.recall": PortOperation("warehouse", "recalls", _RESEND),
    "vault.destroy": PortOperation("vault", "seals:destroy", _RESEND),
    "suppliers.issue": PortOperation("suppliers", "purchase_orders", _RESEND),
    "suppliers.withdraw": PortOperation("suppliers", "purchase_orders:cancel", _RESEND),
}

SYSTEMS: dict[str, SystemLimits] = {
    "payments": SystemLimits(concurrency=128, rate_per_s=400, burst=400, timeout_ms=3_000),
    "fraud": SystemLimits(concurrency=64, rate_per_s=400, burst=400, timeout_ms=2_000),
    "tax": SystemLimits(concurrency=64, rate_per_s=400, burst=400, timeout_ms=2_000),
    "erp": SystemLimits(concurrency=15, rate_per_s=20, burst=20, timeout_ms=4_000),
    "warehouse": SystemLimits(concurrency=32, rate_per_s=200, burst=200, timeout_ms=5_000),
    "suppliers": SystemLimits(concurrency=8, rate_per_s=20, burst=20, timeout_ms=5_000),
    # Storefronts and marketplaces: a call is of many things, and one at a time goes to each of them.
    "channels": SystemLimits(concurrency=8, rate_per_s=20, burst=20, timeout_ms=5_000),
    "crm": SystemLimits(concurrency=1, rate_per_s=10, burst=10, timeout_ms=10_000),
    "planning": SystemLimits(concurrency=1, rate_per_s=10, burst=10, timeout_ms=10_000),
    "bi": SystemLimits(concurrency=1, rate_per_s=10, burst=10, timeout_ms=10_000),
    "mail": SystemLimits(concurrency=1, rate_per_s=10, burst=10, timeout_ms=5_000),
    # Files only: read every now and then, one at a time.
    "tills": SystemLimits(concurrency=4, rate_per_s=20, burst=20, timeout_ms=5_000),
    # Ours, beside the journal: a call is one write to a file of its own.
    "vault": SystemLimits(concurrency=1, rate_per_s=50, burst=50, timeout_ms=5_000),
}


def port_of(type_: str) -> str:
    """The destination a flow says a port command to.

    Where the operation may be sent again under its key the port itself is addressed; otherwise the
    connector, which leaves an intent turn before the call.
    """
    operation = OPERATIONS[type_]
    direct = operation.recovery.kind == "resend_same_key"
    return f"port:{operation.system}" if direct else operation.system


Watcher = Callable[[Sequence[Turn]], None]
