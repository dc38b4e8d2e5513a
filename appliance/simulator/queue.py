"""`<Enqueue>`: the caller waits until somebody takes the next call of a queue. See Twilio, "TwiML Voice: <Enqueue>"."""

import asyncio
from collections.abc import Awaitable, Callable

from appliance.simulator.humans import HUMANS
from appliance.simulator.leg import Document, Leg
from appliance.simulator.requests import resolve
from appliance.simulator.sids import new_sid
from appliance.simulator.twiml import Verb

Run = Callable[[Document], Awaitable[object]]
"""Runs what a waiting caller hears; gives the `<Leave>` that ended it, if one did."""


async def enqueue(leg: Leg, base_url: str, verb: Verb, run: Run, leave: object) -> dict[str, str]:
    """Runs one `<Enqueue>` to its end: what its action is told."""
    human, sid = HUMANS[leg.call.human], new_sid("QU")
    began = leg.line.now_secs
    leg.dialled.append(f"queue:{verb.text}")
    leg.tell("carrier", f"<Enqueue> {verb.text}")
    result = human.queue_result
    if result == "bridged":
        with leg.line.others_heard():
            await asyncio.sleep(leg.call.ring_secs)
        leg.tell("human", "takes the caller from the queue")
        with leg.line.others_heard():
            await asyncio.sleep(leg.call.talk_secs if human.talks else 0.0)
    elif not result:
        result = await _wait(leg, base_url, verb, sid, run, leave)
    leg.tell("carrier", f"the queue is left: {result}")
    if result in ("queue-full", "system-error"):
        return {"QueueResult": result}
    return {"QueueResult": result, "QueueSid": sid, "QueueTime": str(round(leg.line.now_secs - began))}


async def _wait(leg: Leg, base_url: str, verb: Verb, sid: str, run: Run, leave: object) -> str:
    """Nobody comes: what is to be heard is heard again and again, until it says that the queue is left."""
    url = verb.attributes.get("waitUrl")
    if url is None:
        with leg.line.others_heard():
            await asyncio.Event().wait()
    method, began = verb.attributes.get("waitUrlMethod", "POST"), leg.line.now_secs
    while True:
        waited = {"QueuePosition": "1", "QueueSid": sid, "QueueTime": str(round(leg.line.now_secs - began))}
        if await run(await leg.fetch(resolve(base_url, url), waited, method)) is leave:
            return "leave"
