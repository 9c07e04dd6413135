"""Settlement files brought into a world: written as the provider would, taken as the reader takes them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from actors.connectors.settlement.reader import commands
from sim.twins.settlement_files import Payout, PayoutRow
from tests.support.settlement_files import name_of, text_of
from tests.support.world import World


def sales_of(world: World, provider: str = "psp-a") -> tuple[PayoutRow, ...]:
    """Every capture so far as a row of a payout, with a fee of 20."""
    captured = [fact for fact in world.facts("payment.captured") if fact.provider == provider]
    return tuple(
        PayoutRow(f"t-{one.capture_id}", "sale", one.capture_id, one.order_id, one.amount_minor, 20)
        for one in captured
    )


def arrive(
    world: World, payout: Payout, text: str | None = None, name: str | None = None, prefix: str = ""
) -> list[bool]:
    """A file arrives, as it would be written or as `text`; whether each of its records was new.

    With a `prefix` intake does not know them again.
    """
    data = (text_of(payout) if text is None else text).encode()
    digest = sha256(data).hexdigest()
    return [
        world.record("settlement", payout.account, command, prefix + record, subject=command.file_id)
        for record, command in commands(payout.account, name or name_of(payout), digest, data)
    ]


async def bring(world: World, payout: Payout, text: str | None = None, name: str | None = None) -> list[bool]:
    """A file arrives and all that follows from it is done."""
    fresh = arrive(world, payout, text, name)
    await world.quiet()
    return fresh


def balances(world: World) -> dict[str, int]:
    """Every account's debits less credits, those at zero left out."""
    found: dict[str, int] = {}
    for _, entries in world.postings():
        for side, account, amount in entries:
            found[account] = found.get(account, 0) + (amount if side == "D" else -amount)
    return {account: amount for account, amount in sorted(found.items()) if amount}


def settlement(world: World, provider: str = "psp-a") -> Any:
    """The live state of a provider's settlement."""
    return world.system.look("settlement", provider)
