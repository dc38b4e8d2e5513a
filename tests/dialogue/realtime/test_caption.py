"""Which words belong to which stretch of an answer's sound."""

import asyncio

from appliance.audio.g711 import ulaw_to_pcm
from appliance.dialogue.realtime.caption import HOLD_MS, UNKNOWN, USUAL_PACE, Caption, Pace, SpokenItem
from appliance.frames import TimedWord
from tests.dialogue.realtime.sessions import pcm_of, voice


def item(pace: Pace | None = None) -> SpokenItem:
    return SpokenItem("item_1", pace or Pace())


def texts(captions: list[Caption]) -> list[str]:
    return [caption.text for caption in captions]


def test_each_sentence_gets_as_much_sound_as_it_takes_at_this_pace() -> None:
    one = item()
    assert one.add_text("Good day. What can I do for you? ") == []
    begun = [caption.text for _ in range(30) for caption in one.add_audio(voice(0.1))]
    assert begun == ["Good day.", "What can I do for you?"]
    assert one.finish() == []
    assert [round(caption.length_ms) for caption in one.captions] == [600, 2400]
    assert abs(one.captions[0].length_ms - len("Good day.") * USUAL_PACE) < 100


def test_sound_waits_a_moment_for_its_first_words() -> None:
    one = item()
    assert one.add_audio(voice(0.1)) == []
    assert one.add_text("Go") == []
    (caption,) = one.add_text("od day to ")
    assert (caption.text, caption.length_ms) == ("Good day to", 100)


def test_sound_without_words_is_played_all_the_same() -> None:
    one = item()
    begun = [caption.text for _ in range(6) for caption in one.add_audio(voice(0.1))]
    assert (begun, one.captions[0].length_ms) == ([UNKNOWN], 600)
    assert one.captions[0].length_ms >= HOLD_MS


def test_words_of_which_no_sound_is_left_come_last() -> None:
    one = item()
    one.add_text("A very long sentence that was spoken quickly. And its end")
    one.add_audio(voice(0.2))
    assert texts(one.finish()) == ["And its end"]
    assert [caption.length_ms for caption in one.captions] == [200, 0]


def test_an_item_that_ends_before_it_has_said_much_is_complete() -> None:
    one = item()
    one.add_audio(voice(0.1))
    assert texts(one.finish()) == [UNKNOWN]
    assert texts(item().finish()) == []


def test_the_pace_is_learnt_from_whole_answers() -> None:
    pace = Pace()
    one = item(pace)
    one.add_text("This voice is rather slow, it is.")
    one.add_audio(voice(3.3))
    one.finish()
    assert pace.ms == (USUAL_PACE + 3300 / 33) / 2
    one.finish()
    pace.learn(5, 5000)
    assert pace.ms == (USUAL_PACE + 3300 / 33) / 2
    pace.learn(100, 1_000_000)
    assert pace.ms == 200


def test_words_share_the_time_that_their_caption_takes() -> None:
    assert Caption("Good day", 800).words == [TimedWord("Good", 0, 400), TimedWord("day", 500, 800)]


async def test_sound_is_given_on_as_it_comes_until_there_is_no_more() -> None:
    caption = Caption("Good day", 800)
    caption.add(voice(0.1))
    reading = asyncio.ensure_future(pcm_of(caption))
    await asyncio.sleep(0)
    caption.add(voice(0.2))
    caption.close()
    assert await reading == ulaw_to_pcm(voice(0.1) + voice(0.2))


def test_what_was_heard_of_an_item_is_known_in_milliseconds() -> None:
    one = item()
    one.add_text("Good day. What can I do for you? ")
    for _ in range(30):
        one.add_audio(voice(0.1))
    one.finish()
    first, second = one.captions
    assert (one.heard_ms, one.was_heard) == (0, False)
    first.heard(250)
    assert (one.heard_ms, one.was_heard) == (250, False)
    first.heard()
    assert (one.heard_ms, one.was_heard) == (600, False)
    second.heard(99_999)
    assert (one.heard_ms, one.made_ms, one.was_heard) == (3000, 3000, False)
    second.heard()
    assert (one.heard_ms, one.was_heard) == (3000, True)
