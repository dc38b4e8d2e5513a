"""Conferences: rooms that calls enter, wait in and leave. See Twilio, "TwiML Voice: <Conference>"."""

import asyncio
from dataclasses import dataclass, field

from appliance.simulator.sids import new_sid
from appliance.simulator.twiml import Verb


@dataclass(eq=False)
class Room:
    """One conference: it starts when somebody enters who starts it, and ends when somebody leaves who ends it."""

    name: str
    sid: str = field(default_factory=lambda: new_sid("CF"))
    calls: list[str] = field(default_factory=list)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Rooms:
    """The rooms of one account, by name."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}

    def enter(self, noun: Verb, call_sid: str) -> Room:
        """A call enters the noun's room; an ended one's name makes a new room."""
        room = self._rooms.get(noun.text)
        if room is None or room.ended.is_set():
            room = self._rooms[noun.text] = Room(noun.text)
        room.calls.append(call_sid)
        if noun.attributes.get("startConferenceOnEnter", "true") == "true" and len(room.calls) > 1:
            room.started.set()
        return room

    def leave(self, room: Room, noun: Verb, call_sid: str) -> None:
        """A call leaves; everybody does when it is one that ends the conference, or the last."""
        room.calls.remove(call_sid)
        if not room.calls or noun.attributes.get("endConferenceOnExit", "false") == "true":
            room.ended.set()
