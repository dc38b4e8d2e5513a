"""Turn-taking: when the caller's turn begins and when it has ended.

A turn begins with speech; while the bot speaks it takes *real* speech: long enough, or so many words, and other words
than those by which people show that they listen. A turn ends on silence: a short one where the transcript already is a
complete expected answer, a long one where it is half said or still to come (there is no answer without it), and
otherwise one in between. An utterance that never ends (music on the line, with or without rests) is ended, and what
goes on after it is not listened to until it pauses.
"""

from dataclasses import dataclass
from enum import Enum

from appliance.audio.wording import ends_with_a_mark, is_backchannel, is_half_said

LONGEST_BACKCHANNEL_SECS = 1.5
"""Nobody shows for longer without a pause that they listen: whatever was understood, it interrupts."""


@dataclass(frozen=True, slots=True)
class TurnParams:
    """How turns are taken on a call. Times are seconds of audio."""

    silence_secs: float = 0.45
    """Silence that ends a turn."""
    expected_silence_secs: float = 0.2
    """Silence that ends a turn whose transcript already is a complete expected answer."""
    unfinished_silence_secs: float = 1.2
    """Silence that ends a turn whose transcript is half said, or has not come yet."""
    longest_utterance_secs: float = 15.0
    interrupt_after_secs: float = 0.25
    """Speech it takes to interrupt the bot, where ``interrupt_words`` is 0."""
    interrupt_words: int = 0
    """Transcribed words it takes to interrupt the bot; 0 lets the length of the speech decide."""
    backchannels: tuple[str, ...] = ()
    """Words that do not interrupt the bot where any others may be said."""
    backchannel_secs: float = 0.7
    """How long the words of who speaks over the bot are waited for, where the engine tells them while they are said."""

    def __post_init__(self) -> None:
        for name in ("silence_secs", "expected_silence_secs", "unfinished_silence_secs", "longest_utterance_secs"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}, but must be greater than 0")


class TurnDecision(Enum):
    """What the caller's speech means for the conversation."""

    STARTED = "started"
    STOPPED = "stopped"


class TurnTaking:
    """Decides; fed with what the detector hears, what was transcribed, and whether the bot is audible."""

    __slots__ = (
        *(
            "_begun",
            "_complete",
            "_deaf",
            "_earlier_secs",
            "_half_said",
            "_is_punctuated",
            "_nods",
            "_over_bot",
            "_settled",
        ),
        *("_stretch_secs", "_tells_early", "_words", "answering", "bot_speaking", "in_turn", "is_free"),
        *("is_transcribed", "params", "tells_words"),
    )

    def __init__(self, params: TurnParams) -> None:
        self.params = params
        self.in_turn = False
        self.bot_speaking = False
        self.answering = False
        """Whether the bot speaks or is about to."""
        self.is_free = True
        """Whether the caller may say anything: of few expected answers "yeah" may be one."""
        self.is_transcribed = False
        """Whether somebody transcribes, and says so of each stretch of speech: ``transcribed``, or ``no_words``."""
        self.tells_words = True
        """Whether words are told at all: an engine that hears the caller itself does not, or too late."""
        self._tells_early = False
        """Whether the engine has ever told words while they were said."""
        self._is_punctuated = False
        """Whether it has ever set a sentence's last mark."""
        self._deaf = False
        self._over_bot = False
        """Whether the stretch that was heard last began while the bot spoke."""
        self._stretch_secs = 0.0
        self._earlier_secs = 0.0
        """Speech in this turn before the stretch that is heard now."""
        self._forget_words()

    def hear(self, voice: bool, speech_secs: float, silence_secs: float) -> TurnDecision | None:
        """Takes the detector's view: voice now, seconds since its onset, seconds since it was last heard."""
        if self._deaf:
            self._deaf = voice
            return None
        if not self.in_turn:
            begins = self._is_real(speech_secs) if voice else self._was_real
            return self._begin() if begins else None
        if voice:
            self._stretch_secs = speech_secs
            if self._earlier_secs + speech_secs < self.params.longest_utterance_secs:
                return None
            self._deaf = True
            return self._end()
        return self._end() if silence_secs >= self._needed_silence_secs else None

    def voice_started(self) -> None:
        """The detector hears a new stretch of speech: what the transcript said before is not the whole."""
        self._forget_words()
        self._deaf = False
        self._over_bot = self.bot_speaking
        self._earlier_secs += self._stretch_secs
        self._stretch_secs = 0.0

    def abandon(self) -> None:
        """The line is gone: whatever was going on is not."""
        self._end()
        self._deaf = False

    def transcribed(self, text: str, *, settled: bool, complete: bool = False, begun: bool = False) -> None:
        """Takes a transcript, whether the engine has heard the pause after it, and whether it is an expected answer, or
        the beginning of one.
        """
        self._words = len(text.split())
        self._complete = complete
        self._settled = settled
        self._tells_early = self._tells_early or not settled
        self._is_punctuated = self._is_punctuated or (settled and ends_with_a_mark(text))
        self._begun = begun
        self._half_said = settled and (begun or is_half_said(text, is_punctuated=self._is_punctuated))
        self._nods = self.is_free and is_backchannel(text, self.params.backchannels)

    def no_words(self) -> None:
        """The engine has heard the pause, and no words before it; or no whole answer, where it listens for few."""
        half_said = self._begun
        self._forget_words()
        self._settled, self._half_said = True, half_said

    @property
    def _needed_silence_secs(self) -> float:
        params = self.params
        if self._complete:
            return params.expected_silence_secs
        if self._half_said or (self.is_transcribed and not self._settled):
            return max(params.silence_secs, params.unfinished_silence_secs)
        return params.silence_secs

    def _is_real(self, speech_secs: float) -> bool:
        """Whether what is being said is a turn."""
        if not self.bot_speaking:
            return True
        params = self.params
        if params.interrupt_words and self.tells_words:
            return self._enough_words
        if speech_secs < params.interrupt_after_secs:
            return False
        if not self._waits_for_words or (self._words and not self._nods):
            return True
        return speech_secs >= (LONGEST_BACKCHANNEL_SECS if self._nods else params.backchannel_secs)

    @property
    def _was_real(self) -> bool:
        """Whether what was said over the bot was a turn: most engines tell the words once the voice has paused.

        If the bot has said all that it had to say meanwhile, any word is an answer to it.
        """
        if self.bot_speaking:
            return self._enough_words or (self._waits_for_words and self._words > 0 and not self._nods)
        return self._over_bot and self._settled and self._words > 0 and not (self.answering and self._nods)

    @property
    def _waits_for_words(self) -> bool:
        """Whether it takes words to know if somebody interrupts or only listens."""
        params = self.params
        return (
            self.is_free
            and self.tells_words
            and self._tells_early
            and not params.interrupt_words
            and bool(params.backchannels)
        )

    @property
    def _enough_words(self) -> bool:
        return 0 < self.params.interrupt_words <= self._words and not self._nods

    def _begin(self) -> TurnDecision:
        self.in_turn = True
        self._over_bot = False
        self._stretch_secs = self._earlier_secs = 0.0
        return TurnDecision.STARTED

    def _end(self) -> TurnDecision:
        self.in_turn = False
        self._forget_words()
        return TurnDecision.STOPPED

    def _forget_words(self) -> None:
        self._words = 0
        self._complete = self._begun = self._half_said = self._nods = self._settled = False
