"""What the caller does, from first to last."""

from dataclasses import dataclass
from typing import Protocol

from appliance.errors import ProtocolError
from appliance.simulator.line import Line
from appliance.simulator.sound import TICK_SECS, Sound

DEFAULT_VOICE = "en-us+f3"


@dataclass(frozen=True, slots=True)
class Speak:
    """Says a sound; over when it has been said. Nothing is waited for, so it may well interrupt the bot."""

    sound: Sound


@dataclass(frozen=True, slots=True)
class Say:
    """Says a text, with a voice of the phone's speaker."""

    text: str
    voice: str = DEFAULT_VOICE


@dataclass(frozen=True, slots=True)
class Press:
    """Presses keys."""

    digits: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Says nothing for a while."""

    secs: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Waits until the bot has said something and is quiet again ("bot"), speaks ("speech") or the call ends ("end")."""

    until: str = "bot"


Action = Speak | Say | Press | Pause | Wait


class Speaker(Protocol):
    """Makes speech of text: 16-bit mono PCM at 8000 Hz."""

    async def speak(self, text: str, *, voice: str) -> bytes:
        """All of ``text``, spoken."""


async def with_sounds(actions: list[Action], speaker: Speaker | None) -> list[Action]:
    """The same actions with every text made a sound, so that no synthesis delays a call."""
    return [await _with_sound(action, speaker) for action in actions]


async def _with_sound(action: Action, speaker: Speaker | None) -> Action:
    if not isinstance(action, Say):
        return action
    if speaker is None:
        raise ProtocolError("A text is to be said, but this phone has no voice.")
    return Speak(Sound.from_pcm(await speaker.speak(action.text, voice=action.voice), action.text))


class BotStayedSilentError(Exception):
    """The caller lost patience: the bot said nothing, or never stopped."""


async def perform(action: Action, line: Line, patience_secs: float) -> None:
    """Does one action (all but waiting for the end). BotStayedSilentError after waiting ``patience_secs`` in vain."""
    if isinstance(action, Speak):
        await line.say(action.sound).done.wait()
    elif isinstance(action, Press):
        await line.press(action.digits).done.wait()
    elif isinstance(action, Pause):
        over = line.ticks + round(action.secs / TICK_SECS)
        await line.until(lambda: line.ticks >= over)
    elif isinstance(action, Wait):
        await _wait(action.until, line, patience_secs)


async def _wait(until: str, line: Line, patience_secs: float) -> None:
    try:
        await (line.bot_speaks(patience_secs) if until == "speech" else line.bot_has_spoken(patience_secs))
    except TimeoutError as error:
        raise BotStayedSilentError(f"The caller waited {patience_secs:g} s for the bot in vain.") from error
