"""espeak-ng itself, in a process of its own: this one stays free of it."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json
from appliance.errors import EngineError
from appliance.speech.local.espeak import Espeak

espeak = Espeak()
words, sizes = [], []

def on_piece(pcm, starts):
    sizes.append(len(pcm))
    words.extend((start.position, start.length, start.at_ms) for start in starts)
    return len(sizes) < 3 or not stop

stop = False
espeak.speak("Grüße, two", "en-gb+m3", None, on_piece)
whole = sum(sizes)
stop, sizes = True, []
espeak.speak("a very long text indeed " * 50, "en-us", 200, on_piece)
print(json.dumps({
    "rate_hz": espeak.rate_hz, "words": words[:2], "whole": whole, "pieces": len(sizes),
    "voices": [[voice.name, voice.identifier, voice.languages] for voice in espeak.voices],
}))
"""


@pytest.fixture(scope="module")
def said() -> dict[str, object]:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_words_are_found_by_characters_not_bytes(said: dict[str, object]) -> None:
    words = said["words"]
    assert isinstance(words, list)
    assert [word[:2] for word in words] == [[0, 5], [7, 3]]
    assert words[0][2] < words[1][2]


def test_a_voice_is_known_by_its_best_language_tag(said: dict[str, object]) -> None:
    voices = said["voices"]
    assert isinstance(voices, list)
    assert ["en-gb", "gmw/en", ["en-gb", "en"]] in voices
    assert said["rate_hz"] == 22_050


def test_a_text_of_which_no_more_is_wanted_ends_at_once(said: dict[str, object]) -> None:
    assert said["pieces"] == 3
