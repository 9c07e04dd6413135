"""The vault's dialect. It is ours and stands beside the journal, and is still asked like any foreign system: the entry
waits in the journal until it is known that the seals are gone, whatever happens in between.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from contracts.customers import DestroySeals, SealsDestroyed
from contracts.outcomes import OK
from contracts.ports import ForeignRequest, ForeignResponse, Vault

from .connector import Dialect, outcome_by_status


class VaultSystem:
    """The vault as a system to be called. Implements ForeignSystems."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def call(self, request: ForeignRequest) -> ForeignResponse:
        """Forget the seals; again, it says the same."""
        self._vault.destroy(request.body["seals"])
        return ForeignResponse(200, {"status": "destroyed"})


def _destroy(command: DestroySeals) -> dict[str, Any]:
    return {"seals": list(command.refs)}


def _destroyed(command: DestroySeals, outcome: str, answer: dict[str, Any]) -> Struct | None:
    return SealsDestroyed(command.order_id, command.refs) if outcome == OK else None


VAULT = Dialect(
    "vault",
    {"vault.destroy": _destroy},
    {"vault.destroy": _destroyed},
    outcome_by_status,
    {},
    frozenset({"vault.destroy"}),
    gave_up="vault.call_gave_up",
)
