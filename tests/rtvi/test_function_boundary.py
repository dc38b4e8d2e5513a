"""Of a function call nobody sees more than the lower of two levels allows: its dialplan's and the viewer's role's."""

import json
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

from appliance.frames import (
    Frame,
    FunctionCallCancelFrame,
    FunctionCallFromLLM,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
)
from appliance.rtvi import RTVIConfigureObserverFrame, RTVIFunctionCallReportLevel, RTVIObserverParams
from tests.rtvi.stage import FakeViewer, Stage

Level = RTVIFunctionCallReportLevel

VERSIONS = ("2.1.0", "1.4.0", "1.1.0", None)
NAME, ID, ARGUMENT, RESULT = "look_up_debts", "call-1", "of whom", "four pounds"
NEEDS = {NAME: Level.NAME, ARGUMENT: Level.FULL, RESULT: Level.FULL}
"""What of a call is visible from which level on."""

BEGIN, RUN, ANSWER, CANCEL = "begin", "run", "answer", "cancel"
LIVES: tuple[tuple[str, ...], ...] = (
    (BEGIN, RUN, ANSWER),
    (BEGIN, RUN, CANCEL),
    (BEGIN, CANCEL),
    (RUN, ANSWER),
    (ANSWER,),
    (RUN, ANSWER, ANSWER),
)
"""A call as it should be, and as it may come where somebody watches late or a frame is missing or comes twice."""

DIALPLANS = {
    "by its name": lambda level: {NAME: level, "*": Level.DISABLED},
    "by its name alone": lambda level: {NAME: level},
    "as all others": lambda level: {"another": Level.FULL, "*": level},
}


def frame(step: str, *, by_client: bool) -> Frame:
    arguments: dict[str, Any] = {ARGUMENT: [{"deep": ARGUMENT}]}
    match step:
        case "begin":
            return FunctionCallsStartedFrame([FunctionCallFromLLM(NAME, ID, arguments)])
        case "run":
            return FunctionCallInProgressFrame(NAME, ID, arguments, by_client=by_client)
        case "answer":
            return FunctionCallResultFrame(NAME, ID, arguments, {"answer": [RESULT]})
    return FunctionCallCancelFrame(NAME, ID)


async def crowd(stage: Stage, moment: str) -> list[FakeViewer]:
    """A viewer of every role and generation."""
    return [
        await stage.watcher(
            f"{ceiling.name} {version} {answers} {moment}",
            version,
            ceiling=ceiling,
            permitted=None if answers else ["client-ready"],
            sees_sensitive=answers,
        )
        for ceiling, version, answers in product(Level, VERSIONS, (True, False))
    ]


async def checked(stage: Stage, viewers: Sequence[FakeViewer], level: Level, seen: set[tuple[str, str]]) -> None:
    """Nothing that any of them got or can ask for is above its minimum; what was shown of it is added to ``seen``."""
    for viewer in viewers:
        await stage.say(viewer, "llm-function-call-result", answer_of(viewer))
    for viewer in viewers:
        deeds = [each.message["data"] for each in viewer.deeds]
        text = json.dumps([viewer.got, deeds, stage.rtvi.snapshot(viewer)])
        least = min(level, viewer.report_ceiling)
        for secret, needs in NEEDS.items():
            assert secret not in text or least >= needs, f"{viewer.name} at {level.name} sees {secret}: {text}"
            if secret in text:
                seen.add((secret, least.name))
        if least is Level.DISABLED:
            assert [kind for kind in viewer.types if kind != "error-response"] == [], viewer.name
        if viewer.report_ceiling is Level.DISABLED:
            assert deeds == [], viewer.name


def answer_of(viewer: FakeViewer) -> dict[str, Any]:
    """What somebody sends who only guesses: what he is told of it must not say more than he knew."""
    return {"function_name": f"guess of {viewer.id}", "tool_call_id": "call-0", "arguments": {}, "result": 1}


@pytest.mark.parametrize("by_client", [True, False], ids=["by a client", "by the bot"])
@pytest.mark.parametrize("written", DIALPLANS)
@pytest.mark.parametrize("level", Level)
async def test_no_name_argument_or_result_leaves_above_the_minimum(level: Level, written: str, by_client: bool) -> None:
    seen: set[tuple[str, str]] = set()
    for life, later in product(LIVES, Level):
        levels = DIALPLANS[written](level)
        async with Stage(RTVIObserverParams(function_call_report_level=levels)) as stage:
            viewers = await crowd(stage, "from the start")
            for number, step in enumerate(life):
                await stage.push(frame(step, by_client=by_client))
                change = RTVIConfigureObserverFrame(function_call_report_level=DIALPLANS[written](later))
                await stage.push(change)
                if number == 0:
                    viewers += await crowd(stage, "in the middle")
            await checked(stage, viewers, level, seen)
    assert seen == {
        (secret, least.name) for secret, needs in NEEDS.items() for least in Level if needs <= least <= level
    }


async def test_each_call_keeps_the_level_that_it_began_with() -> None:
    """Two calls of one function at the same time, the second one begun after the level was raised, or lowered."""
    for first, second in product(Level, Level):
        async with Stage(RTVIObserverParams(function_call_report_level={NAME: first})) as stage:
            viewer = await stage.watcher(ceiling=Level.FULL)
            begun = [
                FunctionCallInProgressFrame(NAME, id_, {"n": f"argument of {id_}"})
                for id_ in ("the first", "the second")
            ]
            await stage.push(begun[0], RTVIConfigureObserverFrame(function_call_report_level={NAME: second}), begun[1])
            for each in begun:
                result = f"result of {each.tool_call_id}"
                await stage.push(FunctionCallResultFrame(NAME, each.tool_call_id, each.arguments, result))
            text = json.dumps(viewer.got)
            for id_, level in (("the first", first), ("the second", second)):
                assert (f'"{id_}"' in text) == (level >= Level.NONE)
                assert (f"argument of {id_}" in text) == (f"result of {id_}" in text) == (level is Level.FULL)
