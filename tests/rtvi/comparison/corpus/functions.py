"""Function calls, at every level."""

from typing import Any

from tests.rtvi.comparison.case import Case, Step, do, push, say

LEVELS = ("disabled", "none", "name", "full")
ARGUMENTS = {"city": "Bonn", "days": None}


def call(id: str = "f1", name: str = "weather") -> dict[str, Any]:  # noqa: A002
    """A call."""
    return {"function_name": name, "tool_call_id": id, "arguments": ARGUMENTS}


def began(*calls: dict[str, Any]) -> list[Step]:
    """Calls are about to run, and run."""
    return [
        push("FunctionCallsStartedFrame", function_calls=list(calls)),
        *(push("FunctionCallInProgressFrame", **each) for each in calls),
    ]


def ended(result: Any, **of: str) -> Step:
    """A call has its result."""
    return push("FunctionCallResultFrame", **call(**of), result=result)


def given_up(id: str = "f1", name: str = "weather") -> Step:  # noqa: A002
    """A call is cancelled."""
    return push("FunctionCallCancelFrame", function_name=name, tool_call_id=id)


def level(**of: str) -> dict[str, Any]:
    """Report levels by function; ``all`` for the others."""
    return {"function_call_report_level": {name if name != "all" else "*": word for name, word in of.items()}}


def change(**of: str) -> Step:
    """Other report levels, in the middle of the call."""
    return push("RTVIConfigureObserverFrame", **level(**of))


ALL_LIVES = [
    *began(call("f1"), call("f2", "time"), call("f3", "stars")),
    ended({"sky": "blue", "wind": None}, id="f1"),
    ended("ten past nine", id="f2", name="time"),
    given_up("f3", "stars"),
]
RESULTS = [0, 0.0, False, "", [], {}, None]

FUNCTIONS = [
    Case("functions, by default", ALL_LIVES),
    *(Case(f"functions at {word}", ALL_LIVES, level(all=word)) for word in LEVELS),
    Case("functions, each at its level", ALL_LIVES, level(all="full", time="name", stars="disabled")),
    Case("functions of which none is named", ALL_LIVES, level(nothing="full")),
    Case(
        "results that are nothing",
        [step for n, result in enumerate(RESULTS) for step in (*began(call(str(n))), ended(result, id=str(n)))],
        level(all="full"),
    ),
    Case(
        "functions of which the beginning is not told",
        [ended(1), given_up("f2"), began(call("f3"))[1], ended(2, id="f3")],
        level(all="full"),
    ),
    Case("the level falls in the middle of a call", [*began(call()), change(all="none"), ended(1)], level(all="full")),
    Case("the level rises in the middle of a call", [*began(call()), change(all="full"), ended(1)], level(all="none")),
    Case("reports end in the middle of a call", [*began(call()), change(all="disabled"), ended(1)], level(all="name")),
    Case(
        "reports begin in the middle of a call", [*began(call()), change(all="full"), ended(1)], level(all="disabled")
    ),
    Case("a new level for the next call", [change(all="full"), *began(call()), ended(1)]),
    Case(
        "a result that the client was not asked for",
        [
            *began(call()),
            say("llm-function-call-result", {**call(), "result": {"sky": "green"}}),
            ended({"sky": "blue"}),
            say("llm-function-call-result", {**call(), "result": "too late"}),
            say("llm-function-call-result", {**call("f9", "unknown"), "result": "of nothing"}),
        ],
        level(all="full"),
    ),
    Case(
        "a function that the client is to execute",
        [
            do("handle_function_call", call()),
            say("llm-function-call-result", {**call(), "result": {"sky": "blue"}}),
        ],
        level(all="full"),
        generations=("2.1.0", "1.2.0", "1.1.0", "0.3.0", None),
    ),
]
