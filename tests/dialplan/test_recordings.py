from pathlib import Path

import pytest

from appliance.dialplan import load_dialplan
from appliance.dialplan.loaded import LoadedDialplan
from appliance.dialplan.recordings import recording_of, recordings_of


@pytest.mark.parametrize(
    ("text", "recording"),
    [
        ("Good morning.", (None, "Good morning.")),
        ("[wav:hello.wav] Good morning. Welcome.", ("hello.wav", "Good morning. Welcome.")),
        ("[wav: hello.wav ]", ("hello.wav", "(hello.wav)")),
        ("Please [wav:hello.wav]", (None, "Please [wav:hello.wav]")),
    ],
)
def test_a_text_may_name_the_file_that_says_it(text: str, recording: tuple[str | None, str]) -> None:
    assert recording_of(text) == recording


def test_every_recording_of_a_dialplan_is_found_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(
        """
name: recorded
numbers: ["+15555550100"]
greeting: "[wav:hello.wav] Good morning."
steps:
  q: {ask: "[wav:q.wav] Yes or no?", yes_no: {yes: p, no: bye}, otherwise: p, no_input: "[wav:in.wav]"}
  p: {transfer: {to: "+15555550111", say: "[wav:moment.wav]"}}
  bye: {hang_up: Spoken.}
"""
    )
    loaded = load_dialplan(file)
    assert isinstance(loaded, LoadedDialplan), loaded
    assert list(recordings_of(loaded.plan)) == [
        (("greeting",), "hello.wav"),
        (("steps", "q", "ask"), "q.wav"),
        (("steps", "q", "no_input"), "in.wav"),
        (("steps", "p", "transfer", "say"), "moment.wav"),
    ]
