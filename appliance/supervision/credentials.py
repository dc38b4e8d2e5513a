"""Tokens, sign-in codes and sessions in one file, shared by the service and the command line.

The file holds SHA-256 digests only: the secrets have 256 random bits, so that nothing slower is needed.
"""

import fcntl
import logging
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Literal

import msgspec

from appliance.clock import WallClock
from appliance.errors import StartError

Kind = Literal["token", "code", "session"]

CODE_SECS = 600
SESSION_SECS = 12 * 3600
MAX_KEPT = 1000
"""Most codes and sessions together; the oldest make way."""

FILE_NAME = "tokens.json"

log = logging.getLogger(__name__)


@dataclass(slots=True, frozen=True)
class Credential:
    """Something that lets its holder in. ``created`` and ``expires`` are seconds since the epoch, UTC."""

    kind: Kind
    name: str
    role: str
    """The role's name; what it permits stands in the settings."""
    digest: str
    created: float
    expires: float | None = None
    dialplans: tuple[str, ...] = ()
    """Of the dialplans that the role covers only these, names or ``tag:x``; empty for all of them."""

    def good(self, now: float) -> bool:
        """Whether it has not expired."""
        return self.expires is None or now < self.expires


@dataclass(slots=True)
class _File:
    credentials: list[Credential] = field(default_factory=list)


class Credentials:
    """The file's content, read again whenever someone has changed it."""

    def __init__(self, data_dir: Path, clock: WallClock) -> None:
        self.path = data_dir / FILE_NAME
        self._clock = clock
        self._stamp: tuple[int, int, int] | None = None
        self._known: list[Credential] = []

    def tokens(self) -> list[Credential]:
        """All tokens, expired ones too, in the order of their names."""
        self._refresh()
        return sorted((known for known in self._known if known.kind == "token"), key=lambda known: known.name)

    def add(self, kind: Kind, name: str, role: str, secs: float | None, dialplans: Iterable[str] = ()) -> str:
        """Makes a credential that is good for ``secs`` seconds, or until it is revoked; returns its secret.

        A new token takes the place of the one of the same name.
        """
        secret = secrets.token_urlsafe(32)
        now = self._clock()
        expires = None if secs is None else now + secs
        new = Credential(kind, name, role, _digest(secret), now, expires, tuple(dialplans))
        with self._changing():
            kept = [known for known in self._known if _kept(known, now) and not _replaces(new, known)]
            self._known = _bounded([*kept, new])
        return secret

    def find(self, kind: Kind, secret: str) -> Credential | None:
        """The good credential with this secret. All are compared, each in constant time."""
        self._follow()
        return self._find(kind, secret)

    def redeem(self, code: str, kind: Kind, secs: float) -> str | None:
        """Trades a sign-in code, once, for another credential of the same holder; None if the code is not good."""
        if self.find("code", code) is None:
            return None
        with self._changing():
            found = self._find("code", code)
            if found is None:
                return None
            secret = secrets.token_urlsafe(32)
            now = self._clock()
            new = replace(found, kind=kind, digest=_digest(secret), created=now, expires=now + secs)
            self._known = [known for known in self._known if known is not found] + [new]
        return secret

    def revoke(self, name: str) -> int:
        """Takes away everything a name has: token, codes and sessions. Says how many tokens there were."""
        with self._changing():
            gone = [known for known in self._known if known.name == name]
            self._known = [known for known in self._known if known.name != name]
        return sum(known.kind == "token" for known in gone)

    def holds(self, credential: Credential) -> bool:
        """Whether it is still good: neither revoked nor expired."""
        self._follow()
        return credential in self._known and credential.good(self._clock())

    def _find(self, kind: Kind, secret: str) -> Credential | None:
        digest, now, found = _digest(secret), self._clock(), None
        for known in self._known:
            if compare_digest(known.digest, digest) and known.kind == kind and known.good(now):
                found = known
        return found

    def _follow(self) -> None:
        """As ``_refresh``, but a file that was broken from outside is reported once, and the old content stays."""
        try:
            self._refresh()
        except StartError as refused:
            log.error("The credentials cannot be read, those known before stay in force: %s", refused)

    def _refresh(self) -> None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._stamp, self._known = None, []
            return
        stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
        if stamp != self._stamp:
            self._stamp = stamp
            self._known = _read(self.path)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Reads, lets the caller change ``_known``, writes: one process at a time."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(self.path.with_suffix(".lock"), os.O_CREAT | os.O_WRONLY, 0o600), "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._stamp = None
                self._refresh()
                yield
                self._write()
        except OSError as refused:
            raise StartError(f"{self.path}: {refused.strerror}, expected a file that can be written") from None

    def _write(self) -> None:
        new = self.path.with_suffix(".new")
        content = msgspec.json.format(msgspec.json.encode(_File(self._known)), indent=1)
        with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)
        self._stamp = None


def _read(path: Path) -> list[Credential]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_File).credentials
    except (msgspec.DecodeError, OSError) as refused:
        raise StartError(f"{path}: {refused}, expected a file written by this appliance") from None


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _kept(known: Credential, now: float) -> bool:
    return known.kind == "token" or known.good(now)


def _replaces(new: Credential, known: Credential) -> bool:
    return new.kind == known.kind == "token" and new.name == known.name


def _bounded(known: list[Credential]) -> list[Credential]:
    passing = [one for one in known if one.kind != "token"]
    dropped = passing[: max(0, len(passing) - MAX_KEPT)]
    return [one for one in known if one not in dropped]
