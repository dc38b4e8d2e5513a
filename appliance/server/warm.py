"""Transfers in which the person is told first: the caller waits in a room of a conference, the person is rung up.

Nothing of it is kept here: the room's name is signed for its call, and everything else stands in the addresses that
the carrier asks. So a person who presses 1 gets the caller even if the appliance was started again meanwhile.
"""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlencode

from appliance.call import CallFacts
from appliance.carriers.base import CarrierApi
from appliance.carriers.twilio import twiml
from appliance.carriers.twilio.addresses import http_address
from appliance.dialplan.numbers import is_e164
from appliance.dialplan.transfer import Transfer
from appliance.errors import CarrierError
from appliance.settings.twilio import TwilioSettings

TAKE_KEY = "1"
LONGEST_SUMMARY = 1500
"""Characters: Twilio takes 4000 of TwiML in a request, and the summary stands in it twice."""
GONE = "We are sorry, the caller has hung up."


class Rooms:
    """The names of rooms: each for one call, and not to be guessed or made up."""

    def __init__(self, secret: str) -> None:
        self._key = secret.encode()

    def name(self, call_id: str) -> str:
        """A new room for this call's caller."""
        return self._signed(call_id, secrets.token_hex(8))

    def is_of(self, room: str, call_id: str) -> bool:
        """Whether this is a room of this call's."""
        return hmac.compare_digest(room.encode(), self._signed(call_id, room.partition("-")[0]).encode())

    def _signed(self, call_id: str, number: str) -> str:
        return f"{number}-{hmac.digest(self._key, f'room {call_id} {number}'.encode(), 'sha256').hex()[:32]}"


class Warm:
    """What is asked of the carrier for it, and what it is answered."""

    def __init__(
        self, api: CarrierApi, rooms: Rooms, *, voice: str, human: str, leg: str, left: str, number: str | None
    ) -> None:
        """``voice`` and so on are our addresses; ``number`` is who calls, None: whom the caller has called."""
        self._api = api
        self._rooms = rooms
        self._voice = voice
        self._human = human
        self._leg = leg
        self._left = left
        self._number = number

    def room(self, call_id: str) -> str:
        """A new room for this call's caller."""
        return self._rooms.name(call_id)

    def waiting(self, room: str) -> str:
        """The document that has the caller wait there."""
        return twiml.wait_in_room(room, self._voice, self._left)

    def calls_from(self, facts: CallFacts) -> str:
        """The number that the person sees. Raises CarrierError where there is none."""
        number = self._number or facts.called
        if not is_e164(number):
            raise CarrierError("there is no number to call from, expected `twilio.number` in the settings")
        return number

    async def ring(self, facts: CallFacts, transfer: Transfer, room: str) -> str:
        """Calls the person, who is told; gives the call's id. Raises CarrierError."""
        about = urlencode({"call": facts.call_id, "room": room})
        tell, asked = (twiml.tell, "") if transfer.confirm else (twiml.tell_and_enter, "&asked=no")
        return await self._api.place_call(
            transfer.to,
            self.calls_from(facts),
            tell((transfer.summary or "")[:LONGEST_SUMMARY], f"{self._human}?{about}{asked}"),
            ring_secs=transfer.rings_secs,
            status_callback=f"{self._leg}?{about}",
        )

    def is_room(self, room: str, call_id: str) -> bool:
        """Whether a webhook's room is one that we made for that call."""
        return self._rooms.is_of(room, call_id)


def warm_of(api: CarrierApi | None, settings: TwilioSettings, base_url: str) -> Warm | None:
    """What can be done with these settings; None without credentials for the carrier's REST API."""
    if api is None or settings.auth_token is None:
        return None
    return Warm(
        api,
        Rooms(settings.auth_token.get_secret_value()),
        voice=http_address(base_url, "/twilio/voice"),
        human=http_address(base_url, "/twilio/person"),
        leg=http_address(base_url, "/twilio/leg"),
        left=http_address(base_url, "/twilio/room"),
        number=settings.number,
    )
