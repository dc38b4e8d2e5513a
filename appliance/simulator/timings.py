"""What a call felt like, measured on its tape: gaps, interruptions, silence. Nothing here asks the server."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appliance.simulator.line import Clearing, Utterance, secs
from appliance.simulator.sound import FRAME_SAMPLES, SAMPLE_RATE_HZ, TICK_SECS, audible_samples

PAUSE_SAMPLES = round(0.2 * SAMPLE_RATE_HZ)
"""The bot has stopped when it cannot be heard for so long."""

Samples = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Turn:
    """The caller said or pressed something, and the bot answered.

    ``gap_secs`` is from the last audible sample of the caller's to the first audible sample of the answer *played*;
    ``arrival_secs`` is from there to when that answer's audio came in, which can be in the middle of a tick. None when
    no answer came before the caller's next turn, or when it was queued behind other audio.
    """

    what: str
    end_secs: float
    gap_secs: float | None
    arrival_secs: float | None = None


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The caller began while the bot was being heard.

    ``clear_secs``: from there to the server's `clear`; ``quiet_secs``: to the bot's last audible sample. None when it
    did not happen while the caller spoke or within a second after.
    """

    at_secs: float
    clear_secs: float | None
    quiet_secs: float | None


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody could be heard."""

    start_secs: float
    secs: float


class Tape:
    """Both tracks of a line (mu-law, of equal length), and where either can be heard."""

    def __init__(self, caller: bytes, bot: bytes) -> None:
        self.caller = caller
        self.bot = bot
        self._bot_heard = audible_samples(bot)
        self._caller_heard = audible_samples(caller)

    def first_bot_sample(self, start: int = 0) -> int | None:
        """The first sample of the bot's that can be heard, from ``start`` on."""
        at = int(np.searchsorted(self._bot_heard, start))
        return int(self._bot_heard[at]) if at < len(self._bot_heard) else None

    def bot_is_heard_at(self, sample: int) -> bool:
        """Whether the bot is speaking there: heard less than a pause before and less than a pause after."""
        return self._count(sample - PAUSE_SAMPLES, sample) > 0 and self._count(sample, sample + PAUSE_SAMPLES) > 0

    def bot_stops_after(self, sample: int) -> int:
        """The first sample after ``sample`` that follows the bot's last audible one before a pause or the end."""
        heard = self._bot_heard[np.searchsorted(self._bot_heard, sample) :]
        if not heard.size or heard[0] - sample >= PAUSE_SAMPLES:
            return sample
        breaks = np.flatnonzero(np.diff(heard) >= PAUSE_SAMPLES)
        return int(heard[breaks[0]] if breaks.size else heard[-1]) + 1

    def longest_silence(self, start: int = 0) -> Silence:
        """The longest stretch from ``start`` on in which neither can be heard."""
        heard = np.union1d(self._bot_heard, self._caller_heard)
        edges = np.concatenate(([start], heard[heard > start], [max(start, len(self.bot))]))
        gaps = np.diff(edges)
        longest = int(np.argmax(gaps))
        return Silence(secs(int(edges[longest])), secs(int(gaps[longest])))

    def _count(self, start: int, end: int) -> int:
        low, high = np.searchsorted(self._bot_heard, (start, end))
        return int(high - low)


def turns(tape: Tape, utterances: Sequence[Utterance], arrivals: Sequence[float] = ()) -> list[Turn]:
    """One turn for each utterance; keys pressed in a row are one. ``arrivals`` as on the Line."""
    grouped = _grouped(utterances)
    result = []
    for index, group in enumerate(grouped):
        end = group[-1].end_sample
        limit = grouped[index + 1][0].onset_sample if index + 1 < len(grouped) else len(tape.bot)
        answer_from = tape.bot_stops_after(end) if tape.bot_is_heard_at(end) else end
        first = tape.first_bot_sample(answer_from)
        answered = first is not None and first < limit
        what = group[0].sound.label if group[0].digit is None else "keys " + "".join(key.digit or "" for key in group)
        if not answered or first is None:
            result.append(Turn(what, secs(end), None))
            continue
        came = [at - secs(end) for at in arrivals if secs(end) <= at <= secs(first)]
        result.append(Turn(what, secs(end), secs(first - end), came[-1] if came else None))
    return result


def barge_ins(tape: Tape, utterances: Sequence[Utterance], clearings: Sequence[Clearing]) -> list[BargeIn]:
    """Every utterance that began while the bot was being heard."""
    result = []
    for group in _grouped(utterances):
        onset, end = group[0].onset_sample, group[-1].end_sample + SAMPLE_RATE_HZ
        if not tape.bot_is_heard_at(onset):
            continue
        quiet = tape.bot_stops_after(onset)
        cleared = [c.at_secs for c in clearings if secs(onset) <= c.at_secs <= secs(end)]
        result.append(
            BargeIn(
                secs(onset),
                cleared[0] - secs(onset) if cleared else None,
                secs(quiet - onset) if quiet <= end else None,
            )
        )
    return result


def _grouped(utterances: Sequence[Utterance]) -> list[list[Utterance]]:
    """Without what nobody can hear; keys that follow each other at once together."""
    groups: list[list[Utterance]] = []
    for utterance in utterances:
        if utterance.digit is None and not utterance.sound.end:
            continue
        before = groups[-1][-1] if groups else None
        if before is not None and _follows(before, utterance):
            groups[-1].append(utterance)
        else:
            groups.append([utterance])
    return groups


def _follows(before: Utterance, key: Utterance) -> bool:
    if before.digit is None or key.digit is None:
        return False
    apart = ((key.began_tick or 0) - (before.began_tick or 0)) * TICK_SECS
    return apart <= before.sound.secs + FRAME_SAMPLES / SAMPLE_RATE_HZ
