"""What the code may do only in few places, or never."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.checkout import Source, sources

BROAD = {"Exception", "BaseException"}
MOST_BROAD = 4  # around a call, an engine task, a supervisor, a function call

# Who makes tasks ends them. Within a call that is its inbox: processors ask it by `self.create_task`.
TASK_MAKERS = (
    "appliance/pipeline/inbox.py",
    "appliance/task/",
    "appliance/call/",
    "appliance/dialogue/realtime/connection.py",
    "appliance/failover/health.py",
    "appliance/records/store.py",
    "appliance/speech/cached.py",
    "appliance/speech/deepgram.py",
    "appliance/speech/failover_stt.py",
    "appliance/speech/local/",
    "appliance/speech/openai_stt.py",
    "appliance/speech/wyoming.py",
    "appliance/supervision/",
    "appliance/simulator/",
    "appliance/server/",
    "appliance/cli/",
)
TASKS_BY_HAND = re.compile(r"asyncio\.(create_task|ensure_future)|.*loop(\(\))?\.create_task")


def broad_handlers(source: Source) -> Iterator[int]:
    """Lines of handlers that swallow every error; one that ends by raising it again only tidies up."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else BROAD
            again = node.body[-1]
            if caught & BROAD and not (isinstance(again, ast.Raise) and again.exc is None):
                yield node.lineno
    for name, call in source.calls():
        if name.endswith("suppress") and BROAD & {ast.unparse(argument) for argument in call.args}:
            yield call.lineno


def test_every_error_is_caught_in_at_most_four_places_each_with_its_reason() -> None:
    places = [(source, line) for source in sources("appliance") for line in broad_handlers(source)]
    assert [str(place) for place, line in places if not has_comment(place, line)] == []
    assert len(places) <= MOST_BROAD, [f"{place}:{line}" for place, line in places]


def has_comment(source: Source, line: int) -> bool:
    """On the handler's line, the one before, or the first one within."""
    lines = source.text.splitlines()
    return any("#" in near for near in lines[line - 2 : line + 1])


def test_tasks_are_made_only_by_those_who_end_them() -> None:
    made = [
        f"{source}:{call.lineno} {name}"
        for source in sources("appliance")
        if not str(source).startswith(TASK_MAKERS)
        for name, call in source.calls()
        if TASKS_BY_HAND.fullmatch(name)
    ]
    assert made == []


def test_a_test_says_what_it_needs_by_the_marker_needs() -> None:
    """So that nothing is skipped in CI. `skipif` is for what the interpreter lacks: its condition is about `sys`."""
    skipping = [
        f"{source}:{call.lineno} {name}"
        for source in sources("tests")
        if str(source) != "tests/conftest.py"
        for name, call in source.calls()
        if name in ("pytest.skip", "pytest.importorskip", "pytest.mark.skip")
        or (name == "pytest.mark.skipif" and not ast.unparse(call.args[0]).startswith("sys."))
    ]
    assert skipping == []


def test_no_test_sleeps() -> None:
    sleeping = [
        f"{source}:{call.lineno}"
        for source in sources("tests")
        for name, call in source.calls()
        if name in ("time.sleep", "asyncio.sleep", "sleep") and ast.unparse(call.args[0]) != "0"
    ]
    assert sleeping == []


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("try: ...\nexcept Exception: ...", [2]),
        ("try: ...\nexcept: ...", [2]),
        ("try: ...\nexcept (OSError, BaseException) as e: ...", [2]),
        ("try: ...\nexcept BaseException:\n    tidy()\n    raise", []),
        ("try: ...\nexcept OSError: ...", []),
        ("with contextlib.suppress(Exception): ...", [1]),
    ],
)
def test_a_broad_handler_is_recognised(code: str, lines: list[int]) -> None:
    source = Source(sources("appliance")[0].path, code, ast.parse(code))
    assert list(broad_handlers(source)) == lines
