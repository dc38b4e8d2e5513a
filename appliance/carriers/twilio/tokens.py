"""Tickets for media sockets: only who answered a call's webhook gets its stream.

A signature on the socket's handshake is the same for ever, so that a captured one could be sent again; a token
is good for one stream of one call, and not for long.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest

from appliance.clock import Clock

_REMEMBERED_SECS = 600
"""How long a token that is no longer good is still known, so that the reason of a refusal is exact."""

_MOST = 20_000
"""More tokens than this are never held; the oldest goes first."""


class Refusal(StrEnum):
    """Why a token does not open a stream."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    REUSED = "reused"
    OTHER_CALL = "other call"


@dataclass(slots=True)
class _Issued:
    call_id: bytes
    at: float
    redeemed: bool = False


class StreamTokens:
    """The tokens of one appliance: each is good once, for one call, for ``life_secs``."""

    def __init__(self, life_secs: float, clock: Clock) -> None:
        self._life_secs = life_secs
        self._clock = clock
        self._issued: OrderedDict[bytes, _Issued] = OrderedDict()

    def __len__(self) -> int:
        """How many tokens are remembered, good ones and others."""
        return len(self._issued)

    def issue(self, call_id: str) -> str:
        """A new token for this call's next stream, 43 characters that are safe in URLs."""
        self._forget()
        token = secrets.token_urlsafe(32)
        self._issued[_digest(token)] = _Issued(_bytes(call_id), self._clock())
        return token

    def redeem(self, token: str, call_id: str) -> Refusal | None:
        """None if the token opens this call's stream: then it never will again. Otherwise the reason.

        An attempt with another call's id does not use the token up.
        """
        issued = self._issued.get(_digest(token))
        if issued is None:
            return Refusal.UNKNOWN
        if not compare_digest(issued.call_id, _bytes(call_id)):
            return Refusal.OTHER_CALL
        if issued.redeemed:
            return Refusal.REUSED
        if self._clock() - issued.at >= self._life_secs:
            return Refusal.EXPIRED
        issued.redeemed = True
        return None

    def _forget(self) -> None:
        oldest_kept = self._clock() - self._life_secs - _REMEMBERED_SECS
        while self._issued:
            digest, issued = next(iter(self._issued.items()))
            if issued.at > oldest_kept and len(self._issued) < _MOST:
                return
            del self._issued[digest]


def _digest(token: str) -> bytes:
    """What a token is kept as: how long looking it up takes says nothing about the tokens there are."""
    return sha256(_bytes(token)).digest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
