from pathlib import Path

import pytest

from appliance.dialplan import load_dialplans
from appliance.dialplan.message_checks import NO_MAIL
from appliance.settings import Settings

PLAN = """\
name: Story
numbers: ["*"]
steps:
  leave: {message: {notify: [https://example.com/, office@example.com], transcript: true}, next: bye, nothing: bye}
  bye: {hang_up: }
"""
EARS = "the embedded recogniser hears only answers that are expected"


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({}, [f"steps.leave.message.notify[2]: {NO_MAIL}", f"steps.leave.message.transcript: {EARS}"]),
        ({"mail": {"host": "localhost"}}, [f"steps.leave.message.transcript: {EARS}"]),
        ({"mail": {"host": "localhost"}, "speech": {"uri": "tcp://127.0.0.1:10300"}}, []),
    ],
)
def test_what_messages_need_of_the_settings_is_told(
    tmp_path: Path, sections: dict[str, object], said: list[str]
) -> None:
    (tmp_path / "story.yaml").write_text(PLAN)
    found = load_dialplans(tmp_path, Settings.model_validate(sections))
    told = [str(problem).partition(": ")[2] for problem in found.problems]
    assert [what[: len(expected)] for what, expected in zip(told, said, strict=True)] == said


@pytest.mark.parametrize("allow", [[], ["10.1.0.0/16"]])
def test_a_web_server_within_has_to_be_allowed(tmp_path: Path, allow: list[str]) -> None:
    plan = PLAN.replace("https://example.com/, office@example.com], transcript: true", "http://10.1.2.3/]")
    (tmp_path / "story.yaml").write_text(plan)
    found = load_dialplans(tmp_path, Settings.model_validate({"functions": {"allow": allow}}))
    what = "10.1.2.3 lies within your own network, expected it in the settings' functions.allow"
    told = [str(problem).partition(": ")[2] for problem in found.problems]
    assert told == ([] if allow else [f"steps.leave.message.notify[1]: {what}"])
