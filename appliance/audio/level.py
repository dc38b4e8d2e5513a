"""How loud audio is, and making it as loud as wanted.

0 dBFS is the root mean square of a full-scale square wave, so a full-scale sine is -3.01 dBFS.
"""

import math

from appliance.audio import _audioop as audioop

SILENCE_DBFS = -96.0
"""What digital silence is said to be: below the smallest 16-bit sample (-90.3 dBFS)."""

LEVEL_FLOOR_DBFS = -60.0
"""The level meter's zero: a quiet line's noise lies at or below it."""

MAX_GAIN_DB = 30.0
"""``normalise`` amplifies no further: what would need more is line noise, not speech."""

_FULL_SCALE = 32768.0
_HIGHEST_SAMPLE = 32767


def rms(pcm: bytes) -> float:
    """The root mean square, 0..1 of full scale; 0 for no audio."""
    return audioop.rms(pcm, 2) / _FULL_SCALE


def dbfs(pcm: bytes) -> float:
    """The root mean square in decibels of full scale, ``SILENCE_DBFS`` (silence) to 0."""
    value = rms(pcm)
    return 20 * math.log10(value) if value else SILENCE_DBFS


def level(pcm: bytes) -> float:
    """Loudness for a meter, 0..1: linear in decibels, as ears are, from ``LEVEL_FLOOR_DBFS`` to 0 dBFS.

    Telephone speech (-35..-15 dBFS) shows as 0.42..0.75.
    """
    return min(1.0, max(0.0, 1 - dbfs(pcm) / LEVEL_FLOOR_DBFS))


def rms_of_level(value: float) -> float:
    """The root mean square (0..1) at which ``level`` reads ``value``; 0 for a level of 0, which everything has."""
    return 10 ** ((1 - value) * LEVEL_FLOOR_DBFS / 20) if value > 0 else 0.0


def normalise(pcm: bytes, target_dbfs: float = -22.0) -> bytes:
    """The same audio at ``target_dbfs``, amplified by at most ``MAX_GAIN_DB`` and never so far that a peak clips.

    Silence stays what it is.
    """
    peak = audioop.max(pcm, 2)
    if not peak:
        return pcm
    gain = 10 ** (min(MAX_GAIN_DB, target_dbfs - dbfs(pcm)) / 20)
    return audioop.mul(pcm, 2, min(gain, _HIGHEST_SAMPLE / peak))
