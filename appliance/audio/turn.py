"""Turn-taking: when the caller's turn begins and when it has ended.

A turn begins with speech; while the bot speaks it takes *real* speech: long enough, or so many words. A turn ends
on silence: a short one where the transcript already is a complete expected answer, a longer one otherwise. An
utterance that never ends (music on the line, with or without rests) is ended, and what goes on after it is not
listened to until it pauses.
"""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class TurnParams:
    """How turns are taken on a call. Times are seconds of audio."""

    silence_secs: float = 0.45
    """Silence that ends a turn."""
    expected_silence_secs: float = 0.2
    """Silence that ends a turn whose transcript already is a complete expected answer."""
    longest_utterance_secs: float = 15.0
    interrupt_after_secs: float = 0.25
    """Speech it takes to interrupt the bot, where ``interrupt_words`` is 0."""
    interrupt_words: int = 0
    """Transcribed words it takes to interrupt the bot; 0 lets the length of the speech decide."""

    def __post_init__(self) -> None:
        for name in ("silence_secs", "expected_silence_secs", "longest_utterance_secs"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be greater than 0")


class TurnDecision(Enum):
    """What the caller's speech means for the conversation."""

    STARTED = "started"
    STOPPED = "stopped"


class TurnTaking:
    """Decides; fed with what the detector hears, what was transcribed, and whether the bot is audible."""

    __slots__ = ("_complete", "_deaf", "_earlier_secs", "_stretch_secs", "_words", "bot_speaking", "in_turn", "params")

    def __init__(self, params: TurnParams) -> None:
        self.params = params
        self.in_turn = False
        self.bot_speaking = False
        self._complete = False
        self._words = 0
        self._deaf = False
        self._stretch_secs = 0.0
        self._earlier_secs = 0.0
        """Speech in this turn before the stretch that is heard now."""

    def hear(self, voice: bool, speech_secs: float, silence_secs: float) -> TurnDecision | None:
        """Takes the detector's view: voice now, seconds since its onset, seconds since it was last heard."""
        if self._deaf:
            self._deaf = voice
            return None
        if not self.in_turn:
            return self._begin() if (voice or self._enough_words) and self._is_real(speech_secs) else None
        if voice:
            self._stretch_secs = speech_secs
            if self._earlier_secs + speech_secs < self.params.longest_utterance_secs:
                return None
            self._deaf = True
            return self._end()
        needed = self.params.expected_silence_secs if self._complete else self.params.silence_secs
        return self._end() if silence_secs >= needed else None

    def voice_started(self) -> None:
        """The detector hears a new stretch of speech: what the transcript said before is not the whole."""
        self._complete = False
        self._words = 0
        self._deaf = False
        self._earlier_secs += self._stretch_secs
        self._stretch_secs = 0.0

    def abandon(self) -> None:
        """The line is gone: whatever was going on is not."""
        self._end()
        self._deaf = False

    def transcribed(self, text: str, complete: bool) -> None:
        """Takes an interim transcript, and whether it already is a complete expected answer."""
        self._complete = complete
        self._words = len(text.split())

    def _is_real(self, speech_secs: float) -> bool:
        if not self.bot_speaking:
            return True
        if self.params.interrupt_words:
            return self._enough_words
        return speech_secs >= self.params.interrupt_after_secs

    @property
    def _enough_words(self) -> bool:
        """Engines without interim transcripts tell the words only once the voice has paused: they count then, too."""
        return self.bot_speaking and 0 < self.params.interrupt_words <= self._words

    def _begin(self) -> TurnDecision:
        self.in_turn = True
        self._stretch_secs = self._earlier_secs = 0.0
        return TurnDecision.STARTED

    def _end(self) -> TurnDecision:
        self.in_turn = False
        self._complete = False
        self._words = 0
        return TurnDecision.STOPPED
