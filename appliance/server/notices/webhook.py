"""Posts notices to web servers, signed, and only to such as the settings let us reach."""

import hmac
from hashlib import sha256
from typing import Any

import aiohttp
import orjson
from yarl import URL

from appliance.clock import WallClock, wall
from appliance.errors import NoticeError
from appliance.functions.web import InsideError, Web
from appliance.settings.reach import NOT_ALLOWED

SIGNATURE, TIMESTAMP, IDEMPOTENCY = "X-Appliance-Signature", "X-Appliance-Timestamp", "Idempotency-Key"
TIMEOUT_SECS = 10.0


class Webhook:
    """Posts JSON; ``secret`` signs it."""

    def __init__(self, web: Web, secret: str | None, clock: WallClock = wall) -> None:
        self._web = web
        self._secret = secret
        self._clock = clock

    async def post(self, address: str, notice_id: str, body: dict[str, Any]) -> None:
        """Posts once. Raises NoticeError unless the server has said that it took it (2xx)."""
        content = orjson.dumps(body)
        headers = {"Content-Type": "application/json", IDEMPOTENCY: notice_id}
        if self._secret is not None:
            stamp = str(int(self._clock()))
            headers |= {TIMESTAMP: stamp, SIGNATURE: signature(self._secret, stamp, content)}
        url = URL(address)
        limit = aiohttp.ClientTimeout(total=TIMEOUT_SECS)
        posting = self._web.session(url).post(url, data=content, headers=headers, allow_redirects=False, timeout=limit)
        try:
            async with posting as reply:
                status = reply.status
        except TimeoutError:
            raise NoticeError(f"the web server gave no answer within {TIMEOUT_SECS:g} s") from None
        except (aiohttp.ClientError, ValueError, OSError) as error:
            if isinstance(getattr(error, "os_error", None), InsideError):
                raise NoticeError(f"the web server {NOT_ALLOWED}") from error
            raise NoticeError(f"the web server cannot be reached: {type(error).__name__}") from error
        if not 200 <= status < 300:
            raise NoticeError(f"the web server answered {status}, expected 200 to 299")


def signature(secret: str, stamp: str, content: bytes) -> str:
    """HMAC-SHA256 over the time stamp, a point, and the body, in hexadecimal digits."""
    return "sha256=" + hmac.new(secret.encode(), stamp.encode() + b"." + content, sha256).hexdigest()
