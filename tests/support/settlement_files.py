"""Payouts to write files of, and what such files look like when something is wrong with them."""

from __future__ import annotations

from sim.twins.settlement_files import ACCOUNTS, Payout, PayoutRow

PROVIDERS = tuple(ACCOUNTS)


def a_payout(
    account: str = "psp-a", file: str = "S1", currency: str = "GBP", rows: tuple[PayoutRow, ...] | None = None
) -> Payout:
    """Two sales, a refund, a dispute and a fee, unless rows are given."""
    if rows is None:
        rows = (
            PayoutRow("t1", "sale", "ch_1", "ord_1", 1_005, 34),
            PayoutRow("t2", "sale", "ch_2", "ord_2", 2_000, 48),
            PayoutRow("t3", "refund", "re_1", "ord_2", -500, 0),
            PayoutRow("t4", "dispute", "du_1", "ord_3", -700, 1_500),
            PayoutRow("t5", "fee", "", "", 0, 99),
        )
    return Payout(file, account, f"po-{file}", currency, "2026-11-26", rows)


def name_of(payout: Payout) -> str:
    """What the provider calls the file."""
    return f"{payout.file}.{ACCOUNTS[payout.account].suffix}"


def text_of(payout: Payout) -> str:
    """The file as the provider writes it."""
    return ACCOUNTS[payout.account].write(payout)
