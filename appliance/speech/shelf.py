"""Pieces of data on disk, together no larger than they may be: what has not been wanted for longest goes first.

A file holds one piece behind its SHA-256, is written under another name and renamed, so that nobody sees half of one;
what is damaged all the same is found out, thrown away and counts as not there; a disk that fails costs no more.
"""

import contextlib
import hashlib
import logging
import os
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path

log = logging.getLogger(__name__)

DIGEST_BYTES = 32
UNFINISHED = ".part"


class Shelf:
    """Pieces by name (letters and digits) in ``directory``, of at most ``most_bytes``. Safe among threads; blocks.

    Raises OSError when the directory cannot be made or read.
    """

    def __init__(self, directory: Path, most_bytes: int) -> None:
        self._directory = directory
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._bytes = 0
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._look()

    def get(self, name: str) -> bytes | None:
        """The piece, if it is there and whole."""
        with self._lock:
            if name not in self._sizes:
                return None
            self._sizes.move_to_end(name)
        path = self._directory / name
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError as error:
            log.warning("the cached %s cannot be read: %s", path, error.strerror or error)
            self._forget(name)
            return None
        digest, piece = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
        if hashlib.sha256(piece).digest() != digest:
            log.warning("the cached %s is damaged and thrown away", path)
            self._forget(name)
            return None
        return piece

    def put(self, name: str, piece: bytes) -> None:
        """Keeps a piece; one that is larger than the shelf is not kept."""
        content = hashlib.sha256(piece).digest() + piece
        if len(content) > self._most_bytes:
            return
        path = self._directory / name
        try:
            with tempfile.NamedTemporaryFile(dir=self._directory, suffix=UNFINISHED, delete=False) as file:
                try:
                    file.write(content)
                    file.close()
                    Path(file.name).replace(path)
                except BaseException:
                    Path(file.name).unlink(missing_ok=True)
                    raise
        except OSError as error:
            log.warning("the cache %s cannot be written: %s", path, error.strerror or error)
            return
        with self._lock:
            self._bytes += len(content) - self._sizes.pop(name, 0)
            self._sizes[name] = len(content)
        self._make_room()

    def _look(self) -> None:
        """Takes stock, the longest unused first."""
        found = []
        for path in self._directory.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.suffix == UNFINISHED:  # of a process that was killed
                    path.unlink()
                else:
                    status = path.stat()
                    found.append((status.st_mtime_ns, path.name, status.st_size))
        self._sizes.update((name, size) for _, name, size in sorted(found))
        self._bytes = sum(self._sizes.values())
        self._make_room()

    def _make_room(self) -> None:
        while True:
            with self._lock:
                if self._bytes <= self._most_bytes:
                    return
                oldest = next(iter(self._sizes))
            self._forget(oldest)

    def _forget(self, name: str) -> None:
        with self._lock:
            self._bytes -= self._sizes.pop(name, 0)
        with contextlib.suppress(OSError):
            (self._directory / name).unlink()
