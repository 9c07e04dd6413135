"""API keys: who may ask for what. Kept in `access.db` of the data directory, as hashes.

A key is `tg_` and 43 characters of a 256-bit secret, so a plain SHA-256 of it can be neither guessed nor
reversed; it is shown once, when it is made. Rotation changes the secret and keeps the key's id, under which its
idempotency keys and its uses are known.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from actors.runtime.real import new_secret, same_secret
from contracts.ports import Clock
from contracts.turn import DEFAULT_TENANT

FILE = "access.db"
FORMAT = 1
SCOPES = (
    "orders:submit", "orders:read", "orders:cancel", "orders:ops", "returns:advise", "returns:read",
    "returns:receive", "returns:inspect", "inventory:read", "finance:read", "finance:resolve", "finance:journals",
    "finance:approve", "finance:close", "gift-cards:read", "gift-cards:sell", "procure:read", "procure:decide",
    "recon:read", "recon:run", "exceptions:read", "exceptions:work", "events:read", "customers:read",
    "customers:write", "customers:erase", "pricing:quote",
    "pricing:read", "refunds:write", "ops",
    "finance:import", "catalog:read", "catalog:write", "pricing:write",
)  # fmt: skip
# The key that TIDEGATE_API_KEY sets; its secret follows the variable.
ENVIRONMENT_KEY = "key_environment"
RELOAD_AFTER_MS = 1_000

_TABLE = """
CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, tenant TEXT NOT NULL, scopes TEXT NOT NULL,
    hash TEXT NOT NULL, previous TEXT NOT NULL, previous_until_ms INTEGER NOT NULL,
    created_ms INTEGER NOT NULL, rotated_ms INTEGER NOT NULL, revoked_ms INTEGER NOT NULL)
"""


class AccessRefused(Exception):
    """The file of keys cannot be used, or there is no such key; the message is for a person."""


class Key(Struct, frozen=True):
    """A row. Times are ms since the epoch, 0 for never; `previous` is the hash before a rotation."""

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


def hash_of(secret: str) -> str:
    """What is kept of a key."""
    return sha256(secret.encode()).hexdigest()


class Access:
    """The keys of one data directory. Another process may change them meanwhile: seen within a second."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        """Open or make the file. Raises AccessRefused."""
        self._path = directory / FILE
        self._clock = clock
        try:
            self._db = sqlite3.connect(self._path, timeout=5, isolation_level=None)
            self._path.chmod(0o600)
            found = self._db.execute("PRAGMA user_version").fetchone()[0]
            if found > FORMAT:
                self._db.close()
                raise AccessRefused(f"{self._path} has format {found}, this version reads up to {FORMAT}")
            self._db.execute(_TABLE)
            self._db.execute(f"PRAGMA user_version={FORMAT}")
        except (sqlite3.Error, OSError) as error:
            raise AccessRefused(f"{self._path} cannot be used: {error}") from error
        self._keys: dict[str, Key] = {}
        self._version = -1
        self._looked_ms = 0
        self._reload()

    def find(self, secret: str) -> Key | None:
        """The living key with this secret. Every stored hash is compared, each in constant time."""
        now = self._clock.now_ms()
        if now - self._looked_ms >= RELOAD_AFTER_MS:
            self._reload()
        offered = hash_of(secret)
        found: Key | None = None
        for key in self._keys.values():
            right = same_secret(offered, key.hash)
            before = same_secret(offered, key.previous) and now < key.previous_until_ms
            if (right or before) and not key.revoked_ms:
                found = key
        return found

    def create(
        self,
        name: str,
        scopes: Sequence[str] = SCOPES,
        tenant: str = DEFAULT_TENANT,
        *,
        secret: str | None = None,
        id_: str | None = None,
    ) -> tuple[Key, str]:
        """Make a key, or give the named one another secret: (the key, its secret, told only here).

        Raises AccessRefused for an unknown scope.
        """
        if unknown := [scope for scope in scopes if scope not in SCOPES]:
            raise AccessRefused(f"no such scope: {', '.join(unknown)}; there are {', '.join(SCOPES)}")
        secret = secret or new_key()
        key_id = id_ or "key_" + sha256(new_secret(43).encode()).hexdigest()[:12]
        row = (key_id, name, tenant, " ".join(scopes), hash_of(secret), "", 0, self._clock.now_ms(), 0, 0)
        self._write("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return self._keys[key_id], secret

    def set_from_environment(self, secret: str) -> Key:
        """Let the key of TIDEGATE_API_KEY have this secret. Raises AccessRefused for one too short."""
        if len(secret) < 8 or len(secret) > 256 or not secret.isascii() or not secret.isprintable():
            raise AccessRefused("TIDEGATE_API_KEY must have 8 to 256 printable ASCII characters")
        known = self._keys.get(ENVIRONMENT_KEY)
        if known is not None and known.hash == hash_of(secret) and not known.revoked_ms:
            return known
        return self.create("TIDEGATE_API_KEY", secret=secret, id_=ENVIRONMENT_KEY)[0]

    def rotate(self, key_id: str, grace_s: int = 0) -> str:
        """Give the key a new secret, told only here; the old one works for `grace_s` more seconds."""
        key = self._living(key_id)
        secret, now = new_key(), self._clock.now_ms()
        values = (hash_of(secret), key.hash, now + grace_s * 1_000, now, key_id)
        self._write(
            "UPDATE keys SET hash = ?, previous = ?, previous_until_ms = ?, rotated_ms = ? WHERE id = ?",
            values,
        )
        return secret

    def revoke(self, key_id: str) -> None:
        """The key ends now, its previous secret too. Raises AccessRefused where there is none."""
        self._living(key_id)
        self._write("UPDATE keys SET revoked_ms = ? WHERE id = ?", (self._clock.now_ms(), key_id))

    def list_keys(self) -> list[Key]:
        """Every key that ever was, the oldest first."""
        self._reload()
        return sorted(self._keys.values(), key=lambda key: (key.created_ms, key.id))

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

    def _reload(self) -> None:
        self._looked_ms = self._clock.now_ms()
        try:
            version = self._db.execute("PRAGMA data_version").fetchone()[0]
            if version == self._version:
                return
            rows = self._db.execute("SELECT * FROM keys").fetchall()
        except sqlite3.Error as error:
            raise AccessRefused(f"{self._path} cannot be read: {error}") from error
        self._version = version
        self._keys = {row[0]: Key(row[0], row[1], row[2], tuple(row[3].split()), *row[4:]) for row in rows}

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def new_key() -> str:
    """A secret nobody can guess."""
    return "tg_" + new_secret(43)
