"""G.711, the telephone's codec: one byte per sample, 8000 samples a second.

See ITU-T G.711, tables 1 (A-law) and 2 (mu-law). Values are those of the tables, scaled to 16 bits
(mu-law by 4, A-law by 8).
"""

from appliance.audio import _audioop as audioop

ULAW_SILENCE = 0xFF
"""The mu-law byte of a zero sample. (A zero *byte* is a negative full-scale sample: a loud click.)"""

ALAW_SILENCE = 0xD5
"""The A-law byte nearest to a zero sample (it decodes to 8; A-law has no zero)."""


def ulaw_to_pcm(ulaw: bytes) -> bytes:
    """Decodes mu-law: twice as many bytes of PCM."""
    return audioop.ulaw2lin(ulaw, 2)


def pcm_to_ulaw(pcm: bytes) -> bytes:
    """Encodes PCM as mu-law: half as many bytes. Raises ``audioop.error`` for half a sample."""
    return audioop.lin2ulaw(pcm, 2)


def alaw_to_pcm(alaw: bytes) -> bytes:
    """Decodes A-law: twice as many bytes of PCM."""
    return audioop.alaw2lin(alaw, 2)


def pcm_to_alaw(pcm: bytes) -> bytes:
    """Encodes PCM as A-law: half as many bytes. Raises ``audioop.error`` for half a sample."""
    return audioop.lin2alaw(pcm, 2)
