"""The kind `http`: asks a server, as often as that is safe, and makes of its answer what the dialplan says.

No secret leaves it but in the request, and nothing that the server has sent but in the result.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from appliance.dialplan import Function, Value
from appliance.dialplan.functions import Http
from appliance.dialplan.machine_texts import value_of, values_of
from appliance.errors import FunctionError
from appliance.functions.http_answer import Answer, BusyError, ask
from appliance.functions.http_request import Request, request_of
from appliance.functions.surroundings import Surroundings

FIRST_PAUSE_SECS = 0.2
MASK = "[secret]"
SHORTEST_MASKED = 4


class HttpExecutor:
    """Sends one kind of request."""

    def __init__(self, function: Function, surroundings: Surroundings) -> None:
        assert function.http is not None
        self._http: Http = function.http
        self._secs = function.timeout_secs
        self._around = surroundings

    async def run(self, arguments: Mapping[str, Any]) -> Any:
        """What the answer means. Raises FunctionError when there is none, or none that can be used."""
        values = {**self._around.variables(), **arguments}
        secrets = self._around.means.secrets
        answer = await self._ask(request_of(self._http, {**values, "secrets": secrets}))
        if answer.status in self._http.not_found:
            return None
        return _without(self._meaning(answer, values), [one for one in secrets.values() if len(one) >= SHORTEST_MASKED])

    async def _ask(self, request: Request) -> Answer:
        """The first answer that is one; the pauses before further tries grow, or are what the server asks for."""
        web = self._around.means.web
        if web is None:
            raise FunctionError("There is no way to any server.")
        loop = asyncio.get_running_loop()
        end = loop.time() + self._secs
        pause, tries = FIRST_PAUSE_SECS, 0
        while True:
            try:
                return await ask(web, request, (*self._http.accept, *self._http.not_found))
            except BusyError as busy:
                tries += 1
                wait = pause if busy.retry_after_secs is None else busy.retry_after_secs
                if tries > self._tries_after(busy) or loop.time() + wait >= end:
                    raise FunctionError(str(busy)) from busy
            await asyncio.sleep(wait)
            pause *= 2

    def _tries_after(self, busy: BusyError) -> int:
        """How many further tries there may be; by itself, nothing is done twice that could do harm."""
        if self._http.retries is not None:
            return self._http.retries
        return 2 if self._http.is_repeatable or not busy.was_sent else 0

    def _meaning(self, answer: Answer, values: Mapping[str, Value]) -> Any:
        http = self._http
        if http.wants_fields and not isinstance(answer.body, Mapping | list):
            raise FunctionError(f"{answer.host} answered {answer.status} without JSON, expected an object or a list.")
        told = {**values, "body": answer.body, "status": answer.status, "headers": answer.headers}
        if http.found_if is not None and value_of(http.found_if, told) in (None, False, 0, "", [], {}):
            return None
        result = answer.body if http.result is None else values_of(http.result, told)
        if not _is_nothing(result):
            return result
        # Who has done what was asked need not say more.
        return None if http.result is not None or http.method in ("GET", "HEAD") else {"status": answer.status}


def _is_nothing(result: Any) -> bool:
    """Whether there is nothing in it, however deep one looks."""
    if isinstance(result, Mapping):
        return all(_is_nothing(one) for one in result.values())
    return result is None or result in ("", [])


def _without(result: Any, secrets: list[str]) -> Any:
    """A result in which no secret is read: a server may well repeat what it was sent."""
    if isinstance(result, Mapping):
        return {name: _without(one, secrets) for name, one in result.items()}
    if isinstance(result, list):
        return [_without(one, secrets) for one in result]
    if isinstance(result, str):
        for secret in secrets:
            result = result.replace(secret, MASK)
    return result
