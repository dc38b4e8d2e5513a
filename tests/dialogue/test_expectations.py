"""What is expected of the caller."""

from pathlib import Path

import pytest

from appliance.dialogue.expectations import AskExpectation, Patience
from appliance.dialplan import LoadedDialplan, load_dialplan

PLAN = """\
name: x
numbers: ["*"]
steps:
  ask: {ask: Which?, expect: {price: {say: price}}, digits: {length: 2}, otherwise: end, next: end}
  end: {hang_up: Bye.}
"""


@pytest.fixture
def which(tmp_path: Path) -> AskExpectation:
    """Two digits, or a word."""
    (tmp_path / "plan.yaml").write_text(PLAN)
    loaded = load_dialplan(tmp_path / "plan.yaml")
    assert isinstance(loaded, LoadedDialplan), loaded
    return AskExpectation(loaded.expectations["ask"])


def test_an_answer_is_complete_when_nothing_is_missing(which: AskExpectation) -> None:
    said = ["price", "one two", "one", "hello"]
    assert [which.is_complete(text) for text in said] == [True, True, False, False]
    assert [which.is_begun(text) for text in said] == [False, False, True, False]
    assert [which.keys_complete(keys) for keys in ("12", "1")] == [True, False]
    assert [which.accepts_keys(keys) for keys in ("12", "1", "*")] == [True, True, False]
    assert which.grammar is not None
    assert "price" in which.grammar


def test_who_waits_answers_nothing() -> None:
    patience = Patience("grammar")
    assert (patience.grammar, patience.hints) == ("grammar", ())
    assert (patience.is_complete("yes"), patience.keys_complete("1")) == (False, True)
