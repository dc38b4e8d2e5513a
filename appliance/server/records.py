"""Records of calls, as JSON, for whoever may watch."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from appliance.records import CallRecord
from appliance.server.house import House
from appliance.supervision.auth import Refusal

MOST = 500


class RecordEndpoints:
    """``/api/calls`` and ``/api/calls/{call_id}``."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        """Both of them."""
        return [
            Route("/api/calls", self.calls),
            Route("/api/calls/{call_id}", self.call),
        ]

    async def calls(self, request: Request) -> Response:
        """The latest calls first; ``?limit=`` (1 to 500) and ``?before=`` (the ``next`` of the page before)."""
        if (refused := self._refused(request)) is not None:
            return refused
        try:
            limit = int(request.query_params.get("limit", "50"))
            before = _before(request.query_params.get("before"))
        except ValueError:
            return _problem(400, "limit must be a whole number and before a page's next")
        if not 1 <= limit <= MOST:
            return _problem(400, f"limit is {limit}, expected 1 to {MOST}")
        calls = await self._house.records.calls(limit, before)
        last = calls[-1] if len(calls) == limit else None
        following = f"{last.started_at}~{last.call_id}" if last else None
        return JSONResponse({"calls": [_call(record) for record in calls], "next": following})

    async def call(self, request: Request) -> Response:
        """One call with its turns."""
        if (refused := self._refused(request)) is not None:
            return refused
        await self._house.records.flush()
        found = await self._house.records.call(request.path_params["call_id"])
        if found is None:
            return _problem(404, "there is no such call")
        record, turns = found
        return JSONResponse({**_call(record), "turns": [_without(asdict(turn), "call_id") for turn in turns]})

    def _refused(self, request: Request) -> Response | None:
        admitted = self._house.auth.admit(request)
        return _problem(admitted.status, admitted.text) if isinstance(admitted, Refusal) else None


def _before(text: str | None) -> tuple[float, str] | None:
    if not text:
        return None
    at, _, call_id = text.partition("~")
    return float(at), call_id


def _call(record: CallRecord) -> dict[str, Any]:
    return asdict(record)


def _without(values: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != key}


def _problem(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status)
