"""The application: every route of the appliance, in one list."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from appliance.server.desk import Desk
from appliance.server.health import HealthEndpoints
from appliance.server.house import House
from appliance.server.records import RecordEndpoints
from appliance.server.sounds import SoundEndpoints
from appliance.server.twilio import TwilioEndpoints
from appliance.supervision.endpoints import routes as supervision_routes


def routes_of(house: House, desk: Desk) -> list[BaseRoute]:
    """All of them."""
    return [
        *TwilioEndpoints(house, desk).routes(),
        *RecordEndpoints(house).routes(),
        *SoundEndpoints(house).routes(),
        *HealthEndpoints(house).routes(),
        *supervision_routes(house.hub, house.auth),
    ]


def create_app(house: House, desk: Desk) -> Starlette:
    """The ASGI application of one house."""
    return Starlette(routes=routes_of(house, desk))
