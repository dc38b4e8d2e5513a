import asyncio

import pytest

from appliance.errors import EngineError
from appliance.ops.traces import WITHHELD, discreet


def caught(error: BaseException) -> BaseException:
    with pytest.raises(type(error)) as raised:
        raise error
    return raised.value


def last_line(error: BaseException) -> str:
    return discreet(error).splitlines()[-1]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("he said four seven"), f"ValueError: {WITHHELD}"),
        (KeyError("4711"), f"KeyError: {WITHHELD}"),
        (ValueError(), "ValueError"),
        (FileNotFoundError(2, "No such file", "a.wav"), "FileNotFoundError: [Errno 2] No such file: 'a.wav'"),
        (EngineError("The engine is gone."), "appliance.errors.EngineError: The engine is gone."),
        (asyncio.InvalidStateError("four seven"), f"asyncio.exceptions.InvalidStateError: {WITHHELD}"),
    ],
)
def test_only_errors_that_quote_nothing_are_told_with_their_text(error: BaseException, line: str) -> None:
    assert last_line(caught(error)) == line


def test_the_place_is_told() -> None:
    trace = discreet(caught(ValueError("four seven")))
    assert trace.startswith('Traceback (most recent call last):\n  File "')
    assert "in caught" in trace
    assert "four seven" not in trace


def test_what_led_to_an_error_comes_first_and_is_as_discreet() -> None:
    group = ExceptionGroup("two", [OSError("full"), TypeError("seven")])
    group.__context__ = KeyError("four")
    group.exceptions[0].__context__ = group  # A circle is no reason to go round for ever.
    ends = [trace.splitlines()[-1] for trace in discreet(group).split("\n\n")]
    assert ends == [
        f"KeyError: {WITHHELD}",
        "OSError: full",
        f"TypeError: {WITHHELD}",
        f"ExceptionGroup: {WITHHELD}",
    ]


def test_what_was_put_aside_on_purpose_is_not_told() -> None:
    error = ValueError()
    error.__context__ = KeyError("four")
    error.__suppress_context__ = True
    assert discreet(error) == "Traceback (most recent call last):\nValueError"
