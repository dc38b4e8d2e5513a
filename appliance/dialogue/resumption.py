"""Whether a caller who interrupted the bot said anything: if not, the bot goes on where it was cut off."""

from dataclasses import dataclass

from appliance.audio.wording import is_backchannel
from appliance.frames import CutReplyFrame, Expectation, NoMatchFrame

LONGEST_NOISE_SECS = 1.2
"""What is longer than a cough, and not understood by an engine that listens for few words, was said by somebody."""


@dataclass(slots=True)
class Resumption:
    """The reply that was cut off last, until it is resumed or answered."""

    after_secs: float = 0.0
    """How long it is waited, after a turn in which nothing was said, before the bot goes on; 0: it never does."""
    backchannels: tuple[str, ...] = ()
    """Words that say nothing but "I am listening"."""
    cut: CutReplyFrame | None = None

    def is_noise(self, heard: NoMatchFrame, expected: Expectation | None) -> bool:
        """Whether what interrupted the bot, and was not understood, was no speech."""
        return self._may_resume and (_is_free(expected) or heard.voice_secs <= LONGEST_NOISE_SECS)

    def is_backchannel(self, text: str, expected: Expectation | None) -> bool:
        """Whether what interrupted the bot was said by somebody who only listens."""
        return self._may_resume and _is_free(expected) and is_backchannel(text, self.backchannels)

    @property
    def _may_resume(self) -> bool:
        return self.cut is not None and self.after_secs > 0


def _is_free(expected: Expectation | None) -> bool:
    return expected is None or expected.grammar is None
