"""Running other people's code: handlers, transforms, options, actions. It may fail or hang, and nothing else does."""

import asyncio
import contextlib
import inspect
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from appliance.errors import RequestError

log = logging.getLogger(__name__)


class Attempt(NamedTuple):
    """What became of a call: its value, or what went wrong."""

    value: Any
    failure: str | None


@dataclass(slots=True)
class Guarded:
    """What went wrong, by its name, or why a request was refused; None as long as nothing has."""

    failure: str | None = None


@contextlib.contextmanager
def guarded(what: str) -> Iterator[Guarded]:
    """Ends what is done within it where it fails, and nothing else."""
    outcome = Guarded()
    try:
        yield outcome
    except RequestError as refused:
        outcome.failure = str(refused)
    except Exception as error:  # Around a supervisor: nothing that is done for one may hurt the call or the others.
        log.exception("%s failed", what)
        outcome.failure = "it took too long" if isinstance(error, TimeoutError) else type(error).__name__


async def attempt(what: str, secs: float, function: Callable[..., Any], *args: Any) -> Attempt:
    """Calls a plain or async function and gives it at most ``secs`` seconds where it waits."""
    with guarded(what) as outcome:
        async with asyncio.timeout(secs):
            value = function(*args)
            return Attempt(await value if inspect.isawaitable(value) else value, None)
    return Attempt(None, outcome.failure)
