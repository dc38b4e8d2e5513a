"""What came of a call."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from appliance.simulator.sound import SAMPLE_RATE_HZ, write_stereo
from appliance.simulator.timings import BargeIn, Silence, Turn


@dataclass(frozen=True, slots=True)
class Item:
    """Something that happened: when (secs since the webhook was asked), who did it, and what."""

    at_secs: float
    who: str
    """caller, bot, carrier or server."""
    what: str


@dataclass(frozen=True, slots=True)
class Violation:
    """The server broke the carrier's protocol; ``code`` is the carrier's error or warning."""

    at_secs: float
    code: int
    text: str


@dataclass(frozen=True)
class CallResult:
    """All of a call that can be told afterwards. Times are secs since the webhook was asked."""

    call_sid: str
    items: list[Item]
    verbs: list[str]
    """The TwiML verbs that were run, in order."""
    dialled: list[str]
    """Whom `<Dial>` called."""
    turns: list[Turn]
    barge_ins: list[BargeIn]
    answer_secs: float | None
    """From asking the webhook to the first audio of the bot's that was played; None when there was none."""
    longest_silence: Silence
    violations: list[Violation]
    problems: list[str]
    """Why the call went wrong; empty when it went well."""
    marks: list[str]
    """The marks that were returned, in order."""
    streams: int
    """How many media streams there were."""
    end: str
    secs: float
    worst_delay_secs: float
    """How late the worst 20 ms tick of this side was: large values spoil the measurements."""
    caller_track: bytes
    """Mu-law, 8000 Hz, from the moment the webhook was asked."""
    bot_track: bytes
    """The same, of what was heard of the bot."""

    @property
    def ok(self) -> bool:
        """Whether the call went well."""
        return not self.problems

    def save(self, path: Path) -> None:
        """Writes the stereo WAV: caller left, bot right, as heard."""
        write_stereo(path, self.caller_track, self.bot_track)

    def to_json(self) -> dict[str, Any]:
        """Everything but the audio, for machines."""
        values = asdict(self)
        del values["caller_track"], values["bot_track"]
        return {"ok": self.ok, **values, "audio_secs": len(self.caller_track) / SAMPLE_RATE_HZ}
