"""X-Twilio-Signature, written from Twilio's "Security" page: what the carrier signs, and how."""

import base64
import hashlib
import hmac
from collections.abc import Mapping


def sign(auth_token: str, url: str, parameters: Mapping[str, str] | None = None) -> str:
    """Base64 of the HMAC-SHA1, keyed with the token, over the URL and every parameter's name and value, sorted by name.

    For a WebSocket handshake the URL is the wss address of the TwiML, and there are no parameters.
    """
    signed = url + "".join(name + value for name, value in sorted((parameters or {}).items()))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
