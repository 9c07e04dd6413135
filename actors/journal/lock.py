"""Who owns a directory: an advisory lock of the operating system, which dies with its holder, even by SIGKILL."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from .engine import CannotOpen, DirectoryInUse

LOCK = "lock"


def sync_directory(directory: Path) -> None:
    """Make the directory's entries durable: a new or renamed file may otherwise vanish with the power."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class DirectoryLock:
    """Holds `DIR/lock`, with the holder's process id written in it for whoever is refused."""

    def __init__(self, directory: Path) -> None:
        """Make the directory if need be, and take its lock. Raises DirectoryInUse, CannotOpen."""
        try:
            if not directory.is_dir():
                directory.mkdir(parents=True)
                sync_directory(directory.parent)
            self._descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise CannotOpen(f"{directory}: {error.strerror}") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            if not isinstance(error, BlockingIOError):
                raise CannotOpen(f"{directory}: cannot be locked: {error.strerror}") from error
            raise DirectoryInUse(f"{directory} is in use by process {holder or '(unknown)'}") from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let the directory go; the file stays, since removing it would race with the next holder."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1
