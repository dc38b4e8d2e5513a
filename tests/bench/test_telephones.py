"""What a telephone of the bench's sends and counts."""

import json

from appliance.bench.telephones import ANSWER_BYTES, CYCLE_FRAMES, SPEECH_FRAMES, Answered, Load, Telephone


class Wire:
    """Takes what is sent."""

    lost = False

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, frame: bytes) -> None:
        self.sent.append(frame)


LOAD = Load(url="http://127.0.0.1:1", number="+1", token="", frames="", calls=1, secs=1, server_pid=1, server_core=0)


def telephone(at: int) -> tuple[Telephone, Wire]:
    phone, wire = Telephone(LOAD, [b"%04d" % number * 54 for number in range(CYCLE_FRAMES)], at), Wire()
    phone.socket = wire  # type: ignore[assignment]
    return phone, wire


def spaced(size: int) -> bytes:
    """As Python's own json writes it."""
    return json.dumps({"event": "media", "streamSid": "MZ", "media": {"payload": "A" * (size * 4 // 3)}}).encode()


def media(size: int) -> bytes:
    return b'{"event":"media","streamSid":"MZ","media":{"payload":"%b"}}' % (b"A" * (size * 4 // 3))


def test_a_media_message_is_one_masked_text_frame_of_twilios_size() -> None:
    phone, wire = telephone(0)
    phone.tick()
    assert wire.sent[0][:2] == b"\x81\xfe"
    message = json.loads(wire.sent[0][8:])
    assert (message["event"], message["sequenceNumber"], message["media"]["timestamp"]) == ("media", "2", "0")
    assert 340 < len(wire.sent[0]) < 400


def test_an_answer_counts_from_the_last_frame_of_speech_and_must_be_complete() -> None:
    phone, _ = telephone(SPEECH_FRAMES - 1)
    phone.tick()
    phone._hear(media(ANSWER_BYTES - 1000))
    assert (phone.turns, len(phone.latencies)) == (1, 1)
    for _ in range(CYCLE_FRAMES):
        phone.tick()
    assert (phone.turns, phone.unanswered) == (2, 1)


def test_an_answer_is_heard_with_or_without_spaces_in_its_json() -> None:
    phone, _ = telephone(SPEECH_FRAMES - 1)
    phone.tick()
    for message in (media, spaced):
        phone._hear(message(ANSWER_BYTES // 2 // 3 * 3))
    assert (len(phone.latencies), phone._answer_bytes, phone.clears) == (1, ANSWER_BYTES // 2 // 3 * 3 * 2, 0)


def test_an_answer_is_its_callers_and_that_of_a_turn() -> None:
    phone, _ = telephone(SPEECH_FRAMES - 1)
    for _ in range(CYCLE_FRAMES + 1):
        phone.tick()
    phone.count_from_now()
    phone._hear(media(ANSWER_BYTES))
    (answered,) = phone.answered
    assert answered == Answered("0200000", 1, answered.since, answered.till)
    assert phone.latencies == [answered.till - answered.since]


def test_each_caller_has_a_number() -> None:
    assert [Telephone(LOAD, [], 0, number).caller for number in (0, 42)] == ["0200000", "0200042"]
