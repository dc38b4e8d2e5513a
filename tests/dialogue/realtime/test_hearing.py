"""The caller's sound on its way, and the words that come back for it."""

from typing import Any

from appliance.dialogue.realtime import wire
from appliance.dialogue.realtime.hearing import CHUNK_BYTES, MOST_BYTES, Hearing
from appliance.frames import Message
from tests.dialogue.realtime.sessions import voice


class Line:
    """What was sent, and what was told."""

    def __init__(self, *, commits: bool = True) -> None:
        self.sent: list[str] = []
        self.told: list[tuple[str, str, bool]] = []
        self.hearing = Hearing(self.sent.append, self._transcribed, commits=commits)

    def _transcribed(self, message: Message, text: str, is_final: bool) -> None:
        self.told.append((message["name"], text, is_final))

    def end(self, name: str) -> bool:
        return self.hearing.end({"role": "user", "content": None, "name": name})

    def event(self, item_id: str, **more: Any) -> wire.Event:
        return {"type": "whatever", "item_id": item_id, **more}


def test_sound_is_sent_in_pieces_and_the_rest_at_the_end() -> None:
    line = Line()
    said = voice(0.15)
    for start in range(0, len(said), 160):
        line.hearing.hear(said[start : start + 160])
    assert line.end("one")
    pieces = [said[start : start + CHUNK_BYTES] for start in range(0, len(said), CHUNK_BYTES)]
    assert line.sent == [*(wire.append(piece) for piece in pieces), wire.COMMIT]


def test_what_is_too_short_is_no_utterance() -> None:
    line = Line()
    line.hearing.hear(voice(0.09))
    assert not line.end("one")
    assert line.sent[-1] == wire.CLEAR
    line.sent.clear()
    assert not line.end("nothing at all")
    assert line.sent == []


def test_words_find_the_utterance_that_they_belong_to() -> None:
    line = Line()
    for name in ("one", "two"):
        line.hearing.hear(voice(0.2))
        line.end(name)
    line.hearing.committed(line.event("a"))
    line.hearing.committed(line.event("b"))
    line.hearing.words(line.event("b", delta="How "))
    line.hearing.words(line.event("b", delta="many"))
    line.hearing.all_words(line.event("a", transcript=" Hello. "))
    line.hearing.all_words(line.event("b"))
    line.hearing.all_words(line.event("of nobody", transcript="?"))
    assert line.told == [("two", "How", False), ("two", "How many", False), ("one", "Hello.", True), ("two", "", True)]


def test_words_that_are_quicker_than_the_end_of_the_turn_wait_for_it() -> None:
    line = Line(commits=False)
    line.hearing.hear(voice(0.2))
    line.hearing.committed(line.event("a"))
    line.hearing.words(line.event("a", delta="He"))
    line.hearing.all_words(line.event("a", transcript="Hello."))
    assert line.end("one")
    assert line.told == [("one", "Hello.", True)]
    assert wire.COMMIT not in line.sent


def test_words_of_nobody_are_not_kept_for_ever() -> None:
    line = Line(commits=False)
    for number in range(99):
        line.hearing.words(line.event(f"item_{number}", delta="?"))
    assert len(line.hearing._words) == 16


def test_a_new_connection_gets_what_nobody_has_read_and_what_is_being_said() -> None:
    line = Line()
    line.hearing.hear(voice(0.4))
    line.end("read")
    line.hearing.committed(line.event("a"))
    line.hearing.all_words(line.event("a", transcript="Hello."))
    line.hearing.hear(voice(0.7))
    line.end("unread")
    line.hearing.hear(voice(0.02))
    line.sent.clear()
    line.hearing.again()
    unread = voice(0.7)
    assert line.sent == [wire.append(unread[:4000]), wire.append(unread[4000:]), wire.COMMIT, wire.append(voice(0.02))]
    line.hearing.committed(line.event("b"))
    line.hearing.all_words(line.event("b", transcript="How many?"))
    assert line.told[-1] == ("unread", "How many?", True)


def test_of_a_caller_who_talks_without_end_a_minute_is_kept() -> None:
    line = Line()
    for _ in range(70):
        line.hearing.hear(voice(1))
    line.sent.clear()
    line.hearing.again()
    assert len(line.sent) == MOST_BYTES / 4000


def test_a_server_that_detects_turns_forgets_what_is_dropped() -> None:
    line = Line(commits=False)
    line.hearing.committed(line.event("a"))
    line.hearing.drop()
    line.end("one")
    line.hearing.committed(line.event("b"))
    line.hearing.all_words(line.event("b", transcript="Hello."))
    assert line.told == [("one", "Hello.", True)]
    assert line.sent == [wire.CLEAR]
