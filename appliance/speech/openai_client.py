"""What engines at servers of OpenAI's kind have in common: a client, and a sentence for each way in which they fail.

A failure is *passing* when the same request may go well a moment later. A server's own words are never repeated: they
may quote a caller.
"""

import contextlib
import re
from collections.abc import AsyncIterator

import httpx2
import openai

from appliance.ops.openai_http import http_client
from appliance.settings import OpenAISTTSettings, OpenAITTSSettings
from appliance.speech.refused import PASSING, RefusedError, retry_after

CONNECT_SECS = 2.0


def client_of(settings: OpenAISTTSettings | OpenAITTSSettings) -> openai.AsyncOpenAI:
    """A client without time limits and tries of its own, but for the connection's: its user knows how long to wait."""
    key = settings.api_key
    return openai.AsyncOpenAI(
        base_url=settings.base_url,
        api_key=key.get_secret_value() if key else "none",  # The package wants one, and servers without ignore it.
        timeout=openai.Timeout(None, connect=CONNECT_SECS),
        max_retries=0,
        http_client=http_client(),
    )


@contextlib.asynccontextmanager
async def failures_named(server: str) -> AsyncIterator[None]:
    """Whatever the package raises within becomes a RefusedError about ``server``; time limits pass through."""
    try:
        yield
    except openai.APIStatusError as error:
        passing = error.status_code in PASSING and error.code != "insufficient_quota"
        what = f"The speech engine at {server} refused with status {error.status_code}{_said(error)}."
        raise RefusedError(what, passing=passing, after_secs=retry_after(error.response.headers)) from None
    except openai.APIConnectionError as error:
        what = f"The speech engine at {server} cannot be reached ({_kind(error.__cause__ or error)})."
        raise RefusedError(what) from None
    except (openai.OpenAIError, httpx2.HTTPError) as error:
        raise RefusedError(f"The connection to the speech engine at {server} broke ({_kind(error)}).") from None


def _kind(error: BaseException) -> str:
    return type(error).__name__


def _said(error: openai.APIError) -> str:
    """The server's code for it, if it gives one."""
    code = str(error.code or error.type or "")
    return f" ({code})" if re.fullmatch(r"[\w.-]{1,60}", code) else ""
