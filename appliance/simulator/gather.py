"""`<Gather>`: keys are collected while what stands in it is said. See Twilio, "TwiML Voice: <Gather>"."""

import asyncio
from collections.abc import Awaitable, Callable

from appliance.simulator.humans import HUMANS
from appliance.simulator.leg import Leg
from appliance.simulator.twiml import Verb

TIMEOUT_SECS = 5.0
"""How long a key is waited for when the TwiML does not say."""


async def gather(leg: Leg, verb: Verb, say: Callable[[Verb], Awaitable[object]]) -> str:
    """The keys that were pressed; none when nobody pressed any in time. A key cuts short what is being said."""
    before, most = len(leg.line.utterances), int(verb.attributes.get("numDigits", "1"))
    timeout_secs = min(float(verb.attributes.get("timeout", TIMEOUT_SECS)), leg.call.longest_ring_secs)

    def pressed() -> str:
        return "".join(one.digit or "" for one in leg.line.utterances[before:])

    saying = asyncio.create_task(_say_all(verb, say))
    try:
        while not saying.done() and len(pressed()) < most:
            await leg.line.until(lambda: saying.done() or len(pressed()) >= most)
        key = HUMANS[leg.call.human].key if leg.call.direction != "inbound" else ""
        if key and not pressed():
            leg.line.press(key)
        try:
            await leg.line.until(lambda: len(pressed()) >= most, timeout_secs)
        except TimeoutError:
            return pressed()
        return pressed()[:most]
    finally:
        saying.cancel()
        await asyncio.wait({saying})


async def _say_all(verb: Verb, say: Callable[[Verb], Awaitable[object]]) -> None:
    for noun in verb.nouns:
        await say(noun)
