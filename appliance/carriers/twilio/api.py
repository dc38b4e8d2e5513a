"""Twilio's REST API: calls are steered and placed, text messages sent.

See Twilio's documentation, "Call resource" and "Messages resource".
"""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from twilio.base.exceptions import TwilioException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from appliance.errors import CarrierError

Operation = Callable[[Any], Awaitable[Any]]
"""What is asked of the package's client."""

_PAUSE_SECS = 0.2
"""Between a failed attempt and the second one."""

_NO_SUCH_CALL = (404, 20404)
"""Twilio's answer (status, code) about a call that has ended already."""

_TOO_MANY_REQUESTS = 429


class TwilioApi:
    """Steers calls of one account; see ``carriers.base.CarrierApi``. One HTTP session serves all of them.

    Signs in with the account's auth token, or with an API key (``SK...``) and its secret. An operation takes no
    longer than ``time_limit_secs``, a second attempt included.
    """

    def __init__(
        self,
        account_sid: str,
        secret: str,
        *,
        api_key: str | None = None,
        base_url: str = "https://api.twilio.com",
        time_limit_secs: float = 5.0,
    ) -> None:
        self._account_sid = account_sid
        self._username = api_key or account_sid
        self._secret = secret
        self._base_url = base_url.rstrip("/")
        self._time_limit_secs = time_limit_secs
        self._client: Any = None

    async def hang_up(self, call_id: str) -> None:
        """See ``CarrierApi.hang_up``. Asked for twice does no harm, so that any failure is tried once more."""
        await self._update(call_id, "end a call", repeatable=True, status="completed")

    async def redirect(self, call_id: str, document: str) -> None:
        """See ``CarrierApi.redirect``; ``document`` is TwiML.

        It would start over if it came twice; so it is only sent again when the first surely did not arrive.
        """
        await self._update(call_id, "redirect a call", repeatable=False, twiml=document)

    async def place_call(
        self, to: str, from_number: str, document: str, *, ring_secs: int, status_callback: str
    ) -> str:
        """See ``CarrierApi.place_call``; ``document`` is TwiML. Nobody's telephone is made to ring twice."""
        wanted = {"to": to, "from_": from_number, "twiml": document, "timeout": ring_secs}
        call = await self._ask(
            "place a call",
            lambda client: client.calls.create_async(status_callback=status_callback, **wanted),
            repeatable=False,
        )
        return str(call.sid)

    async def send_message(self, to: str, from_number: str, text: str) -> None:
        """See ``CarrierApi.send_message``. Nobody gets it twice."""
        await self._ask(
            "send a message",
            lambda client: client.messages.create_async(to=to, from_=from_number, body=text),
            repeatable=False,
        )

    async def close(self) -> None:
        """Closes the session; a later operation would open another."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.http_client.close()

    async def _update(self, call_id: str, what: str, *, repeatable: bool, **changes: str) -> None:
        # The package puts the id into the path as it is.
        call = quote(call_id, safe="")
        await self._ask(what, lambda client: client.calls(call).update_async(**changes), repeatable, _has_ended)

    async def _ask(
        self,
        what: str,
        operation: Operation,
        repeatable: bool,
        is_fine: Callable[[Any, Any], bool] = lambda s, c: False,
    ) -> Any:
        """Carries out an operation, a second time where that can do no harm; gives the resource, or None if ``is_fine``
        says of an answer's status and code that there is nothing left to ask for.
        """
        try:
            async with asyncio.timeout(self._time_limit_secs):
                given = await self._attempt(operation, is_fine)
                if isinstance(given, _Failure) and (given.harmless or (repeatable and given.passing)):
                    await asyncio.sleep(_PAUSE_SECS)
                    given = await self._attempt(operation, is_fine)
        except TimeoutError:
            raise CarrierError(f"Twilio did not {what} within {self._time_limit_secs:g} seconds") from None
        if isinstance(given, _Failure):
            raise CarrierError(f"Twilio did not {what}: {given.reason}")
        return given

    async def _attempt(self, operation: Operation, is_fine: Callable[[Any, Any], bool]) -> Any:
        """One request: what was made or changed by it, or a _Failure."""
        try:
            return await operation(self._connected())
        except TwilioException as error:
            status, code = getattr(error, "status", None), getattr(error, "code", None)
            return None if is_fine(status, code) else _refused(status, code)
        except aiohttp.ClientConnectorError:
            return _Failure(f"{self._base_url} cannot be reached", harmless=True)
        except aiohttp.ClientError as error:
            return _Failure(f"the connection to {self._base_url} failed ({type(error).__name__})", passing=True)
        except (ValueError, TypeError, AttributeError):
            # What the package makes of an answer that is no resource.
            return _Failure(f"{self._base_url} answered something that is not a resource of Twilio's")

    def _connected(self) -> Any:
        if self._client is None:
            # Not earlier: the session belongs to the loop that runs now.
            http_client = _RelocatedHttpClient(self._base_url)
            self._client = Client(self._username, self._secret, self._account_sid, http_client=http_client)
        return self._client


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why an attempt failed. ``harmless``: it surely had no effect; ``passing``: it may go better next time."""

    reason: str
    harmless: bool = False
    passing: bool = False


def _has_ended(status: Any, code: Any) -> bool:
    return (status, code) == _NO_SUCH_CALL


def _refused(status: int | None, code: int | None) -> _Failure:
    """What an answer with an error status means. Its text is left out: it may hold somebody's number."""
    reason = f"HTTP status {status}, code {code}" if code != status else f"HTTP status {status}"
    return _Failure(reason, harmless=status == _TOO_MANY_REQUESTS, passing=status is not None and status >= 500)


class _RelocatedHttpClient(AsyncTwilioHttpClient):  # type: ignore[misc]
    """The package's client, but at another address: the package only knows Twilio's own."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    async def request(
        self, method: str, url: str, *, headers: dict[str, str], auth: tuple[str, str], **kwargs: Any
    ) -> Any:
        """The same request with scheme, host and port replaced.

        It signs in here because the package does so in a way that aiohttp is about to drop.
        """
        login = b64encode(":".join(auth).encode()).decode("ascii")
        headers = {**headers, "Authorization": f"Basic {login}"}
        return await super().request(method, self._base_url + urlsplit(url).path, headers=headers, **kwargs)
