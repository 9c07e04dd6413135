"""Where the bytes of files are kept, by their SHA-256: a port with two sides.

What is put is kept when `put` returns: the header turn that names it comes after.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Protocol


class FileStore(Protocol):
    """Bytes by their hash. Putting what is there already changes nothing."""

    def put(self, data: bytes) -> str:
        """Keep the bytes; their SHA-256 in hex, once they would survive a power loss. Raises OSError."""

    def get(self, digest: str) -> bytes | None:
        """The bytes, or None."""


class MemoryFiles:
    """For simulation and tests."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        """Keep the bytes."""
        digest = sha256(data).hexdigest()
        self._files[digest] = data
        return digest

    def get(self, digest: str) -> bytes | None:
        """The bytes, or None."""
        return self._files.get(digest)


class DirectoryFiles:
    """A folder: written beside its place, synced, moved there, and the folder synced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Keep the bytes."""
        digest = sha256(data).hexdigest()
        folder = self._folder / digest[:2]
        place = folder / digest
        if place.exists():
            return digest
        folder.mkdir(parents=True, exist_ok=True)
        beside = folder / f"{digest}.part"
        with open(beside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, place)
        for one in (folder, self._folder):
            _sync(one)
        return digest

    def get(self, digest: str) -> bytes | None:
        """The bytes, or None."""
        try:
            return (self._folder / digest[:2] / digest).read_bytes()
        except FileNotFoundError:
            return None


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
