"""Dialplans for tests, as an operator writes them."""

from pathlib import Path

from appliance.dialplan import LoadedDialplan, load_dialplan

EXAMPLES = Path(__file__).parents[2] / "dialplans"


def loaded(directory: Path, text: str, name: str = "story") -> LoadedDialplan:
    """The dialplan that ``text`` is; the test fails when it is refused."""
    file = directory / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    dialplan = load_dialplan(file)
    assert isinstance(dialplan, LoadedDialplan), [str(problem) for problem in dialplan]
    return dialplan


def ask(directory: Path, step: str, top: str = "") -> LoadedDialplan:
    """A dialplan with one question, ``step`` (flow style), and a step ``end``."""
    steps = f"steps:\n  q: {{ask: Well, otherwise: end, next: end, {step}}}\n  end: {{hang_up: }}\n"
    return loaded(directory, f'name: Story\nnumbers: ["*"]\n{top}\n{steps}')
