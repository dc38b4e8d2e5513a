"""Running TwiML: what each verb does on this phone."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import ProtocolError
from appliance.simulator.connect import connect
from appliance.simulator.dial import dial
from appliance.simulator.gather import gather
from appliance.simulator.leg import CallFailedError, Document, Leg
from appliance.simulator.queue import enqueue
from appliance.simulator.requests import RequestFailedError, resolve
from appliance.simulator.script import DEFAULT_VOICE, Speaker
from appliance.simulator.sound import Sound
from appliance.simulator.twiml import DOCUMENT_PARSE_FAILURE, Verb

SECS_PER_LETTER = 0.06
"""How long a `<Say>` takes on a phone without a voice."""
MAX_LOOPS = 1000


@dataclass(frozen=True, slots=True)
class CallEnd:
    """The call is over."""

    reason: str


LEAVE = CallEnd("<Leave>")
"""The end of what somebody in a queue hears, and of the waiting."""

Outcome = Document | CallEnd | None
"""What comes after a verb: other TwiML, the end, or the next verb."""


class Verbs:
    """Runs documents on one leg."""

    def __init__(self, leg: Leg, speaker: Speaker | None) -> None:
        self._leg = leg
        self._speaker = speaker
        self._handlers: dict[str, Callable[[Document, Verb], Awaitable[Outcome]]] = {
            "Connect": self._connect,
            "Dial": self._dial,
            "Enqueue": self._enqueue,
            "Gather": self._gather,
            "Hangup": self._hang_up,
            "Leave": self._leave,
            "Pause": self._pause,
            "Play": self._play,
            "Redirect": self._redirect,
            "Reject": self._reject,
            "Say": self._say,
        }

    async def run(self, document: Document) -> Document | CallEnd:
        """Runs verbs until one leads elsewhere; with none left, the call ends. CallFailedError on errors."""
        for verb in document.verbs:
            handler = self._handlers.get(verb.name)
            if handler is None:
                self._leg.fail(f"{DOCUMENT_PARSE_FAILURE}: <{verb.name}> is not a verb that this carrier runs.")
                raise CallFailedError
            self._leg.verbs.append(verb.name)
            outcome = await handler(document, verb)
            if outcome is not None:
                return outcome
        return CallEnd("the TwiML ended")

    async def _connect(self, document: Document, verb: Verb) -> Outcome:
        if [noun.name for noun in verb.nouns] != ["Stream"]:
            nouns = "".join(f"<{noun.name}>" for noun in verb.nouns) or "nothing"
            self._leg.fail(f"{DOCUMENT_PARSE_FAILURE}: <Connect> with {nouns} in it, expected one <Stream>.")
            raise CallFailedError
        self._leg.tell("carrier", "<Connect><Stream>")
        await connect(self._leg, document.url, verb.nouns[0])
        return await self._action(document, verb, {})

    async def _dial(self, document: Document, verb: Verb) -> Outcome:
        return await self._action(document, verb, await dial(self._leg, document.url, verb))

    async def _enqueue(self, document: Document, verb: Verb) -> Outcome:
        try:
            extra = await enqueue(self._leg, document.url, verb, self.run, LEAVE)
        except asyncio.CancelledError:
            if self._leg.is_hung_up:  # Of a queue the action is told of that, too.
                await self._action(document, verb, {"QueueResult": "hangup"})
            raise
        return await self._action(document, verb, extra)

    async def _gather(self, document: Document, verb: Verb) -> Outcome:
        self._leg.tell("carrier", "<Gather>")
        keys = await gather(self._leg, verb, lambda noun: self._within(document, noun))
        if not keys:
            return None
        self._leg.tell("carrier", f"<Gather> has {keys}")
        url = resolve(document.url, verb.attributes.get("action"))
        return await self._leg.fetch(url, {"Digits": keys}, verb.attributes.get("method", "POST"))

    async def _within(self, document: Document, noun: Verb) -> None:
        """What may stand in a verb that listens."""
        if noun.name not in ("Say", "Play", "Pause"):
            self._leg.fail(f"{DOCUMENT_PARSE_FAILURE}: <{noun.name}> in <Gather>, expected <Say>, <Play> or <Pause>.")
            raise CallFailedError
        await self._handlers[noun.name](document, noun)

    async def _leave(self, document: Document, verb: Verb) -> Outcome:
        return LEAVE

    async def _hang_up(self, document: Document, verb: Verb) -> Outcome:
        self._leg.tell("carrier", "<Hangup>")
        return CallEnd("<Hangup>")

    async def _pause(self, document: Document, verb: Verb) -> Outcome:
        length = self._number(verb, "length")
        self._leg.tell("carrier", f"<Pause> {length:g} s")
        await asyncio.sleep(length)
        return None

    async def _redirect(self, document: Document, verb: Verb) -> Outcome:
        url = resolve(document.url, verb.text)
        self._leg.tell("carrier", f"<Redirect> {url}")
        return await self._leg.fetch(url, {}, verb.attributes.get("method", "POST"))

    async def _reject(self, document: Document, verb: Verb) -> Outcome:
        reason = verb.attributes.get("reason", "rejected")
        self._leg.fail(f"The server rejected the call ({reason}).")
        self._leg.status = "busy" if reason == "busy" else "no-answer"
        return CallEnd("<Reject>")

    async def _say(self, document: Document, verb: Verb) -> Outcome:
        self._leg.tell("carrier", f"<Say> {verb.text!r}")
        if self._speaker is None:
            await self._play_sound(Sound.silence(len(verb.text) * SECS_PER_LETTER), verb)
        else:
            await self._play_sound(Sound.from_pcm(await self._speaker.speak(verb.text, voice=DEFAULT_VOICE)), verb)
        return None

    async def _play(self, document: Document, verb: Verb) -> Outcome:
        url = resolve(document.url, verb.text)
        self._leg.tell("carrier", f"<Play> {url}")
        try:
            reply = await self._leg.requests.send(url, {}, "GET")
            await self._play_sound(_sound(reply.body), verb)
        except RequestFailedError as error:
            self._leg.fail(f"{error.code}: {error}")
        except ProtocolError as error:
            self._leg.fail(f"{url} cannot be played: {error}")
        return None

    async def _play_sound(self, sound: Sound, verb: Verb) -> None:
        """Until it has been played to the end; what is left when the verb is cancelled is dropped."""
        line, loops = self._leg.line, round(self._number(verb, "loop"))
        try:
            for _ in range(loops or MAX_LOOPS):
                line.playout.add(sound.mulaw)
                await line.until(lambda: line.playout.is_empty)
        finally:
            line.playout.clear()

    def _number(self, verb: Verb, name: str) -> float:
        """A number that stands in an attribute; 1 when there is none."""
        text = verb.attributes.get(name, "1")
        if not text.isdecimal():
            self._leg.fail(f"{DOCUMENT_PARSE_FAILURE}: <{verb.name} {name}={text!r}>, expected a number.")
            raise CallFailedError
        return float(text)

    async def _action(self, document: Document, verb: Verb, extra: dict[str, str]) -> Outcome:
        """With an action, the call goes on there and not with the verbs that follow."""
        url = verb.attributes.get("action")
        if url is None:
            return None
        self._leg.tell("carrier", f"<{verb.name}> action {url}")
        return await self._leg.fetch(resolve(document.url, url), extra, verb.attributes.get("method", "POST"))


def _sound(data: bytes) -> Sound:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(data)
        file.flush()
        return Sound.from_wav(Path(file.name))
