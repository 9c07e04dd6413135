"""The payment provider: authorizations, voids, captures; what goes back is in `refunds.py`. Amounts in minor units."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Annotated, Any

from msgspec import Meta, Struct, structs

from contracts.ports import ForeignResponse

from .config import TwinsConfig
from .draw import hits, token
from .listing import Listing
from .rates import settled_in, told
from .refunds import EventsRequest, MoneyBack, Refund, RefundRequest
from .settlement import SettlementDesk
from .store import Store
from .system import KeptKeys, Operation, TwinSystem, refusal

Amount = Annotated[int, Meta(ge=1)]
_OPEN = "requires_capture"
Currency = Annotated[str, Meta(pattern="^[a-z]{3}$")]


class AuthorizeRequest(Struct):
    """payments/authorizations. `source` is the card's token, `reference` the order."""

    amount: Amount
    currency: Currency
    source: str
    reference: str
    account: str = "psp-a"


class VoidRequest(Struct):
    """payments/voids."""

    authorization: str
    reference: str


class CaptureRequest(Struct):
    """payments/captures. `note` is whatever the merchant likes."""

    authorization: str
    amount: Amount
    currency: Currency
    reference: str
    note: str = ""


class Authorization(Struct, frozen=True):
    """A hold. `captured` and `voided` are amounts; what is neither is still held until it expires."""

    id: str
    reference: str
    amount: int
    currency: str
    source: str
    status: str
    expires_at: int
    captured: int = 0
    voided: int = 0
    account: str = "psp-a"


class Capture(Struct, frozen=True):
    """Money taken from a hold, at this ms."""

    id: str
    authorization: str
    amount: int
    currency: str
    reference: str
    at: int
    # What the account is credited with, where that is another currency: {"amount", "currency"}.
    settled: dict[str, Any] | None = None
    note: str = ""


class Payments(TwinSystem):
    """Keeps effect keys for 24 hours, refusals too; partial captures up to the amount held."""

    def __init__(self, config: TwinsConfig, store: Store) -> None:
        self._kept_keys = KeptKeys(store, "payments")
        super().__init__(
            {
                "authorizations": Operation(AuthorizeRequest, self._authorize, keyed=True),
                "voids": Operation(VoidRequest, self._void, keyed=True),
                "captures": Operation(CaptureRequest, self._capture, keyed=True),
                "refunds": Operation(RefundRequest, self._refund, keyed=True),
                "events": Operation(EventsRequest, self._feed),
            },
            self._kept_keys,
        )
        self._config = config
        self._authorizations = store.table("payments.authorizations", Authorization)
        self._captures = store.table("payments.captures", Capture)
        self._expiring = [
            (held.expires_at, held.id) for held in self._authorizations.rows.values() if held.status == _OPEN
        ]
        heapify(self._expiring)
        # Orders whose bank has let go of them once, or will.
        self._lapsing = {
            held.reference for held in self._authorizations.rows.values() if held.source == "tok_lapses"
        }
        self._money_back = MoneyBack(config, store)
        tables = {"captures": self._captures, **self._money_back.tables()}
        self._desk = SettlementDesk(config, store, tables, self._authorizations)
        self.batch = self._desk.batch
        self._operations |= self._desk.operations
        self._operations["captures:list"] = Listing(self._captures, self._listed_capture).operation
        self._operations["refunds:list"] = Listing(tables["refunds"], self._listed_refund).operation

    def _authorize(self, request: AuthorizeRequest, key: str, now_ms: int) -> ForeignResponse:
        config = self._config
        unlucky = hits(config.decline_bp, config.seed, "payments:decline", request.reference)
        if request.source == "tok_declined" or unlucky:
            return refusal(402, "card_declined")
        held = Authorization(
            id=_fresh("pi_", key, self._authorizations.rows),
            reference=request.reference,
            amount=request.amount,
            currency=request.currency,
            source=request.source,
            account=request.account,
            status=_OPEN,
            expires_at=now_ms + (config.short_hold_ms if request.source == "tok_short" else config.hold_ms),
        )
        promised = held.expires_at
        if request.source == "tok_lapses" and request.reference not in self._lapsing:
            self._lapsing.add(request.reference)
            held = structs.replace(held, expires_at=now_ms + config.lapse_ms)
        self._authorizations.put(held.id, held)
        heappush(self._expiring, (held.expires_at, held.id))
        return ForeignResponse(
            200,
            {
                "id": held.id,
                "status": held.status,
                "amount": held.amount,
                "currency": held.currency,
                "expires_at": promised,
            },
        )

    def _void(self, request: VoidRequest, key: str, now_ms: int) -> ForeignResponse:
        held = self._authorizations.rows.get(request.authorization)
        if held is None:
            return refusal(404, "no_such_authorization")
        if held.captured == held.amount:
            return refusal(409, "already_captured")
        if held.status != "canceled":
            # After a partial capture this lets go of the rest.
            held = structs.replace(held, status="canceled", voided=held.amount - held.captured)
            self._authorizations.put(held.id, held)
        return ForeignResponse(200, {"id": held.id, "status": held.status})

    def _capture(self, request: CaptureRequest, key: str, now_ms: int) -> ForeignResponse:
        held = self._authorizations.rows.get(request.authorization)
        if held is None:
            return refusal(404, "no_such_authorization")
        if held.status == "canceled":
            return refusal(409, "authorization_voided")
        if now_ms >= held.expires_at:
            return refusal(409, "authorization_expired")
        if request.currency != held.currency:
            return refusal(409, "currency_mismatch")
        if request.amount > held.amount - held.captured:
            return refusal(409, "amount_too_large")
        if held.source == "tok_capture_fails":
            return refusal(402, "capture_failed")
        taken = Capture(
            id=_fresh("ch_", key, self._captures.rows),
            authorization=held.id,
            amount=request.amount,
            currency=held.currency,
            reference=request.reference,
            at=now_ms,
            settled=settled_in(held.account, request.amount, held.currency),
            note=request.note,
        )
        self._captures.put(taken.id, taken)
        captured = held.captured + taken.amount
        status = "succeeded" if captured == held.amount else held.status
        self._authorizations.put(held.id, structs.replace(held, status=status, captured=captured))
        self._money_back.captured(taken, held.source, held.account, now_ms)
        body = {"id": taken.id, "status": "succeeded", "amount": taken.amount}
        return ForeignResponse(200, told(body, taken.settled))

    def _refund(self, request: RefundRequest, key: str, now_ms: int) -> ForeignResponse:
        capture = self._captures.rows.get(request.charge)
        held = self._authorizations.rows[capture.authorization] if capture is not None else None
        return self._money_back.refund(request, key, now_ms, capture, held)

    def _feed(self, request: EventsRequest, key: str, now_ms: int) -> ForeignResponse:
        return self._money_back.feed(request)

    def _listed_capture(self, row: Capture) -> dict[str, Any]:
        account = self._authorizations.rows[row.authorization].account
        listed = {
            "id": row.id, "authorization": row.authorization, "amount": row.amount, "currency": row.currency,
            "reference": row.reference, "account": account, "changed_at": row.at,
        }  # fmt: skip
        if row.note:
            listed["note"] = row.note
        return told(listed, row.settled)

    def _listed_refund(self, row: Refund) -> dict[str, Any]:
        capture = self._captures.rows.get(row.capture)
        account = self._authorizations.rows[capture.authorization].account if capture is not None else ""
        listed = {
            "id": row.id, "charge": row.capture, "amount": row.amount, "currency": row.currency,
            "reference": row.reference, "note": row.note, "status": row.status, "account": account,
            "changed_at": row.at,
        }  # fmt: skip
        return told(listed, row.settled)

    def advance(self, now_ms: int) -> None:
        """Holds expire, refunds are decided, disputes go on, files are cut."""
        while self._expiring and self._expiring[0][0] <= now_ms:
            held = self._authorizations.rows[heappop(self._expiring)[1]]
            if held.status == _OPEN:
                self._authorizations.put(held.id, structs.replace(held, status="expired"))
                left = held.amount - held.captured
                self._money_back.expired(held.id, left, held.currency, held.reference)
        self._money_back.advance(now_ms)
        self._desk.advance(now_ms)

    def waiting(self) -> int:
        """Refunds not decided, disputes to come or open, what is to be paid out."""
        return self._money_back.waiting() + self._desk.waiting()

    def unheard(self, operation: str, effect_key: str, body: dict[str, Any]) -> bool:
        """`tok_timeout`: the first try under a key is carried out and its answer lost."""
        return (
            operation == "authorizations"
            and body.get("source") == "tok_timeout"
            and effect_key not in self._kept_keys
        )

    def books(self) -> dict[str, Any]:
        """{"authorizations": [...], "captures": [...], "refunds": [...], "disputes": [...]}; sources stay here."""
        authorizations = [structs.asdict(held) for held in self._authorizations.rows.values()]
        for row in authorizations:
            del row["source"], row["account"]
        return {
            "authorizations": authorizations,
            "captures": [_booked(taken) for taken in self._captures.rows.values()],
            **self._money_back.books(),
            **self._desk.books(),
            "told_twice": self._money_back.told_twice + self._desk.told_twice,
        }


def _booked(taken: Capture) -> dict[str, Any]:
    row = structs.asdict(taken)
    del row["note"]
    return told(row, row.pop("settled"))


def _fresh(prefix: str, key: str, taken: dict[str, Any]) -> str:
    """An id made of the effect key; a key forgotten after its day and used again gets another."""
    found = prefix + token(key)
    n = 2
    while found in taken:
        found = f"{prefix}{token(key)}_{n}"
        n += 1
    return found
