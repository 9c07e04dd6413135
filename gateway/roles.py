"""Roles as data: what each kind of client may do. A key has a role, or scopes of its own.

A role's scopes are looked up whenever keys are read, so a scope that a new version brings is in the roles that it
belongs to, and a role that changes here changes for every key that has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Role(NamedTuple):
    """A row. `grants`: scopes, or `orders:*` for all of a domain, `*:read` for one right in all, `*` for everything.

    `never`: what it has not, whatever `grants` says: who makes something is not who approves it.
    """

    who: str
    grants: tuple[str, ...]
    never: tuple[str, ...] = ()


OWNER = "owner"
ROLES: dict[str, Role] = {
    OWNER: Role("whoever set this directory up", ("*",)),
    "storefront": Role(
        "a shop's web front, a marketplace's adapter",
        (
            "orders:submit", "orders:read", "orders:cancel", "inventory:read", "inventory:reserve", "catalog:read",
            "pricing:quote", "pricing:read", "returns:advise", "returns:read", "gift-cards:read", "customers:write",
        ),
    ),
    "partner": Role(
        "a trading partner: sends orders and files, is told what became of them",
        (
            "orders:submit", "orders:read", "inventory:read", "partner:*", "events:read", "webhooks:admin",
            "fulfillment:read", "returns:read",
        ),
    ),
    "support": Role(
        "people who speak to customers",
        (
            "orders:read", "orders:cancel", "orders:ops", "returns:*", "inventory:read", "gift-cards:*",
            "customers:*", "refunds:write", "approvals:read", "pricing:read", "exceptions:*", "events:read",
            "fulfillment:read",
        ),
        never=("gift-cards:approve", "refunds:approve"),
    ),
    "finance": Role(
        "people who keep the books",
        (
            "finance:*", "recon:*", "gift-cards:read", "gift-cards:approve", "refunds:approve", "approvals:*",
            "orders:read", "returns:read", "exceptions:*", "events:read", "exports:*", "procure:read", "audit:read",
        ),
    ),
    "operator": Role(
        "people who run the gateway",
        (
            "*:read", "ops", "orders:ops", "orders:cancel", "exceptions:*", "recon:*", "parked:*",
            "connectors:*", "webhooks:*", "clients:admin", "approvals:decide", "fulfillment:*",
            "inventory:*", "procure:*", "catalog:*", "pricing:*", "stores:*",
        ),
        never=("customers:read", "customers:export"),
    ),
    "architect": Role(
        "whoever owns the contracts; changes no order and no book",
        ("contracts:*", "catalog:read", "events:read", "ops", "connectors:read"),
    ),
}  # fmt: skip


def scopes_of(role: str, known: Sequence[str]) -> tuple[str, ...]:
    """The scopes of a role, of those there are. A role that there is not has none."""
    row = ROLES.get(role)
    if row is None:
        return ()
    return tuple(one for one in known if _granted(one, row.grants) and not _granted(one, row.never))


def _granted(scope: str, grants: Sequence[str]) -> bool:
    domain, _, right = scope.partition(":")
    return any(grant in ("*", scope, f"{domain}:*", f"*:{right}") for grant in grants)
