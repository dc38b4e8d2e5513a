"""The sound that is kept of calls: messages and recordings, for those who may hear them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from appliance.server.house import House
from appliance.supervision.auth import Refusal
from appliance.supervision.roles import Terms

RECORDINGS = "recordings"
"""What a role must see."""


class SoundEndpoints:
    """``/api/calls/{call_id}/messages/{number}`` and ``/api/calls/{call_id}/recording``."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        """Both of them."""
        return [
            Route("/api/calls/{call_id}/messages/{number:int}", self.message),
            Route("/api/calls/{call_id}/recording", self.recording),
        ]

    async def message(self, request: Request) -> Response:
        """A message's sound, as WAV."""
        return await self._sound(request, f"message-{request.path_params['number']}")

    async def recording(self, request: Request) -> Response:
        """The whole call's sound, as WAV: the caller left, the bot right."""
        return await self._sound(request, "recording")

    async def _sound(self, request: Request, name: str) -> Response:
        admitted = self._house.auth.admit(request)
        if isinstance(admitted, Refusal):
            return _problem(admitted.status, admitted.text)
        role, call_id = admitted.role, request.path_params["call_id"]
        found = await self._house.records.call(call_id)
        plans = (loaded.plan for loaded in self._house.dialplans.plans)
        terms = {plan.name: Terms(plan.tags, plan.roles) for plan in plans}
        if found is None or not role.covers(found[0].dialplan, *terms.get(found[0].dialplan, Terms())):
            return _problem(404, "there is no such call")
        if RECORDINGS not in role.sees:
            return _problem(403, f"the role {role.name!r} does not see recordings")
        path = self._house.kept.sounds.path(call_id, name)
        if not await self._house.kept.sounds.in_thread(path.is_file):
            return _problem(404, "there is no such sound, or no longer")
        return FileResponse(path, media_type="audio/wav", headers={"cache-control": "private, no-store"})


def _problem(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status)
