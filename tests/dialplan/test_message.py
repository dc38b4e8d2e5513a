"""Steps that take messages, as an operator writes them."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from appliance.dialplan import LoadedDialplan, load_dialplan
from appliance.dialplan.message import Message, MessageStep
from appliance.dialplan.recordings import recordings_of
from tests.dialplan.stories import loaded

STEP = {"message": "Speak now.", "next": "thanks", "nothing": "bye"}
PLAN = """\
name: Story
numbers: ["*"]
steps:
  leave: {message: {say: "[wav:leave.wav] Speak, {{ caller }}."}, save_as: left, next: thanks, nothing: bye}
  thanks: {hang_up: "Thank you for {{ left.secs }} seconds, number {{ left.number }}, ended by {{ left.ended_by }}."}
  bye: {hang_up: }
"""


def test_the_words_are_enough() -> None:
    assert MessageStep.model_validate(STEP).message == Message(say="Speak now.")
    silent = Message()
    assert (silent.say, silent.beep, silent.end_key, silent.max_secs) == (None, True, "#", 120)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"notify": "nobody"}, "'nobody', expected office@example.com or https://example.com/messages"),
        ({"notify": ["ftp://example.com"]}, "'ftp://example.com', expected office@example.com or"),
        ({"notify": "a@b.c, d@e.f"}, "expected office@example.com"),
        ({"end_key": "##"}, "String should match pattern"),
        ({"max_secs": 5, "min_secs": 10}, "min_secs 10 is not less than max_secs 5"),
        ({"max_secs": 10_000}, "less than or equal to 900"),
    ],
)
def test_what_cannot_be_is_told(written: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said.replace("(", r"\(")):
        Message.model_validate(written)


def test_mail_and_web_servers_are_notified() -> None:
    both = ("office@example.com", "http://127.0.0.1:8000/messages")
    assert Message.model_validate({"notify": list(both)}).notify == both


def test_its_texts_variables_and_recordings_are_known(tmp_path: Path) -> None:
    plan = loaded(tmp_path, PLAN).plan
    assert list(recordings_of(plan)) == [(("steps", "leave", "message", "say"), "leave.wav")]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("left.secs", "left.sexs", "steps.thanks.hang_up: unknown variable 'left.sexs', did you mean 'left.secs'?"),
        ("{{ caller }}", "{{ calle }}", "steps.leave.message.say: unknown variable 'calle', did you mean 'caller'?"),
        ("nothing: bye", "nothing: by", "steps.leave.nothing: unknown step 'by', did you mean 'bye'?"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(PLAN.replace(old, new))
    problems = load_dialplan(file)
    assert not isinstance(problems, LoadedDialplan)
    assert [str(problem).partition(": ")[2] for problem in problems] == [said]
