"""Health for systemd and balancers, and metrics for Prometheus."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from appliance.clock import iso
from appliance.failover import Health, State
from appliance.server.house import House
from appliance.supervision.auth import Refusal


class HealthEndpoints:
    """``/health/live``, ``/health/ready`` and ``/metrics``."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        """All three."""
        return [
            Route("/health/live", self.live),
            Route("/health/ready", self.ready),
            Route("/metrics", self.metrics),
        ]

    async def live(self, request: Request) -> Response:
        """The process answers."""
        return JSONResponse({"status": "live"})

    async def ready(self, request: Request) -> Response:
        """Whether a new call would be answered, and why not."""
        house = self._house
        reasons = {
            "the appliance is stopping": house.draining,
            f"{len(house.calls)} calls are live, which is the limit": house.calls.is_full,
            "the engines of all dialplans are out of order": self._is_cut_off(),
            "no dialplan serves": not house.dialplans.plans,
        }
        problems = [reason for reason, holds in reasons.items() if holds]
        engines = [_told(health) for health in house.roster.healths] if house.roster is not None else []
        is_well = all(engine["state"] == State.UP.value for engine in engines)
        body = {
            "status": "not ready" if problems else "ready" if is_well else "degraded",
            "problems": problems,
            "engines": engines,
            "dialplans": house.dialplans.version,
            "notices": {"waiting": house.kept.postman.waiting, "given_up": house.kept.postman.given_up},
            "refused_dialplans": [str(problem) for problem in house.refused],
        }
        return JSONResponse(body, 503 if problems else 200)

    def _is_cut_off(self) -> bool:
        roster, plans = self._house.roster, self._house.dialplans.plans
        return roster is not None and bool(plans) and all(roster.is_cut_off(loaded.plan) for loaded in plans)

    async def metrics(self, request: Request) -> Response:
        """Prometheus' text format; open to this machine, to others with a token."""
        host = request.client.host if request.client else ""
        forwarded = "x-forwarded-for" in request.headers
        if (forwarded or not _is_loopback(host)) and isinstance(self._house.auth.admit(request), Refusal):
            return PlainTextResponse("a token is needed\n", 401)
        return PlainTextResponse(self._house.registry.text(), media_type="text/plain; version=0.0.4")


def _told(health: Health) -> dict[str, Any]:
    """An engine in ``/health/ready``: nothing of where it is, as anybody may ask."""
    return {
        "role": health.role,
        "engine": health.name,
        "state": health.state.value,
        "since": iso(health.since),
        "failures": health.failures,
    }


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
