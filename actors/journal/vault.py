"""The vault: seals by reference, in a file of its own beside the journal. What it forgets, nobody can read again.

A seal is minted ahead, in blocks that are synced before the first of them is used; what of a block was never used
when the process ended is an orphan, and harmless. The file must never be backed up together with the journal:
a backup that brings seals back undoes erasures. SQLite keeps no copy of what was deleted (`secure_delete`, and a
rollback journal that is gone after each commit).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path

from .engine import CannotOpen, DamagedJournal, JournalError
from .lock import sync_directory

FILE = "vault.db"
SEAL_BYTES = 32
BLOCK = 1_024
# Seals that are looked up again without the file.
KEPT = 8_192

Mint = Callable[[int], bytes]


class MemoryVault:
    """For simulation and tests: the n-th seal is a hash of n, so that runs repeat. It outlives its owners."""

    def __init__(self, secret: bytes = b"simulated") -> None:
        self._secret = secret
        self._minted = 0
        self._seals: dict[str, bytes] = {}

    def fresh(self) -> str:
        """A seal that nobody has."""
        self._minted += 1
        ref = str(self._minted)
        self._seals[ref] = blake2b(ref.encode(), key=self._secret, digest_size=SEAL_BYTES).digest()
        return ref

    def find(self, ref: str) -> bytes | None:
        """The seal, or None where there is none."""
        return self._seals.get(ref)

    def destroy(self, refs: Sequence[str]) -> int:
        """Forget these for ever; how many there were."""
        return sum(self._seals.pop(ref, None) is not None for ref in refs)

    def refs(self) -> frozenset[str]:
        """The seals there are."""
        return frozenset(self._seals)

    def statistics(self) -> dict[str, int]:
        """How many seals there are."""
        return {"seals": len(self._seals), "minted": self._minted}

    def close(self) -> None:
        """Nothing to release."""


class SqliteVault:
    """Seals in `vault.db`. Opened by whoever holds the directory's lock: the owner of its journal."""

    def __init__(self, directory: Path, mint: Mint) -> None:
        """Open the vault, or make an empty one. Raises CannotOpen, DamagedJournal."""
        self._path = directory / FILE
        self._mint = mint
        self._kept: dict[str, bytes] = {}
        self._unused: list[str] = []
        self.is_new = not self._path.exists()
        try:
            if self.is_new:
                os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(str(self._path), isolation_level=None)
            self._db.execute("PRAGMA secure_delete=ON")
            self._db.execute("PRAGMA journal_mode=DELETE")
            self._db.execute("PRAGMA synchronous=EXTRA")
            self._db.execute("PRAGMA fullfsync=ON")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS seals (n INTEGER PRIMARY KEY AUTOINCREMENT, seal BLOB NOT NULL)"
            )
            self._db.execute("CREATE TABLE IF NOT EXISTS birth (mark TEXT NOT NULL)")
            row = self._db.execute("SELECT mark FROM birth").fetchone()
            if row is None:
                # Another vault in the place of this one must not take its numbers for its own.
                row = (mint(3).hex(),)
                self._db.execute("INSERT INTO birth VALUES (?)", row)
            self._mark = f"{row[0]}-"
            sync_directory(directory)
        except sqlite3.Error as error:
            raise _named(self._path, error) from error
        except OSError as error:
            raise CannotOpen(f"{self._path}: {error.strerror or error}") from error

    def fresh(self) -> str:
        """A seal that nobody has, durable. Once in 1,024 times a block is minted and synced."""
        if not self._unused:
            self._mint_block()
        return self._unused.pop()

    def _mint_block(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        numbers = []
        for _ in range(BLOCK):
            seal = self._mint(SEAL_BYTES)
            added = self._db.execute("INSERT INTO seals (seal) VALUES (?)", (seal,))
            assert added.lastrowid is not None
            numbers.append(added.lastrowid)
            self._keep(f"{self._mark}{added.lastrowid}", seal)
        self._db.execute("COMMIT")
        self._unused = [f"{self._mark}{n}" for n in reversed(numbers)]

    def _keep(self, ref: str, seal: bytes) -> None:
        if len(self._kept) >= KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[ref] = seal

    def find(self, ref: str) -> bytes | None:
        """The seal, or None where there is none."""
        kept = self._kept.get(ref)
        if kept is not None:
            return kept
        n = self._number(ref)
        row = None if n is None else self._db.execute("SELECT seal FROM seals WHERE n = ?", (n,)).fetchone()
        if row is None:
            return None
        self._keep(ref, row[0])
        return bytes(row[0])

    def destroy(self, refs: Sequence[str]) -> int:
        """Forget these for ever; durable when this returns. How many there were."""
        numbers = [(n,) for ref in refs if (n := self._number(ref)) is not None]
        self._db.execute("BEGIN IMMEDIATE")
        gone = self._db.executemany("DELETE FROM seals WHERE n = ?", numbers).rowcount
        self._db.execute("COMMIT")
        for ref in refs:
            self._kept.pop(ref, None)
        return max(gone, 0)

    def _number(self, ref: str) -> int | None:
        n = ref.removeprefix(self._mark)
        return int(n) if n != ref and n.isascii() and n.isdigit() and len(n) < 19 else None

    def statistics(self) -> dict[str, int]:
        """How many seals there are, and how many of them were minted ahead."""
        (seals,) = self._db.execute("SELECT count(*) FROM seals").fetchone()
        return {"seals": seals, "minted_ahead": len(self._unused)}

    def close(self) -> None:
        """Let the file go."""
        self._db.close()


def _named(path: Path, error: sqlite3.Error) -> JournalError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return DamagedJournal(f"{path} is damaged, or is no vault: {error}")
    return CannotOpen(f"{path} cannot be opened: {error}")
