from pathlib import Path

import pytest

from appliance.dialplan import Recording, RecordingStep, load_dialplan
from tests.dialplan.stories import loaded

PLAN = """\
name: Story
numbers: ["*"]
recording:
steps:
  card: {recording: pause, next: on}
  on: {recording: resume, next: bye}
  bye: {hang_up: }
"""


def test_one_word_is_enough_and_callers_are_told(tmp_path: Path) -> None:
    plan = loaded(tmp_path, PLAN).plan
    assert plan.recording == Recording(announce="This call is recorded.", stereo=True)
    assert plan.steps["card"] == RecordingStep(recording="pause", next="on")


def test_without_it_nothing_is_recorded(tmp_path: Path) -> None:
    assert loaded(tmp_path, PLAN.replace("recording:\n", "")).plan.recording is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pause", "stop", "steps.card.recording: 'stop', expected 'pause' or 'resume'"),
        ("recording:\n", 'recording: {announce: "{{ calle }}"}\n', "unknown variable 'calle', did you mean 'caller'?"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(PLAN.replace(old, new))
    problems = load_dialplan(file)
    assert isinstance(problems, list)
    assert [str(problem).endswith(said) for problem in problems] == [True], [str(problem) for problem in problems]
