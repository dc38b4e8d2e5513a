"""A dialplan as it serves."""

from pathlib import Path

from tests.dialplan.stories import ask


def test_a_loaded_dialplan_has_its_questions_compiled(tmp_path: Path) -> None:
    dialplan = ask(tmp_path, "digits: {length: 4}")
    assert (dialplan.id, dialplan.file, list(dialplan.expectations)) == ("story", tmp_path / "story.yaml", ["q"])
