"""G.711 against the values of ITU-T G.711, tables 1a to 2b."""

import struct

import pytest

from appliance.audio import g711


def _samples(pcm: bytes) -> list[int]:
    return [value for (value,) in struct.iter_unpack("<h", pcm)]


def _pcm(*samples: int) -> bytes:
    return struct.pack(f"<{len(samples)}h", *samples)


# The ends of the eight segments, of table 2a (mu-law: 14-bit values times 4) and table 1a (A-law: 13-bit, times 8).
ULAW = {
    0x80: 32124, 0x8F: 16764, 0x9F: 8316, 0xAF: 4092, 0xBF: 1980, 0xCF: 924, 0xDF: 396, 0xEF: 132, 0xF0: 120,
    0xFE: 8, 0xFF: 0, 0x00: -32124, 0x0F: -16764, 0x7E: -8, 0x7F: 0,
}  # fmt: skip
ALAW = {
    0xAA: 32256, 0xA5: 16896, 0xB5: 8448, 0x85: 4224, 0x95: 2112, 0xE5: 1056, 0xF5: 528, 0xC5: 264, 0xD5: 8,
    0x55: -8, 0x2A: -32256,
}  # fmt: skip


@pytest.mark.parametrize(("code", "value"), ULAW.items())
def test_mu_law_decodes_to_the_table_s_value(code: int, value: int) -> None:
    assert _samples(g711.ulaw_to_pcm(bytes([code]))) == [value]


@pytest.mark.parametrize(("code", "value"), ALAW.items())
def test_a_law_decodes_to_the_table_s_value(code: int, value: int) -> None:
    assert _samples(g711.alaw_to_pcm(bytes([code]))) == [value]


def test_every_mu_law_code_but_negative_zero_comes_back_from_pcm() -> None:
    codes = bytes(range(256)).replace(b"\x7f", b"")
    assert g711.pcm_to_ulaw(g711.ulaw_to_pcm(codes)) == codes


def test_every_a_law_code_comes_back_from_pcm() -> None:
    codes = bytes(range(256))
    assert g711.pcm_to_alaw(g711.alaw_to_pcm(codes)) == codes


def test_silence_encodes_as_the_silence_bytes() -> None:
    assert g711.pcm_to_ulaw(_pcm(0)) == bytes([g711.ULAW_SILENCE])
    assert g711.pcm_to_alaw(_pcm(0)) == bytes([g711.ALAW_SILENCE])


def test_the_loudest_samples_stay_the_loudest() -> None:
    assert g711.pcm_to_ulaw(_pcm(32767, -32768)) == b"\x80\x00"
    assert g711.pcm_to_alaw(_pcm(32767, -32768)) == b"\xaa\x2a"
