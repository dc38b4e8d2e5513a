"""WAV files: reading what people and carriers hand us, writing what was recorded.

See Microsoft's "Multiple Channel Audio Data and WAVE Files" and RFC 2361 for the format tags.
"""

import struct
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from appliance.audio import _audioop as audioop
from appliance.audio import g711
from appliance.audio.resample import resample

PCM, ALAW, ULAW, EXTENSIBLE = 1, 6, 7, 0xFFFE
_LENGTH_UNKNOWN = 0xFFFFFFFF
"""What a program writes that sent its WAV into a pipe."""


@dataclass(frozen=True, slots=True)
class Wav:
    """Sound from a file: 16-bit PCM, interleaved when there is more than one channel."""

    pcm: bytes
    rate_hz: int
    channels: int

    @property
    def secs(self) -> float:
        """How long it plays."""
        return len(self.pcm) / (2 * self.channels * self.rate_hz)


def _from_unsigned_8(data: bytes) -> bytes:
    return audioop.lin2lin(data.translate(_FLIP_SIGN), 1, 2)


def _from_24(data: bytes) -> bytes:
    return audioop.lin2lin(data, 3, 2)


_FLIP_SIGN = bytes((value + 128) & 0xFF for value in range(256))
_TO_PCM: dict[tuple[int, int], Callable[[bytes], bytes]] = {
    (PCM, 8): _from_unsigned_8,
    (PCM, 16): bytes,
    (PCM, 24): _from_24,
    (ULAW, 8): g711.ulaw_to_pcm,
    (ALAW, 8): g711.alaw_to_pcm,
}


def read_wav(path: Path | str) -> Wav:
    """Reads a WAV file of 8, 16 or 24-bit PCM, mu-law or A-law.

    Raises OSError when the file cannot be read, and ValueError, with one sentence that names it, when it is
    no WAV, cut off, or in another format.
    """
    path = Path(path)
    try:
        return _parse(path.read_bytes())
    except ValueError as problem:
        raise ValueError(f"{path}: {problem}") from None


def write_wav(to: Path | str | BinaryIO, pcm: bytes, rate_hz: int, channels: int = 1) -> None:
    """Writes 16-bit PCM (interleaved channels) as a WAV file, over what was there, or into an open one."""
    with wave.open(str(to) if isinstance(to, Path) else to, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm)


def mono_8k(wav: Wav) -> bytes:
    """What of it can go on a telephone line: all channels mixed into one, at 8 kHz."""
    return resample(_mono(wav), wav.rate_hz, 8000)


def interleave(left: bytes, right: bytes) -> bytes:
    """Two mono recordings as one of two channels; the shorter is filled up with silence."""
    samples = max(len(left), len(right)) // 2
    out = bytearray(4 * samples)
    for offset, channel in ((0, left), (2, right)):
        used = len(channel) // 2 * 4
        out[offset:used:4] = channel[0 : used // 2 : 2]
        out[offset + 1 : used : 4] = channel[1 : used // 2 : 2]
    return bytes(out)


def _mono(wav: Wav) -> bytes:
    if wav.channels == 1:
        return wav.pcm
    if wav.channels == 2:
        return audioop.tomono(wav.pcm, 2, 0.5, 0.5)
    return _average(wav)


def _average(wav: Wav) -> bytes:
    import numpy as np  # files of more than two channels are rare; nobody else here needs it

    mixed: bytes = np.frombuffer(wav.pcm, "<i2").reshape(-1, wav.channels).mean(axis=1).astype("<i2").tobytes()
    return mixed


def _parse(data: bytes) -> Wav:
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("not a WAV file: it does not begin with RIFF and WAVE")
    chunks = dict(_chunks(data))
    if b"fmt " not in chunks:
        raise ValueError("a WAV file without a 'fmt ' chunk, which says what is in it")
    if b"data" not in chunks:
        raise ValueError("a WAV file without a 'data' chunk, so without sound")
    tag, channels, rate_hz, bits = _format(chunks[b"fmt "])
    convert = _TO_PCM.get((tag, bits))
    if convert is None:
        raise ValueError(f"WAV format {tag} with {bits} bits; expected 8, 16 or 24-bit PCM, mu-law or A-law")
    if not channels or not rate_hz:
        raise ValueError(f"a WAV file of {channels} channels at {rate_hz} Hz; expected at least one of each")
    sound = chunks[b"data"]
    frame_bytes = channels * bits // 8
    return Wav(convert(sound[: len(sound) // frame_bytes * frame_bytes]), rate_hz, channels)


def _format(chunk: bytes) -> tuple[int, int, int, int]:
    if len(chunk) < 16:
        raise ValueError(f"a WAV file whose 'fmt ' chunk has {len(chunk)} bytes; expected at least 16")
    tag, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == EXTENSIBLE and len(chunk) >= 26:
        (tag,) = struct.unpack_from("<H", chunk, 24)  # the sub-format's GUID begins with the real tag
    return tag, channels, rate_hz, bits


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The file's chunks up to and including the sound; what comes after it is of no interest."""
    position = 12
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        start = position + 8
        if name == b"data" and size == _LENGTH_UNKNOWN:
            size = len(data) - start
        if start + size > len(data):
            raise ValueError(
                f"a WAV file cut off: its '{name.decode('latin-1')}' chunk has {len(data) - start} of {size} bytes"
            )
        yield name, data[start : start + size]
        if name == b"data":
            return
        position = start + size + size % 2
