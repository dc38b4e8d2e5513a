"""Functions of the operator's own, found by name."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.dialplan import Function
from appliance.dialplan.entry_points import entry_point, look_in, wants_call, wrong_parameters

MODULES = {
    "goodmodule.py": "class A:\n    @staticmethod\n    def f(): return 4\nNUMBER = 4\n",
    "breaksmodule.py": "class Odd(Exception): ...\nraise Odd('no licence')\n",
    "syntaxmodule.py": "def f(:\n",
    "needsmodule.py": "import nosuchthing\n",
    "exitsmodule.py": "raise SystemExit(3)\n",
}


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Modules in a directory that is looked in."""
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(sys, "path", [*sys.path])
    look_in(tmp_path)
    yield
    for name in MODULES:
        sys.modules.pop(name.removesuffix(".py"), None)


def test_a_function_is_found_by_its_module_and_name() -> None:
    assert entry_point("goodmodule:A.f")() == 4
    assert entry_point("os.path:join")("a", "b") == "a/b"


def test_a_directory_is_looked_in_once_and_last(tmp_path: Path) -> None:
    look_in(tmp_path)
    look_in(tmp_path / "missing")
    assert (sys.path[-1], sys.path.count(str(tmp_path.resolve()))) == (str(tmp_path.resolve()), 1)
    (tmp_path / "json.py").write_text("def dumps(): return 'mine'")
    sys.modules.pop("json.py", None)
    assert entry_point("json:dumps")({}) == "{}"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nosuchmodule:f", "there is no module 'nosuchmodule', expected nosuchmodule.py"),
        ("nosuch.inner:f", "there is no module 'nosuch.inner', expected nosuch/inner.py"),
        ("goodmodule:g", "the module 'goodmodule' has no 'g', expected a function"),
        ("goodmodule:A.g", "the module 'goodmodule' has no 'A.g', expected a function"),
        ("goodmodule:NUMBER", "'goodmodule:NUMBER' is of type int, expected a function"),
        ("breaksmodule:f", "the module 'breaksmodule' cannot be loaded (Odd: no licence)"),
        (
            "needsmodule:f",
            "the module 'needsmodule' cannot be loaded (ModuleNotFoundError: No module named 'nosuchthing')",
        ),
        ("exitsmodule:f", "the module 'exitsmodule' cannot be loaded (SystemExit: 3)"),
    ],
)
def test_what_is_wrong_is_told(name: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        entry_point(name)
    assert str(refused.value) == said


def test_a_mistake_in_a_module_is_told_with_its_line() -> None:
    with pytest.raises(
        ValueError, match=r"cannot be loaded \(SyntaxError: invalid syntax \(syntaxmodule.py, line 1\)\)"
    ):
        entry_point("syntaxmodule:f")


PARAMETERS = Function.model_validate(
    {"supervised": {}, "parameters": {"day": {}, "guests": {"required": "no"}}}
).parameters


def fits(day: str, guests: int = 2) -> None: ...
def takes_any(**anything: object) -> None: ...
def by_name(*, day: str, call: object, guests: int | None = None) -> None: ...
def lacks(day: str) -> None: ...
def needs(day: str, guests: int, name: str) -> None: ...
def by_position(day: str, guests: int, /) -> None: ...


@pytest.mark.parametrize("function", [fits, takes_any, by_name, print])
def test_functions_that_take_the_parameters(function: object) -> None:
    assert callable(function)
    expected = [] if function is not print else ["day", "guests"]
    assert [what.split("'")[1] for what in wrong_parameters(function, PARAMETERS)] == expected


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lacks, ["has no parameter 'guests', expected one as in `parameters`"]),
        (
            needs,
            [
                "needs 'guests', which is not required in `parameters`: expected a default",
                "needs 'name', expected it in `parameters`, or a default",
            ],
        ),
        (
            by_position,
            [
                "has no parameter 'day', expected one as in `parameters`",
                "has no parameter 'guests', expected one as in `parameters`",
                "takes 'day' by its position, expected all parameters to be taken by name",
                "takes 'guests' by its position, expected all parameters to be taken by name",
            ],
        ),
    ],
)
def test_what_does_not_fit_the_parameters_is_told(function: object, said: list[str]) -> None:
    assert callable(function)
    assert list(wrong_parameters(function, PARAMETERS)) == said


def test_a_function_is_told_of_its_call_if_it_has_a_parameter_for_it() -> None:
    assert wants_call(by_name, PARAMETERS)
    assert not wants_call(fits, PARAMETERS)
    own = Function.model_validate({"supervised": {}, "parameters": {"call": "Which call"}}).parameters
    assert not wants_call(by_name, own)
