"""What the turns amount to, order by order: folded once while they pass, read by all invariants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from contracts.edits import EditRefused, EditRequested, OrderEdited
from contracts.finance import InvoiceIssued, LedgerPosted
from contracts.fulfillment import FulfillmentCancelled, ShipmentDispatched
from contracts.gift_cards import GiftCardRedeemed, sold_for
from contracts.inventory import ProductsUpserted
from contracts.orders import (
    TERMINAL,
    CancellationRequested,
    LinesCancelled,
    OrderAccepted,
    OrderClosed,
    OrderCompleted,
    OrderReceived,
    ResolutionDecided,
)
from contracts.partners import (
    AuthorizationVoided,
    ErpAcknowledged,
    ErpCancelled,
    ExceptionOpened,
    PaymentAuthorized,
    PaymentCaptured,
)
from contracts.reconciliations import RECONCILIATIONS
from contracts.renewals import AuthorizationExpired
from contracts.turn import Turn
from contracts.worklist import ExceptionResolved

from .back import Back
from .bought import Purchases
from .evidence import SILENCE_MS, Evidence, Faults
from .invariant import Reader
from .messages import Messages
from .parcels import Parcels
from .pool import Pool
from .records import Hold, OrderRecord
from .settled import Settled
from .tills import Tills

# What a reconciliation opens: what differs excuses no difference.
_FOUND_BY_COMPARING = frozenset(
    kind.category for reconciliation in RECONCILIATIONS.values() for kind in reconciliation.kinds.values()
)
# What opens these is the same in the foreign system's books and in ours: it excuses no difference.
_EXCUSING_NOTHING = frozenset(
    {
        "authorization-expiring",
        "dispute-opened",
        "fraud-review",
        "order-held",
        "parcel-lost",
        "refund-failed",
        "refund-short",
        "settlement-file-refused",
        "settlement-mismatch",
    }
)


# Where what was shipped is posted at cost: in the seller's own book, or in that of whose goods they were.
_COST_STEPS, _COST_OF_GOODS = ("cost", "intercompany_sold"), "5000 "


class History:
    """Facts by order and by document, the messages, and the processes that wrote."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.messages = Messages()
        self.back = Back()
        self.orders: dict[str, OrderRecord] = {}
        self.holds: dict[str, Hold] = {}
        self.captures: dict[str, PaymentCaptured] = {}
        self.pool = Pool()
        self.recalled: set[str] = set()
        self.purchases = Purchases()
        self.settled = Settled()
        self.parcels = Parcels()
        self.tills = Tills()
        # Standard cost by SKU; None once it was changed, when no single cost is right any more.
        self.costs: dict[str, int | None] = {}
        # The last turn of each key; turns that do not follow on their key's last one, with that one's number.
        self._seqs: dict[tuple[str, str, str], int] = {}
        self.out_of_sequence: list[tuple[Turn, int]] = []
        self.epochs: set[int] = set()
        self._epoch = -1
        self._ended_exceptions: set[str] = set()
        self.last_at_ms = 0
        self.turns = 0
        # Types of facts that nobody reads.
        self.unread_types: set[str] = set()

    def turn(self, turn: Turn) -> None:
        """One turn, in the order of history."""
        self.turns += 1
        self.last_at_ms = turn.at_ms
        at = (turn.tenant, turn.actor, turn.key)
        before = self._seqs.get(at, 0)
        if turn.seq != before + 1:
            self.out_of_sequence.append((turn, before))
        self._seqs[at] = turn.seq
        if turn.epoch != self._epoch:
            self._epoch = turn.epoch
            self.epochs.add(turn.epoch)
        self.messages.turn(turn)

    def of(self, order_id: str) -> OrderRecord:
        """The record of an order, made new where there is none."""
        found = self.orders.get(order_id)
        if found is None:
            found = self.orders[order_id] = OrderRecord(order_id)
        return found

    def received(self) -> Iterator[OrderRecord]:
        """Every order that was received, in that order."""
        return (record for record in self.orders.values() if record.order is not None)

    def is_excepted(self, order_id: str) -> bool:
        """Whether an exception is open for the order: a person has to look."""
        record = self.orders.get(order_id)
        return record is not None and any(
            one not in _EXCUSING_NOTHING and one not in _FOUND_BY_COMPARING
            for one in record.open_exceptions.values()
        )

    def is_at_rest(self, evidence: Evidence) -> bool:
        """Converged, or so long without a turn that nothing will come of itself."""
        return evidence.converged or evidence.ended_at_ms - self.last_at_ms >= SILENCE_MS

    def facts(self) -> Mapping[str, Reader]:
        """What is folded."""
        return {
            "order.received": self._received,
            "order.accepted": self._accepted,
            **{f"order.{status}": self._ended_as(status) for status in TERMINAL},
            "order.cancellation_requested": self._cancellation,
            "order.lines_cancelled": self._lines_cancelled,
            "order.edit_requested": self._edit_requested,
            "order.edited": self._edited,
            "order.edit_refused": self._edit_refused,
            "exception.opened": self._exception,
            "exception.resolved": self._exception_ended,
            "order.resolution_decided": self._resolved,
            "product.upserted": self._products,
            "payment.authorized": self._authorized,
            "payment.auth_voided": self._voided,
            "payment.auth_expired": self._expired,
            "payment.captured": self._captured,
            "gift_card.redeemed": self._redeemed,
            "shipment.dispatched": self._dispatched,
            "fulfillment.cancelled": self._fulfillment_cancelled,
            "invoice.issued": self._invoiced,
            "ledger.posted": self._posted,
            "erp.order_acknowledged": self._acknowledged,
            "erp.order_cancelled": self._erp_cancelled,
            **self.purchases.facts(),
        }

    def _received(self, body: OrderReceived, turn: Turn, group: int) -> None:
        record = self.of(body.order_id)
        if record.order is None:
            record.order = body.order
            record.received_at_ms = turn.at_ms
            record.received_group = group
            record.status = "received"

    def _accepted(self, body: OrderAccepted, turn: Turn, group: int) -> None:
        record = self.of(body.order_id)
        record.total_minor = body.total_minor
        record.status = "accepted"

    def _ended_as(self, status: str) -> Reader:
        def ended(body: OrderCompleted | OrderClosed, turn: Turn, group: int) -> None:
            record = self.of(body.order_id)
            record.status = status
            record.ended_at_ms = turn.at_ms

        return ended

    def _cancellation(self, body: CancellationRequested, turn: Turn, group: int) -> None:
        self.of(body.order_id).cancel_group = group

    def _edit_requested(self, body: EditRequested, turn: Turn, group: int) -> None:
        self.of(body.order_id).pending = body.order

    def _edited(self, body: OrderEdited, turn: Turn, group: int) -> None:
        record = self.of(body.order_id)
        record.order, record.pending, record.total_minor = body.order, None, body.total_minor

    def _edit_refused(self, body: EditRefused, turn: Turn, group: int) -> None:
        self.of(body.order_id).pending = None

    def _lines_cancelled(self, body: LinesCancelled, turn: Turn, group: int) -> None:
        units = self.of(body.order_id).cancelled_units
        for line in body.lines:
            units[line.line_id] = units.get(line.line_id, 0) + line.quantity

    def _exception(self, body: ExceptionOpened, turn: Turn, group: int) -> None:
        record = self.of(body.order_id)
        record.was_excepted = True
        record.told_of |= {body.category}
        if body.exception_id not in self._ended_exceptions:
            record.open_exceptions[body.exception_id] = body.category

    def _exception_ended(self, body: ExceptionResolved, turn: Turn, group: int) -> None:
        self._ended_exceptions.add(body.exception_id)
        self.of(body.order_id).open_exceptions.pop(body.exception_id, None)

    def _resolved(self, body: ResolutionDecided, turn: Turn, group: int) -> None:
        self.of(body.order_id).vouched = body.outcome == "completed"

    def _products(self, body: ProductsUpserted, turn: Turn, group: int) -> None:
        for row in body.rows:
            known = self.costs.get(row.sku, row.cost_minor)
            self.costs[row.sku] = row.cost_minor if known == row.cost_minor else None

    def _authorized(self, body: PaymentAuthorized, turn: Turn, group: int) -> None:
        self.holds.setdefault(body.authorization_id, Hold(body))

    def _voided(self, body: AuthorizationVoided, turn: Turn, group: int) -> None:
        hold = self.holds.get(body.authorization_id)
        if hold is not None:
            hold.voided_at_ms = turn.at_ms

    def _expired(self, body: AuthorizationExpired, turn: Turn, group: int) -> None:
        hold = self.holds.get(body.authorization_id)
        if hold is not None:
            hold.expired = True

    def _captured(self, body: PaymentCaptured, turn: Turn, group: int) -> None:
        self.captures.setdefault(body.capture_id, body)
        record = self.of(body.order_id)
        if sold_for(body.purpose):
            record.cards_minor += body.amount_minor
        else:
            record.captured_minor += body.amount_minor
        hold = self.holds.get(body.authorization_id)
        if hold is not None:
            hold.captured_minor += body.amount_minor

    def _redeemed(self, body: GiftCardRedeemed, turn: Turn, group: int) -> None:
        record = self.of(body.order_id)
        record.captured_minor += body.amount_minor
        record.redeemed_minor += body.amount_minor

    def _dispatched(self, body: ShipmentDispatched, turn: Turn, group: int) -> None:
        record = self.of(body.order_id)
        if body.again:
            record.again.append(body)
            return
        record.shipments.append(body)
        record.dispatched_at_ms = turn.at_ms

    def _fulfillment_cancelled(self, body: FulfillmentCancelled, turn: Turn, group: int) -> None:
        self.recalled.add(body.fulfillment_order_id)

    def _invoiced(self, body: InvoiceIssued, turn: Turn, group: int) -> None:
        record = self.of(body.order_id)
        record.invoiced.add(body.shipment_id)
        record.gross_minor += body.gross_minor

    def _posted(self, body: LedgerPosted, turn: Turn, group: int) -> None:
        if body.step in _COST_STEPS:
            record = self.of(body.order_id)
            record.costs += 1
            record.cost_minor += sum(
                entry.amount_minor for entry in body.entries if entry.account.startswith(_COST_OF_GOODS)
            )
        elif body.step == "write_off" and body.by:
            given_up = sum(entry.amount_minor for entry in body.entries if entry.side == "C")
            self.of(body.order_id).written_off_minor += given_up

    def _acknowledged(self, body: ErpAcknowledged, turn: Turn, group: int) -> None:
        record = self.of(body.order_id)
        record.acknowledged.append(body.document_id)
        record.acknowledged_at_ms = turn.at_ms

    def _erp_cancelled(self, body: ErpCancelled, turn: Turn, group: int) -> None:
        self.of(body.order_id).erp_cancelled = True
