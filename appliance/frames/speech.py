"""Frames of speaking: who speaks, what was heard, what is being said."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from appliance.frames.frame import ControlFrame, DataFrame, SystemFrame, UninterruptibleFrame


@dataclass(slots=True)
class VADUserStartedSpeakingFrame(SystemFrame):
    """The detector hears a voice on the caller's line: raw, not yet a turn."""


@dataclass(slots=True)
class VADUserStoppedSpeakingFrame(SystemFrame):
    """The detector hears no voice any more."""


@dataclass(slots=True)
class UserStartedSpeakingFrame(SystemFrame):
    """The caller's turn begins."""


@dataclass(slots=True)
class UserStoppedSpeakingFrame(SystemFrame):
    """The caller's turn has ended: an answer is due."""


@dataclass(slots=True)
class BotStartedSpeakingFrame(SystemFrame):
    """The caller begins to hear the bot."""


@dataclass(slots=True)
class BotStoppedSpeakingFrame(SystemFrame):
    """The caller has heard all that was sent, or it was cut off."""


@dataclass(slots=True)
class UserMuteStartedFrame(SystemFrame):
    """What the caller says is not listened to from here on."""


@dataclass(slots=True)
class UserMuteStoppedFrame(SystemFrame):
    """The caller is listened to again."""


@dataclass(slots=True)
class InterruptionFrame(SystemFrame):
    """The bot was cut off: what waits to be said is void. On its way the frame gathers what was not heard."""

    by_voice: bool = False
    """Whether the caller's voice cut it off: it may have been a cough."""
    unheard: "list[AggregatedTextFrame]" = field(default_factory=list)
    """The reply's sentences, in order; the first from where it was cut."""
    is_whole: bool = True
    """Whether those are all: False where the dialogue had not finished its reply."""


@dataclass(slots=True)
class TextFrame(DataFrame):
    """A piece of text."""

    text: str


@dataclass(slots=True)
class TranscriptionFrame(TextFrame, UninterruptibleFrame):
    """What the caller said in a turn, as finally understood. ``timestamp`` is ISO 8601, UTC."""

    user_id: str = ""
    timestamp: str = ""
    language: str | None = None
    result: Any = None


@dataclass(slots=True)
class InterimTranscriptionFrame(TextFrame):
    """What the caller seems to be saying. ``settled`` once the engine has heard the pause after it."""

    user_id: str = ""
    timestamp: str = ""
    language: str | None = None
    result: Any = None
    settled: bool = False


@dataclass(slots=True)
class NoWordsFrame(SystemFrame):
    """Upstream: no words were understood in what was heard before the pause, or they got lost in the engine."""


@dataclass(slots=True)
class NoMatchFrame(ControlFrame, UninterruptibleFrame):
    """The caller's turn held nothing that could be understood. ``voice_secs`` is how long a voice was heard in it."""

    voice_secs: float = 0.0


@dataclass(slots=True)
class NoInputFrame(ControlFrame):
    """An answer is awaited, and the caller has said nothing for too long."""


class TimedWord(NamedTuple):
    """A word and where in its segment's audio it lies."""

    text: str
    start_ms: int
    end_ms: int


class Voiced(Protocol):
    """What an engine has spoken itself: a segment's audio comes from there, and it is told what of it was heard."""

    @property
    def words(self) -> Sequence[TimedWord]:
        """Where in the audio its words lie, as well as that is known."""

    def audio(self) -> AsyncIterator[bytes]:
        """The audio (16-bit mono PCM, 8 kHz) as it comes; to be read once. It ends early where the engine fails."""

    def heard(self, ms: int | None = None) -> None:
        """So much of it was heard before it was cut off; without a number all of it."""


@dataclass(slots=True)
class TTSSpeakFrame(DataFrame):
    """Say this, outside of any dialogue engine."""

    text: str


@dataclass(slots=True)
class TTSStartedFrame(ControlFrame):
    """The synthesis of a segment begins."""

    segment_id: int = 0


@dataclass(slots=True)
class TTSStoppedFrame(ControlFrame):
    """All audio of a segment is there."""

    segment_id: int = 0


@dataclass(slots=True)
class AggregatedTextFrame(TextFrame):
    """A segment of what the bot says: its id is the segment's.

    ``aggregated_by`` is ``sentence``, ``word``, ``token`` or a name of one's own.
    """

    aggregated_by: str = "sentence"
    will_be_spoken: bool = True
    recording: str | None = field(default=None, kw_only=True)
    """The file of a recorded prompt that stands in for the voice."""
    voiced: Voiced | None = field(default=None, kw_only=True, repr=False, compare=False)
    """The audio that is there already, from an engine that has spoken it itself."""


@dataclass(slots=True)
class TTSTextFrame(AggregatedTextFrame):
    """Words of a segment: behind the synthesis they are still to be played, behind the output they have been heard.

    ``start_ms`` and ``end_ms`` say where in the segment's audio they lie.
    """

    aggregated_by: str = "word"
    segment_id: int = 0
    start_ms: int = 0
    end_ms: int = 0


@dataclass(slots=True)
class AggregatedTextProgressFrame(DataFrame):
    """How much of a segment the caller has heard. ``accumulated_text + remaining_text`` is the segment's text."""

    segment: AggregatedTextFrame
    accumulated_text: str
    remaining_text: str


@dataclass(slots=True)
class CutReplyFrame(SystemFrame):
    """Upstream, after an interruption by the caller's voice: what was not heard of the reply (see there)."""

    unheard: list[AggregatedTextFrame]
    is_whole: bool


@dataclass(slots=True)
class ResumeFrame(ControlFrame, UninterruptibleFrame):
    """The caller has said nothing after all: the bot goes on with the reply that was cut off."""

    cut: CutReplyFrame
