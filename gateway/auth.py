"""Clients and their API keys: who may ask for what. Kept in `access.db` of the data directory, keys as hashes.

A key is `tg_` and 43 characters of a 256-bit secret, so a plain SHA-256 of it can be neither guessed nor
reversed; it is shown once, when it is made. Rotation changes the secret and keeps the key's id, under which its
idempotency keys and its uses are known. A client may have several keys, and is one person to the two-person rule.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct

from actors.runtime.real import new_secret, same_secret
from contracts.ports import Clock
from contracts.turn import DEFAULT_TENANT

from .access_file import UnknownFormat, bring_up
from .audit import FILE as AUDIT_FILE
from .audit import Audit, AuditFailed
from .roles import OWNER, ROLES, scopes_of
from .uses import Uses

FILE = "access.db"
SCOPES = (
    "orders:submit", "orders:read", "orders:cancel", "orders:ops", "returns:advise", "returns:read",
    "returns:receive", "returns:inspect", "inventory:read", "finance:read", "finance:resolve", "finance:journals",
    "finance:approve", "finance:close", "gift-cards:read", "gift-cards:sell", "procure:read", "procure:decide",
    "recon:read", "recon:run", "exceptions:read", "exceptions:work", "events:read", "customers:read",
    "customers:write", "customers:erase", "pricing:quote",
    "pricing:read", "refunds:write", "contracts:read", "contracts:check", "ops",
    "stores:collect", "stores:read", "stores:resolve",
    "clients:admin", "approvals:read", "approvals:decide", "refunds:approve",
    "gift-cards:approve", "audit:read",
    "finance:import", "catalog:read", "catalog:write", "pricing:write", "inventory:adjust", "inventory:transfer",
    "inventory:reserve", "fulfillment:read", "fulfillment:work", "procure:order", "procure:receive",
    "customers:export", "partner:files", "exports:read", "exports:write", "parked:read", "connectors:read",
    "connectors:write",
    "webhooks:admin",
)  # fmt: skip
# The key that TIDEGATE_API_KEY sets; its secret follows the variable.
ENVIRONMENT_KEY = "key_environment"
RELOAD_AFTER_MS = 1_000
# What a client is: a program, or a person who signs in.
PROGRAM, OPERATOR = "client", "operator"


class AccessRefused(Exception):
    """The file of keys cannot be used, or there is no such key; the message is for a person."""


class Client(Struct, frozen=True):
    """A row. `role` is what its keys have where they are given nothing else; times are ms, 0 for never."""

    id: str
    name: str
    tenant: str
    kind: str
    role: str
    created_ms: int
    disabled_ms: int


class Key(Struct, frozen=True):
    """A row. Times are ms since the epoch, 0 for never; `previous` is the hash before a rotation.

    `scopes` are those of its role, where it has one.
    """

    id: str
    name: str
    tenant: str
    scopes: tuple[str, ...]
    hash: str
    previous: str
    previous_until_ms: int
    created_ms: int
    rotated_ms: int
    revoked_ms: int
    client: str
    role: str
    expires_ms: int


def hash_of(secret: str) -> str:
    """What is kept of a key."""
    return sha256(secret.encode()).hexdigest()


class Access:
    """The keys of one data directory. Another process may change them meanwhile: seen within a second."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        """Open or make the file. Raises AccessRefused."""
        self.directory = directory
        self.clock = clock
        self._path = directory / FILE
        try:
            self._db = sqlite3.connect(self._path, timeout=5, isolation_level=None)
            self._path.chmod(0o600)
            bring_up(self._db)
            self.uses = Uses(self._db, clock)
            self.audit = Audit(directory / AUDIT_FILE, clock)
        except UnknownFormat as error:
            self._db.close()
            raise AccessRefused(f"{self._path} {error}") from error
        except AuditFailed as error:
            self._db.close()
            raise AccessRefused(str(error)) from error
        except (sqlite3.Error, OSError) as error:
            raise AccessRefused(f"{self._path} cannot be used: {error}") from error
        self._keys: dict[str, Key] = {}
        self._clients: dict[str, Client] = {}
        # By the beginning of a hash, which tells nothing of a secret: the living keys that may be meant.
        self._by_hash: dict[str, list[Key]] = {}
        self._version = -1
        self._looked_ms = 0
        self._reload()

    def find(self, secret: str) -> Key | None:
        """The living key with this secret; what is stored is compared in constant time."""
        now = self.clock.now_ms()
        if now - self._looked_ms >= RELOAD_AFTER_MS:
            self._reload()
        offered = hash_of(secret)
        for key in self._by_hash.get(offered[:8], ()):
            right = same_secret(offered, key.hash)
            before = same_secret(offered, key.previous) and now < key.previous_until_ms
            if (right or before) and not 0 < key.expires_ms <= now:
                return key
        return None

    # -- keys -------------------------------------------------------------------------------------

    def create(
        self,
        name: str,
        scopes: Sequence[str] = (),
        tenant: str = DEFAULT_TENANT,
        *,
        role: str = "",
        client: str = "",
        expires_ms: int = 0,
        secret: str | None = None,
        id_: str | None = None,
    ) -> tuple[Key, str]:
        """Make a key, or give the named one another secret: (the key, its secret, told only here).

        With a role, or with scopes; with neither it has its client's role, or the owner's. Without a client it gets one
        of its own. Raises AccessRefused for what there is not.
        """
        if unknown := [scope for scope in scopes if scope not in SCOPES]:
            raise AccessRefused(f"no such scope: {', '.join(unknown)}; there are {', '.join(SCOPES)}")
        if scopes and role:
            raise AccessRefused("a key has a role or scopes of its own, not both")
        if role and role not in ROLES:
            raise AccessRefused(f"no such role: {role}; there are {', '.join(ROLES)}")
        key_id = id_ or _new_id("key_")
        whose = self._clients.get(client)
        if client and (whose is None or whose.disabled_ms):
            raise AccessRefused(f"there is no active client {client}")
        if not scopes and not role:
            role = OWNER if whose is None else whose.role
        if whose is None:
            client = "cli_" + key_id[4:]
            self._add_client(client, name, tenant, PROGRAM, role)
        else:
            tenant = whose.tenant
        secret = secret or new_key()
        row = (
            key_id, name, tenant, " ".join(scopes), hash_of(secret), "", 0, self.clock.now_ms(), 0, 0, client, role,
            expires_ms,
        )  # fmt: skip
        self._write(f"INSERT OR REPLACE INTO keys VALUES ({', '.join('?' * len(row))})", row)
        return self._keys[key_id], secret

    def set_from_environment(self, secret: str) -> Key:
        """Let the key of TIDEGATE_API_KEY have this secret. Raises AccessRefused for one too short."""
        if len(secret) < 8 or len(secret) > 256 or not secret.isascii() or not secret.isprintable():
            raise AccessRefused("TIDEGATE_API_KEY must have 8 to 256 printable ASCII characters")
        known = self._keys.get(ENVIRONMENT_KEY)
        if known is not None and known.hash == hash_of(secret) and not known.revoked_ms and known.role:
            return known
        return self.create("TIDEGATE_API_KEY", secret=secret, id_=ENVIRONMENT_KEY)[0]

    def rotate(self, key_id: str, grace_s: int = 0) -> str:
        """Give the key a new secret, told only here; the old one works for `grace_s` more seconds."""
        key = self._living(key_id)
        secret, now = new_key(), self.clock.now_ms()
        values = (hash_of(secret), key.hash, now + grace_s * 1_000, now, key_id)
        self._write(
            "UPDATE keys SET hash = ?, previous = ?, previous_until_ms = ?, rotated_ms = ? WHERE id = ?",
            values,
        )
        return secret

    def revoke(self, key_id: str) -> None:
        """The key ends now, its previous secret too. Raises AccessRefused where there is none."""
        self._living(key_id)
        self._write("UPDATE keys SET revoked_ms = ? WHERE id = ?", (self.clock.now_ms(), key_id))

    def list_keys(self, client: str | None = None) -> list[Key]:
        """Every key (of a client) that ever was, the oldest first."""
        self._reload()
        found = [key for key in self._keys.values() if client in (None, key.client)]
        return sorted(found, key=lambda key: (key.created_ms, key.id))

    # -- clients ----------------------------------------------------------------------------------

    def add_client(
        self, name: str, role: str, tenant: str = DEFAULT_TENANT, *, kind: str = PROGRAM
    ) -> Client:
        """Raises AccessRefused where there is no such role, or for a name that another active client has."""
        if role not in ROLES:
            raise AccessRefused(f"no such role: {role}; there are {', '.join(ROLES)}")
        client_id = _new_id("cli_")
        self._add_client(client_id, name, tenant, kind, role)
        return self._clients[client_id]

    def disable_client(self, client_id: str) -> None:
        """The client ends now, and each of its keys. Raises AccessRefused where there is no active one."""
        known = self.client(client_id)
        if known is None or known.disabled_ms:
            raise AccessRefused(f"there is no active client {client_id}")
        self._write("UPDATE clients SET disabled_ms = ? WHERE id = ?", (self.clock.now_ms(), client_id))

    def client(self, client_id: str) -> Client | None:
        """The client, active or not."""
        self._reload()
        return self._clients.get(client_id)

    def list_clients(self, kind: str | None = None) -> list[Client]:
        """Every client (of a kind) that ever was, the oldest first."""
        self._reload()
        found = [one for one in self._clients.values() if kind in (None, one.kind)]
        return sorted(found, key=lambda one: (one.created_ms, one.id))

    def _add_client(self, client_id: str, name: str, tenant: str, kind: str, role: str) -> None:
        values = (client_id, name, tenant, kind, role, self.clock.now_ms(), 0)
        self._write("INSERT OR REPLACE INTO clients VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    # -- what made a secret -----------------------------------------------------------------------

    def made(self, client: str, route: str, key: str) -> tuple[str, str, int] | None:
        """(fingerprint, location, when) of what was made under this idempotency key, if anything was."""
        rows = self._read(
            "SELECT fingerprint, location, at_ms FROM made WHERE client = ? AND route = ? AND key = ?",
            (client, route, key),
        )
        return rows[0] if rows else None

    def note_made(self, client: str, route: str, key: str, fingerprint: str, location: str) -> None:
        """It was made: a repeat makes nothing."""
        values = (client, route, key, fingerprint, location, self.clock.now_ms())
        self._write("INSERT OR REPLACE INTO made VALUES (?, ?, ?, ?, ?, ?)", values)

    # -- the file ---------------------------------------------------------------------------------

    def _living(self, key_id: str) -> Key:
        self._reload()
        key = self._keys.get(key_id)
        if key is None or key.revoked_ms:
            raise AccessRefused(f"there is no living key {key_id}")
        return key

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._db.execute(statement, values)
        except sqlite3.Error as error:
            raise AccessRefused(f"{self._path} cannot be written: {error}") from error
        self._version = -1
        self._reload()

    def _read(self, statement: str, values: tuple[object, ...] = ()) -> list[Any]:
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise AccessRefused(f"{self._path} cannot be read: {error}") from error

    def _reload(self) -> None:
        self._looked_ms = self.clock.now_ms()
        version = self._read("PRAGMA data_version")[0][0]
        if version == self._version:
            return
        self._clients = {row[0]: Client(*row) for row in self._read("SELECT * FROM clients")}
        self._keys = {row[0]: _key(row) for row in self._read("SELECT * FROM keys")}
        self._version = version
        self._by_hash = {}
        for key in self._keys.values():
            client = self._clients.get(key.client)
            if key.revoked_ms or (client is not None and client.disabled_ms):
                continue
            for known in (key.hash, key.previous):
                if known:
                    self._by_hash.setdefault(known[:8], []).append(key)

    def close(self) -> None:
        """Let go of the files."""
        self.uses.write()
        self._db.close()
        self.audit.close()


def _key(row: tuple[Any, ...]) -> Key:
    scopes = scopes_of(row[11], SCOPES) if row[11] else tuple(row[3].split())
    return Key(row[0], row[1], row[2], scopes, *row[4:])


def _new_id(prefix: str) -> str:
    return prefix + sha256(new_secret(43).encode()).hexdigest()[:12]


def new_key() -> str:
    """A secret nobody can guess."""
    return "tg_" + new_secret(43)
