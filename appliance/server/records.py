"""Records of calls, as JSON, as far as each role may see them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from appliance.dialplan import Dialplan
from appliance.server.house import House
from appliance.server.sight import Sight
from appliance.supervision.auth import Refusal
from appliance.supervision.roles import Role, Terms

MOST = 500


class RecordEndpoints:
    """``/api/calls``, ``/api/calls/{call_id}`` and ``/api/messages``."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/api/calls", self.calls),
            Route("/api/calls/{call_id}", self.call),
            Route("/api/messages", self.messages),
        ]

    async def calls(self, request: Request) -> Response:
        """The latest calls first; ``?limit=`` (1 to 500) and ``?before=`` (the ``next`` of the page before)."""
        role = self._role(request)
        if isinstance(role, Response):
            return role
        try:
            limit = int(request.query_params.get("limit", "50"))
            before = _before(request.query_params.get("before"))
        except ValueError:
            return _problem(400, "limit must be a whole number and before a page's next")
        if not 1 <= limit <= MOST:
            return _problem(400, f"limit is {limit}, expected 1 to {MOST}")
        await self._house.records.flush()
        calls = await self._house.records.calls(limit, before, role.covered(self._terms()))
        last = calls[-1] if len(calls) == limit else None
        following = f"{last.started_at}~{last.call_id}" if last else None
        plans = self._plans()
        told = [Sight(record, plans.get(record.dialplan), role).call() for record in calls]
        return JSONResponse({"calls": told, "next": following})

    async def call(self, request: Request) -> Response:
        """One call with its turns, and for those who may see it with its audit."""
        role = self._role(request)
        if isinstance(role, Response):
            return role
        records = self._house.records
        await records.flush()
        found = await records.call(request.path_params["call_id"])
        if found is None or not role.covers(found[0].dialplan, *self._terms().get(found[0].dialplan, Terms())):
            return _problem(404, "there is no such call")
        record, turns = found
        sight = Sight(record, self._plans().get(record.dialplan), role)
        told = {**sight.call(), "turns": list(sight.turns(turns)), **await self._sounds(record.call_id, sight)}
        if "audit" in role.sees:
            told["audit"] = [_without(asdict(deed), "call_id") for deed in await records.audit(record.call_id)]
        return JSONResponse(told)

    async def messages(self, request: Request) -> Response:
        """The latest messages of callers, as far as the role sees them; ``?limit=`` (1 to 500)."""
        role = self._role(request)
        if isinstance(role, Response):
            return role
        limit = request.query_params.get("limit", "50")
        if not (limit.isdecimal() and 1 <= int(limit) <= MOST):
            return _problem(400, f"limit is {limit[:20]!r}, expected 1 to {MOST}")
        await self._house.records.flush()
        found = await self._house.records.messages(int(limit), role.covered(self._terms()))
        plans = self._plans()
        told = []
        for record, sound in found:
            sight = Sight(record, plans.get(record.dialplan), role)
            told += [{"call": sight.call(), **message} for message in sight.sounds([sound]).get("messages", [])]
        return JSONResponse({"messages": told})

    async def _sounds(self, call_id: str, sight: Sight) -> dict[str, Any]:
        """What was recorded, for those who may hear it."""
        sounds = (await self._house.records.sounds(call_id)).get(call_id, [])
        return sight.sounds(sounds)

    def _role(self, request: Request) -> Role | Response:
        admitted = self._house.auth.admit(request)
        return _problem(admitted.status, admitted.text) if isinstance(admitted, Refusal) else admitted.role

    def _plans(self) -> dict[str, Dialplan]:
        """The dialplans that serve now, by name: by these is decided who may see what of calls of long ago, too."""
        return {loaded.plan.name: loaded.plan for loaded in self._house.dialplans.plans}

    def _terms(self) -> dict[str, Terms]:
        return {name: Terms(plan.tags, plan.roles) for name, plan in self._plans().items()}


def _before(text: str | None) -> tuple[float, str] | None:
    if not text:
        return None
    at, _, call_id = text.partition("~")
    return float(at), call_id


def _without(values: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != key}


def _problem(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status)
