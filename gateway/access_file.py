"""The file of clients and keys: its tables, and how an older one becomes this format."""

from __future__ import annotations

import sqlite3

# 1: keys alone. 2: clients, and of each key its client, its role and when it ends.
FORMAT = 2

_TABLES = """
CREATE TABLE keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, tenant TEXT NOT NULL, scopes TEXT NOT NULL,
    hash TEXT NOT NULL, previous TEXT NOT NULL, previous_until_ms INTEGER NOT NULL,
    created_ms INTEGER NOT NULL, rotated_ms INTEGER NOT NULL, revoked_ms INTEGER NOT NULL,
    client TEXT NOT NULL DEFAULT '', role TEXT NOT NULL DEFAULT '', expires_ms INTEGER NOT NULL DEFAULT 0)
"""
_CLIENTS = """
CREATE TABLE clients (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, tenant TEXT NOT NULL, kind TEXT NOT NULL, role TEXT NOT NULL,
    created_ms INTEGER NOT NULL, disabled_ms INTEGER NOT NULL)
"""
# What made a secret, by idempotency key: the secret itself is not here, so a repeat is told where it was made.
_MADE = """
CREATE TABLE made (
    client TEXT NOT NULL, route TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL,
    location TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (client, route, key))
"""


class UnknownFormat(Exception):
    """The file was written by a later version."""


def bring_up(db: sqlite3.Connection) -> None:
    """Make the tables, or bring those of an older format up, in one transaction. Raises UnknownFormat."""
    db.execute("BEGIN IMMEDIATE")
    try:
        found = db.execute("PRAGMA user_version").fetchone()[0]
        if found > FORMAT:
            raise UnknownFormat(f"has format {found}, this version reads up to {FORMAT}")
        if found == 0:
            db.execute(_TABLES)
        if found == 1:
            for column in ("client TEXT NOT NULL DEFAULT ''", "role TEXT NOT NULL DEFAULT ''",
                           "expires_ms INTEGER NOT NULL DEFAULT 0"):  # fmt: skip
                db.execute(f"ALTER TABLE keys ADD COLUMN {column}")
        if found < FORMAT:
            db.execute(_CLIENTS)
            db.execute(_MADE)
            # Each key that there was is a client's of its own, with the scopes that it was given.
            db.execute("UPDATE keys SET client = 'cli_' || substr(id, 5)")
            db.execute(
                "INSERT INTO clients SELECT client, name, tenant, 'client', '', created_ms, 0 FROM keys"
            )
            db.execute(f"PRAGMA user_version={FORMAT}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
