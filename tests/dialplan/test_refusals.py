"""Wrong dialplans, each with everything that is said about it: the whole texts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.dialplan import LoadedDialplan, load_dialplan

GOOD = """\
name: Test
numbers: ["+15555550100"]
functions:
  stock:
    table:
      "12": {state: here, day: today}
      "34": {state: gone, day: never}
anywhere:
  person: {say: a person please, keys: "0", next: person}
steps:
  menu:
    ask: What?
    expect:
      hours: {say: opening hours, keys: "1", next: hours}
    digits: {from: stock}
    save_as: number
    otherwise: person
    next: look
  look:
    call: stock
    with: {number: "{{ number }}"}
    save_as: item
    found: tell
    not_found: person
  tell:
    say: It is {{ item.state }}.
    next: menu
  hours:
    say: From nine.
    next: end
  person:
    transfer: "+15555550199"
  end:
    hang_up: Bye.
"""


def mistakes() -> Iterator[tuple[str, str, list[str]]]:
    """Some text of GOOD, what stands there instead, and the problems, without the file's name."""
    text = (Path(__file__).parent / "mistakes.txt").read_text(encoding="utf-8")
    for block in text.replace("⇥", "\t").strip().split("\n\n")[1:]:
        old, new, *said = (line[2:].replace("⏎", "\n") for line in block.split("\n"))
        yield old, new, said


def refused(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "shop.yaml"
    file.write_text(text, encoding="utf-8")
    problems = load_dialplan(file)
    assert isinstance(problems, list)
    return [str(problem).removeprefix(f"{file}:") for problem in problems]


@pytest.mark.parametrize(("old", "new", "said"), list(mistakes()))
def test_each_mistake_is_told_with_its_line_and_what_was_expected(
    tmp_path: Path, old: str, new: str, said: list[str]
) -> None:
    assert old in GOOD
    assert refused(tmp_path, GOOD.replace(old, new, 1)) == said


def test_the_dialplan_without_a_mistake_loads(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert isinstance(load_dialplan(file), LoadedDialplan)


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = (
        GOOD.replace("next: end", "next: ende")
        .replace("call: stock", "call: stok")
        .replace("{{ item.state }}", "{{ itme }}")
    )
    assert refused(tmp_path, text) == [
        "20: steps.look.call: unknown function 'stok', did you mean 'stock'?",
        "26: steps.tell.say: unknown variable 'itme', did you mean 'item'?",
        "30: steps.hours.next: unknown step 'ende', did you mean 'end'?",
    ]
