"""Whether a request really comes from Twilio.

See Twilio's documentation, "Webhooks security": base64 of HMAC-SHA1 under the account's auth token, over the
address and all form parameters, sorted, names and values without any separator; of repeated parameters each value
once, sorted, too. A JSON body is not part of it; its SHA-256 is in the address's query instead (``bodySHA256``).
The handshake of a media stream is signed over its ``wss`` address alone.
"""

import hmac
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from urllib.parse import parse_qsl

from appliance.carriers.twilio.addresses import http_address, spellings, websocket_address


class SignatureCheck:
    """Checks signatures against one auth token and the configured public address. Nothing sent to it makes it raise."""

    def __init__(self, auth_token: str, public_base_url: str) -> None:
        self._key = auth_token.encode()
        self._base = public_base_url

    def webhook(
        self,
        path: str,
        raw_query: str,
        params: Sequence[tuple[str, str]],
        signature: str | None,
        body: bytes = b"",
    ) -> bool:
        """Whether a webhook's signature is right.

        ``path`` and ``raw_query`` are as received, percent-encoding and all. ``params`` are the form's, repeated and
        blank ones included. ``body`` matters if there are no ``params``: what is not a form must be covered by
        ``bodySHA256``.
        """
        if not params and not _covers(raw_query, body):
            return False
        return self._signed(http_address(self._base, path), raw_query, _joined(params), signature)

    def websocket(self, path: str, raw_query: str, signature: str | None) -> bool:
        """Whether the signature of a media stream's handshake is right; ``path`` and ``raw_query`` as received."""
        return self._signed(websocket_address(self._base, path), raw_query, "", signature)

    def _signed(self, address: str, raw_query: str, tail: str, signature: str | None) -> bool:
        if signature is None:
            return False
        given = _bytes(signature)
        expected = (self._sign(spelling + tail) for spelling in spellings(address, raw_query))
        return any(hmac.compare_digest(given, one) for one in expected)

    def _sign(self, text: str) -> bytes:
        return b64encode(hmac.digest(self._key, _bytes(text), "sha1"))


def _joined(params: Iterable[tuple[str, str]]) -> str:
    return "".join(name + value for name, value in sorted(set(params)))


def _covers(raw_query: str, body: bytes) -> bool:
    """Whether a body that is not a form is the one that was signed."""
    stated = dict(parse_qsl(raw_query)).get("bodySHA256")
    if stated is None:
        return not body
    return hmac.compare_digest(_bytes(stated.lower()), sha256(body).hexdigest().encode())


def _bytes(text: str) -> bytes:
    """As UTF-8; what is not valid Unicode (a stranger's header may hold it) just gives other bytes."""
    return text.encode("utf-8", "surrogatepass")
