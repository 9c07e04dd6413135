"""The provider's settlement desk: a file a day for each account, paid out two days later, and a feed of the files.

At the end of a day what happened since the last cut goes into one payout an account and currency. Its file is
there two days later, or a day late; it may first come truncated or with a wrong control total and be put right
half a day after, come twice, or be cut anew with other bytes under its old name. Some have a sale in them that is
none of the merchant's. Refunds and disputes are read in the
provider's own books. Nothing runs in the background: what is due happens before anything else is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heapify, heappop, heappush
from typing import Annotated, Any

from msgspec import Meta, Struct, structs

from contracts.ports import ForeignResponse

from .config import TwinsConfig
from .draw import below, hits, token
from .listing import Listing
from .settlement_files import ACCOUNTS, Payout, PayoutRow, decimal
from .store import Store
from .system import Operation

PAYOUT_DAYS = 2


class ListRequest(Struct):
    """payments/settlement_files: the files behind `after`."""

    after: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 200


class FileRequest(Struct):
    """payments/settlement_file: the content of file `n`."""

    n: int


class Cut(Struct, frozen=True):
    """A file, to be published at `due_ms`; `n` is its number in the feed, 0 before."""

    key: str
    account: str
    name: str
    due_ms: int
    content: str
    n: int = 0


class Settled(Struct, frozen=True):
    """A transaction has gone into this file."""

    file: str


class Batch(Struct, frozen=True):
    """Cards taken at a shop's terminals, told as one sum."""

    batch: str
    account: str
    amount: int
    currency: str


class SettlementDesk:
    """Reads the provider's tables; `account_of` tells whose a capture is."""

    def __init__(self, config: TwinsConfig, store: Store, tables: Mapping[str, Any], holds: Any) -> None:
        self._config = config
        self._tables = tables
        self._holds = holds
        self._batches = store.table("payments.batches", Batch)
        self._settled = store.table("payments.settled", Settled)
        self._payouts = store.table("payments.payouts", Payout)
        self._cuts = store.table("payments.settlement_files", Cut)
        cuts = list(self._cuts.rows.values())
        self._published = sorted([cut for cut in cuts if cut.n], key=lambda cut: cut.n)
        self._due = [(cut.due_ms, cut.key) for cut in cuts if not cut.n]
        heapify(self._due)
        self._day: int | None = None
        self.operations = {
            "settlement_files": Operation(ListRequest, self._list),
            "settlement_file": Operation(FileRequest, self._content),
            "payouts:list": Listing(self._payouts, self._listed).operation,
        }

    def batch(self, account: str, batch: str, amount: int, currency: str) -> None:
        """A shop has closed its terminals."""
        self._batches.put(batch, Batch(batch, account, amount, currency))

    # -- what happens by itself ---------------------------------------------------------------------

    def advance(self, now_ms: int) -> None:
        """Cut the days that are over, publish what is due."""
        day = now_ms // self._config.settlement_day_ms
        if day != self._day:
            self._day = day
            self._cut(day)
        while self._due and self._due[0][0] <= now_ms:
            cut = self._cuts.rows[heappop(self._due)[1]]
            cut = structs.replace(cut, n=len(self._published) + 1)
            self._cuts.put(cut.key, cut)
            self._published.append(cut)

    def waiting(self) -> int:
        """Transactions in no file yet, and files not yet published; nothing where a day is a real one."""
        if self._config.settlement_day_ms > 3_600_000:
            return 0
        return len(self._due) + sum(1 for _ in self._open())

    def _open(self) -> Iterator[tuple[str, str, PayoutRow, str]]:
        """(key, account, row, currency) of every transaction that is in no file yet."""
        captures, settled = self._tables["captures"].rows, self._settled.rows

        def row(
            kind: str, id_: str, capture: str, gross: int, fee: int, settled: Any = None
        ) -> tuple[str, str, PayoutRow, str]:
            taken = captures[capture]
            # An account that nobody has written files for is written to as the first one.
            account = self._holds.rows[taken.authorization].account
            account = account if account in ACCOUNTS else "psp-a"
            key, currency = f"{kind} {id_}", taken.currency
            if settled is not None:
                gross, currency = settled["amount"] if gross > 0 else -settled["amount"], settled["currency"]
            if kind == "sale":
                fee = ACCOUNTS[account].fee_of(gross)
            made = PayoutRow(f"txn_{token(key)}", kind, id_, taken.reference, gross, fee)
            return key, account, made, currency.upper()

        for taken in captures.values():
            if f"sale {taken.id}" not in settled:
                yield row("sale", taken.id, taken.id, taken.amount, 0, taken.settled)
        for batch in self._batches.rows.values():
            if f"batch {batch.batch}" not in settled:
                # One that gave back more than it took is a refund.
                key, gave = f"batch {batch.batch}", batch.amount < 0
                fee = 0 if gave else ACCOUNTS[batch.account].fee_of(batch.amount)
                kind = "refund" if gave else "sale"
                made = PayoutRow(f"txn_{token(key)}", kind, batch.batch, "", batch.amount, fee)
                yield key, batch.account, made, batch.currency
        for refund in self._tables["refunds"].rows.values():
            if refund.status == "succeeded" and f"refund {refund.id}" not in settled:
                yield row("refund", refund.id, refund.capture, -refund.amount, 0, refund.settled)
        for dispute in self._tables["disputes"].rows.values():
            if dispute.status != "coming" and f"dispute {dispute.id}" not in settled:
                yield row(
                    "dispute", dispute.id, dispute.capture, -dispute.amount, dispute.fee, dispute.settled
                )
            if dispute.status == "won" and f"reversal {dispute.id}" not in settled:
                yield row("reversal", dispute.id, dispute.capture, dispute.amount, 0, dispute.settled)

    def _cut(self, day: int) -> None:
        """A payout an account and currency, of everything that is in none."""
        groups: dict[tuple[str, str], list[tuple[str, PayoutRow]]] = {}
        for key, account, row, currency in list(self._open()):
            groups.setdefault((account, currency), []).append((key, row))
        for (account, currency), rows in sorted(groups.items()):
            file = f"{account}-{currency}-{day}"
            payout = Payout(
                file, account, f"po_{token(file)}", currency, f"day {day + PAYOUT_DAYS}",
                (*[row for _, row in rows], *self._stray(file, account)),
            )  # fmt: skip
            self._payouts.put(file, payout)
            for key, _ in rows:
                self._settled.put(key, Settled(file))
            self._schedule(payout, (day + PAYOUT_DAYS) * self._config.settlement_day_ms)

    def _stray(self, file: str, account: str) -> Iterator[PayoutRow]:
        """A sale of somebody else's, which the account is credited with by mistake."""
        config = self._config
        if hits(config.settlement_stray_bp, config.seed, "payments:settlement_stray", file):
            gross = 100 + below(10_000, config.seed, "payments:settlement_stray_gross", file)
            id_ = token("stray", file)
            yield PayoutRow(f"txn_{id_}", "sale", f"ch_{id_}", "", gross, ACCOUNTS[account].fee_of(gross))

    def _schedule(self, payout: Payout, due_ms: int) -> None:
        """When the file is there, and what is wrong with it first."""
        config = self._config
        day_ms, account = config.settlement_day_ms, ACCOUNTS[payout.account]
        right = account.write(payout)

        def unlucky(share_bp: int, what: str) -> bool:
            return hits(share_bp, config.seed, f"payments:settlement_{what}", payout.file)

        if unlucky(config.settlement_late_bp, "late"):
            due_ms += day_ms
        if unlucky(config.settlement_truncated_bp, "truncated"):
            lines = right.splitlines(keepends=True)
            self._put(payout, "truncated", due_ms, "".join(lines[: len(lines) * 2 // 3]))
            due_ms += day_ms // 2
        elif unlucky(config.settlement_wrong_total_bp, "wrong_total"):
            said = decimal(payout.gross - payout.fee, payout.currency)
            wrong = decimal(payout.gross - payout.fee + 1, payout.currency)
            head, _, tail = right.rpartition(said)
            if payout.account != "psp-a":
                head, _, tail = right.partition(said)
            self._put(payout, "wrong_total", due_ms, head + wrong + tail)
            due_ms += day_ms // 2
        self._put(payout, "right", due_ms, right)
        if unlucky(config.settlement_twice_bp, "twice"):
            self._put(payout, "twice", due_ms + day_ms // 4, right)
        if unlucky(config.settlement_recut_bp, "recut"):
            first = structs.replace(payout.rows[0], gross=payout.rows[0].gross + 1)
            other = account.write(structs.replace(payout, rows=(first, *payout.rows[1:])))
            self._put(payout, "recut", due_ms + day_ms // 3, other)

    def _put(self, payout: Payout, what: str, due_ms: int, content: str) -> None:
        key = f"{payout.file} {what}"
        name = f"{payout.file}.{ACCOUNTS[payout.account].suffix}"
        self._cuts.put(key, Cut(key, payout.account, name, due_ms, content))
        heappush(self._due, (due_ms, key))

    # -- what is asked ------------------------------------------------------------------------------

    def _list(self, request: ListRequest, key: str, now_ms: int) -> ForeignResponse:
        page = self._published[request.after : request.after + request.limit]
        records = [{"n": cut.n, "account": cut.account, "name": cut.name} for cut in page]
        return ForeignResponse(200, {"records": records, "last": page[-1].n if page else request.after})

    def _content(self, request: FileRequest, key: str, now_ms: int) -> ForeignResponse:
        if not 1 <= request.n <= len(self._published):
            return ForeignResponse(404, {"error": {"code": "no_such_file"}})
        cut = self._published[request.n - 1]
        return ForeignResponse(200, {"name": cut.name, "content": cut.content})

    def _listed(self, one: Payout) -> dict[str, Any] | None:
        """A payout as the provider's console lists it, once its file is there."""
        cut = self._cuts.rows.get(f"{one.file} right")
        if cut is None or not cut.n:
            return None
        return {
            "file": one.file, "account": one.account, "payout": one.payout, "currency": one.currency,
            "net": one.gross - one.fee, "changed_at": cut.due_ms,
        }  # fmt: skip

    @property
    def told_twice(self) -> int:
        """Files that came again, byte for byte."""
        return len(self._published) - len({(cut.account, cut.content) for cut in self._published})

    def books(self) -> dict[str, Any]:
        """{"payouts": [{"file", "account", "payout", "currency", "lines", "gross", "fee", "net"}]}: what was paid out.

        A payout whose file is not published yet is none.
        """
        right = {cut.key for cut in self._published}
        return {
            "payouts": [
                {
                    "file": one.file, "account": one.account, "payout": one.payout, "currency": one.currency,
                    "lines": len(one.rows), "gross": one.gross, "fee": one.fee, "net": one.gross - one.fee,
                }
                for one in self._payouts.rows.values()
                if f"{one.file} right" in right
            ]
        }  # fmt: skip
