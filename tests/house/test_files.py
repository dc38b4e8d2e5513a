"""Files that one can hold in the head, by subject, each with its test."""

import ast
from pathlib import Path

from tests.house.checkout import files, read, sources

MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 60
EMPTY_WORDS = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
COMMENTS = {".py": ("#",), ".js": ("//", "/*", "*"), ".mjs": ("//", "/*", "*"), ".css": ("/*", "*"), ".html": ("<!--",)}


def lines_of_code(path: Path) -> int:
    """Lines that are neither empty nor only a comment."""
    lines = (line.strip() for line in read(path).splitlines())
    return sum(1 for line in lines if line and not line.startswith(COMMENTS[path.suffix]))


def test_no_file_is_longer_than_one_can_hold_in_the_head() -> None:
    code = (path for path in files("appliance/**/*", "tests/**/*", "scripts/*") if path.suffix in COMMENTS)
    assert {f"{path}: {lines}" for path in code if (lines := lines_of_code(path)) > MOST_LINES} == set()


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the end, without the docstring."""
    first = function.body[0]
    said = first if ast.get_docstring(function) is not None else None
    docstring = (said.end_lineno or said.lineno) - said.lineno + 1 if said else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


def test_no_function_is_longer_than_a_page() -> None:
    long = {
        f"{source}:{node.lineno} {node.name}: {length(node)}"
        for source in sources("appliance", "tests", "scripts")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and length(node) > MOST_LINES_OF_A_FUNCTION
    }
    assert long == set()


def test_no_file_is_named_by_an_empty_word() -> None:
    named = files("appliance/**/*", "tests/**/*", "scripts/*")
    empty = {path.as_posix() for path in named for part in path.parts if EMPTY_WORDS & set(_words(part))}
    assert empty == set()


def _words(part: str) -> list[str]:
    return part.split(".")[0].lower().replace("-", "_").split("_")


def test_each_source_file_has_its_test_file() -> None:
    """appliance/audio/g711.py has tests/audio/test_g711.py; a leading underscore is not repeated."""
    untested = [path for path in files("appliance/**/*.py") if path.name != "__init__.py" and not files(its_test(path))]
    assert [f"{path} has no {its_test(path)}" for path in untested] == []


def its_test(path: Path) -> str:
    return Path("tests", *path.parts[1:-1], f"test_{path.name.lstrip('_')}").as_posix()
