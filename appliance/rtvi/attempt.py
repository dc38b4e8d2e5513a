"""Running other people's code: handlers, transforms, options, actions. It may fail or hang, and nothing else does."""

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

log = logging.getLogger(__name__)


class Attempt(NamedTuple):
    """What became of a call: its value, or the name of what went wrong."""

    value: Any
    failure: str | None


async def attempt(what: str, secs: float, function: Callable[..., Any], *args: Any) -> Attempt:
    """Calls a plain or async function and gives it at most ``secs`` seconds where it waits."""
    try:
        async with asyncio.timeout(secs):
            value = function(*args)
            return Attempt(await value if inspect.isawaitable(value) else value, None)
    except Exception as error:  # Around a supervisor: nothing that is done for one may hurt the call or the others.
        log.exception("%s failed", what)
        return Attempt(None, "it took too long" if isinstance(error, TimeoutError) else type(error).__name__)
