"""What clients get over HTTP of customers as a list, of all that is held of a person, and of the platform itself."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType


class CustomerListed(Struct, frozen=True):
    """A customer in a list: known, or how far their erasure is."""

    customer_id: str
    status: str
    known_at: str
    changed_at: str


class CustomersAnswer(Struct, frozen=True):
    """A page of customers in the order in which they became known."""

    as_of: str
    items: tuple[CustomerListed, ...]


class HeldPerson(Struct, frozen=True):
    """Whom to reach."""

    name: str | None
    email: str | None
    phone: str | None


class HeldAddress(Struct, frozen=True):
    """An address."""

    country: str
    name: str | None
    lines: tuple[str, ...]
    city: str | None
    region: str | None
    postal_code: str | None


class HeldInOrder(Struct, frozen=True):
    """What an order holds of its customer; None where it holds none, or it is erased."""

    order_id: str
    channel: str
    channel_order_id: str
    placed_at: str | None
    order_status: str
    erased: bool
    contact: HeldPerson | None
    ship_to: HeldAddress | None
    bill_to: HeldAddress | None
    delivery_instructions: str | None
    attributes: dict[str, str]


class CustomerData(Struct, frozen=True):
    """Everything that is held of a person, in clear."""

    customer_id: str
    as_of: str
    status: str
    source: str
    changed_at: str | None
    erased_at: str | None
    contact: HeldPerson | None
    address: HeldAddress | None
    orders: tuple[HeldInOrder, ...]


class RecordAnswer(Struct, frozen=True):
    """A record of a file: taken, or rejected and why."""

    n: int
    status: str
    detail: str


class PartnerFileTaken(Struct, frozen=True):
    """The acknowledgment of a file, record by record."""

    control_number: str
    taken: int
    rejected: int
    records: tuple[RecordAnswer, ...]


class PartnerFileListed(Struct, frozen=True):
    """A file that came."""

    control_number: str
    taken: int
    rejected: int
    sha256: str
    taken_at: str


class PartnerFilesAnswer(Struct, frozen=True):
    """A page of files in the order in which they came."""

    partner: str
    doctype: str
    as_of: str
    items: tuple[PartnerFileListed, ...]


class ParkedAnswer(Struct, frozen=True):
    """A message that could not be worked on. `behind` names the one that it waits behind."""

    parked_id: str
    actor: str
    key: str
    subject: str
    message_type: str
    message_id: str
    reason: str
    behind: str | None
    parked_at: str


class ParkedListAnswer(Struct, frozen=True):
    """A page of what is parked."""

    as_of: str
    items: tuple[ParkedAnswer, ...]


class BreakerAnswer(Struct, frozen=True):
    """Of one operation: whether it is left alone for now, and how often it was."""

    operation: str
    open: bool
    opened: int


class LimitsAnswer(Struct, frozen=True):
    """A connector's manners: calls in flight, a second and at once; ms for a try."""

    concurrency: int
    rate_per_s: int
    burst: int
    timeout_ms: int


class ConnectorAnswer(Struct, frozen=True):
    """A connector to a foreign system: what waits, what is under way, and until when it will have drained."""

    connector_id: str
    waiting: int
    in_flight: int
    standing: int
    calls: int
    retries: int
    throttled: int
    unknown: int
    limits: LimitsAnswer
    breakers: tuple[BreakerAnswer, ...]
    arriving_per_s: float
    leaving_per_s: float
    drained_in_s: float | None
    feeds: dict[str, dict[str, int]]
    # What If-Match is to name when its limits are changed.
    policy_version: str


class ConnectorPolicySet(Struct, frozen=True):
    """It holds from now on, also after a restart."""

    connector_id: str
    status: str


class ConnectorsAnswer(Struct, frozen=True):
    """Every connector."""

    items: tuple[ConnectorAnswer, ...]


class ExportAsked(Struct, frozen=True):
    """It is being made."""

    export_id: str
    status: str


class ExportAnswer(Struct, frozen=True):
    """An export: `running` until the lists know everything up to its watermark, then `done` with where it is."""

    export_id: str
    kind: str
    filters: dict[str, str]
    watermark: str
    status: str
    content: str | UnsetType = UNSET


class OperationAnswer(Struct, frozen=True):
    """What was asked for is still being done."""

    operation_id: str
    status: str
