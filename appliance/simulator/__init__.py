"""A phone without a phone: a simulated carrier with Twilio's semantics, written from the carrier's documents alone.

async with Phone(auth_token="...") as phone:
    result = await phone.call(Call(url="http://127.0.0.1:8080/twilio/voice", actions=[Wait("bot"), Press("1")]))
"""

from appliance.simulator.leg import Call
from appliance.simulator.live import LiveCall
from appliance.simulator.misbehave import MISBEHAVIOURS
from appliance.simulator.phone import Phone, place_call
from appliance.simulator.result import CallResult, Item, Violation
from appliance.simulator.script import Action, Pause, Press, Say, Speak, Speaker, Wait
from appliance.simulator.sound import Sound
from appliance.simulator.timings import BargeIn, Silence, Turn

__all__ = [
    "MISBEHAVIOURS",
    "Action",
    "BargeIn",
    "Call",
    "CallResult",
    "Item",
    "LiveCall",
    "Pause",
    "Phone",
    "Press",
    "Say",
    "Silence",
    "Sound",
    "Speak",
    "Speaker",
    "Turn",
    "Violation",
    "Wait",
    "place_call",
]
