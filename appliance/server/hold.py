"""What somebody in a queue hears who is not to wait for ever: a soft chord that comes and goes."""

from functools import lru_cache
from io import BytesIO

from appliance.audio.tones import silence, tone
from appliance.audio.wav import write_wav

HOLD_SECS = 5.0
"""How long it lasts; it is played again and again."""

_CHORDS_HZ = ((262.0, 330.0, 392.0), (220.0, 262.0, 330.0))
_CHORD_SECS = 1.0


@lru_cache(maxsize=1)
def hold_music() -> bytes:
    """A WAV file, 16 bits, 8000 Hz, mono."""
    rest = HOLD_SECS / len(_CHORDS_HZ) - _CHORD_SECS
    pcm = b"".join(tone(chord, _CHORD_SECS, dbfs=-28.0) + silence(rest) for chord in _CHORDS_HZ)
    file = BytesIO()
    write_wav(file, pcm, 8000)
    return file.getvalue()
