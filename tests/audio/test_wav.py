"""WAV files in, WAV files out, and what is said of files that are none."""

import struct
from pathlib import Path

import pytest

from appliance.audio import g711
from appliance.audio.level import dbfs
from appliance.audio.tones import tone
from appliance.audio.wav import ALAW, EXTENSIBLE, PCM, ULAW, Wav, interleave, mono_8k, read_wav, write_wav

SAMPLES = (0, 256, -256, 12800, -32768)
AS_PCM = struct.pack("<5h", *SAMPLES)


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _format(tag: int, bits: int, channels: int = 1, rate_hz: int = 8000, more: bytes = b"") -> bytes:
    frame = channels * bits // 8
    return _chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * frame, frame, bits) + more)


def _riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _write(directory: Path, content: bytes) -> Path:
    path = directory / "sound.wav"
    path.write_bytes(content)
    return path


SUB_FORMAT_PCM = struct.pack("<HHIH", 22, 16, 4, PCM) + bytes.fromhex("000000001000800000aa00389b71")


@pytest.mark.parametrize(
    ("header", "sound"),
    [
        (_format(PCM, 16), AS_PCM),
        (_format(PCM, 8), bytes(128 + (value >> 8) for value in SAMPLES)),
        (_format(PCM, 24), b"".join((value << 8).to_bytes(3, "little", signed=True) for value in SAMPLES)),
        (_format(EXTENSIBLE, 16, more=SUB_FORMAT_PCM), AS_PCM),
    ],
    ids=["16 bits", "8 bits", "24 bits", "extensible"],
)
def test_linear_formats_read_as_16_bits(tmp_path: Path, header: bytes, sound: bytes) -> None:
    path = _write(tmp_path, _riff(header, _chunk(b"LIST", b"odd"), _chunk(b"data", sound), b"garbage at the end"))
    assert read_wav(path) == Wav(AS_PCM, 8000, 1)


def test_telephone_formats_read_as_16_bits(tmp_path: Path) -> None:
    pcm = tone((440,), 0.1)
    ulaw, alaw = g711.pcm_to_ulaw(pcm), g711.pcm_to_alaw(pcm)
    path = _write(tmp_path, _riff(_format(ULAW, 8), _chunk(b"data", ulaw)))
    assert read_wav(path) == Wav(g711.ulaw_to_pcm(ulaw), 8000, 1)
    path = _write(tmp_path, _riff(_format(ALAW, 8), _chunk(b"data", alaw)))
    assert read_wav(path) == Wav(g711.alaw_to_pcm(alaw), 8000, 1)


def test_a_file_from_a_pipe_whose_length_is_unknown_is_read_to_its_end(tmp_path: Path) -> None:
    path = _write(tmp_path, _riff(_format(PCM, 16), b"data\xff\xff\xff\xff" + AS_PCM))
    assert read_wav(path) == Wav(AS_PCM, 8000, 1)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not a WAV file: it does not begin with RIFF and WAVE"),
        (b"ID3" + bytes(40), "not a WAV file: it does not begin with RIFF and WAVE"),
        (_riff(_chunk(b"data", AS_PCM)), "a WAV file without a 'fmt ' chunk, which says what is in it"),
        (_riff(_format(PCM, 16)), "a WAV file without a 'data' chunk, so without sound"),
        (
            _riff(_chunk(b"fmt ", b"12"), _chunk(b"data", b"")),
            "a WAV file whose 'fmt ' chunk has 2 bytes; expected at least 16",
        ),
        (
            _riff(_format(PCM, 16), _chunk(b"data", AS_PCM))[:-4],
            "a WAV file cut off: its 'data' chunk has 6 of 10 bytes",
        ),
        (
            _riff(_format(3, 32), _chunk(b"data", AS_PCM)),
            "WAV format 3 with 32 bits; expected 8, 16 or 24-bit PCM, mu-law or A-law",
        ),
        (
            _riff(_format(PCM, 16, channels=0), _chunk(b"data", AS_PCM)),
            "a WAV file of 0 channels at 8000 Hz; expected at least one of each",
        ),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(tmp_path: Path, content: bytes, problem: str) -> None:
    path = _write(tmp_path, content)
    with pytest.raises(ValueError, match="WAV") as raised:
        read_wav(path)
    assert str(raised.value) == f"{path}: {problem}"


def test_what_was_written_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    write_wav(path, AS_PCM[:8], 16000, channels=2)
    assert read_wav(path) == Wav(AS_PCM[:8], 16000, 2)
    assert read_wav(path).secs == 2 / 16000


def test_interleaving_fills_the_shorter_channel_with_silence() -> None:
    assert interleave(struct.pack("<3h", 1, 2, 3), struct.pack("<1h", -1)) == struct.pack("<6h", 1, -1, 2, 0, 3, 0)
    assert interleave(b"", struct.pack("<1h", 7)) == struct.pack("<2h", 0, 7)
    assert interleave(b"", b"") == b""


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_any_number_of_channels_becomes_one_at_the_line_s_rate(channels: int) -> None:
    mono = tone((440,), 0.5, 44100, dbfs=-12)
    frames = b"".join(mono[at : at + 2] * channels for at in range(0, len(mono), 2))
    out = mono_8k(Wav(frames, 44100, channels))
    assert len(out) // 2 == pytest.approx(4000, abs=2)
    assert dbfs(out) == pytest.approx(-12, abs=0.3)
