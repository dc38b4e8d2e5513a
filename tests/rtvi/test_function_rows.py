"""Functions that clients execute: who is asked, in which words, and how often."""

from itertools import product
from types import SimpleNamespace
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
from appliance.rtvi.viewer import Outgoing
from tests.rtvi.stage import FakeViewer, Stage

Level = RTVIFunctionCallReportLevel
FULL = RTVIObserverParams(function_call_report_level={"*": Level.FULL})
SECRET = "4711"
REQUEST = {
    "type": "llm-function-call",
    "data": {"function_name": "refund", "tool_call_id": "t", "args": {"order": SECRET}},
}
IN_PROGRESS = {
    "type": "llm-function-call-in-progress",
    "data": {"tool_call_id": "t", "function_name": "refund", "arguments": {"order": SECRET}},
}
VERSIONS = {"2.1.0": False, "2.0.0": False, "1.2.0": False, "1.1.9": True, "1.1.0": True, None: True, "x": True}
"""Whether a client of that version is asked by ``llm-function-call``."""


class Late(FakeViewer):
    """A viewer that is asked what waits as supervision does it: with its ``bot-ready``."""

    def __init__(self, stage: Stage, name: str = "late", *, after: int | None = None, **facts: Any) -> None:
        super().__init__(name, **facts)
        self._stage = stage
        self._after = after

    def send(self, outgoing: Outgoing) -> None:
        super().send(outgoing)
        if outgoing.type == "bot-ready":
            self.forget()
            self._stage.rtvi.ask(self, self._after)

    async def ready(self, version: str | None = "2.1.0") -> None:
        self._stage.rtvi.join(self)
        await self._stage.say(self, "client-ready", {"version": version})


def fresh() -> Frame:
    return FunctionCallInProgressFrame("refund", "t", {"order": SECRET}, by_client=True)


@pytest.mark.parametrize(("version", "is_old"), list(VERSIONS.items()))
async def test_each_generation_is_asked_once_in_the_words_it_knows(version: str | None, is_old: bool) -> None:
    async with Stage(FULL) as stage:
        viewer = await stage.watcher("new", version)
        await stage.push(fresh())
        assert viewer.got == [REQUEST if is_old else IN_PROGRESS]


@pytest.mark.parametrize("version", list(VERSIONS))
async def test_who_may_not_answer_is_told_but_not_asked(version: str | None) -> None:
    async with Stage(FULL) as stage:
        viewer = await stage.watcher("new", version, permitted={"client-ready"})
        await stage.push(fresh())
        assert viewer.got == [IN_PROGRESS]
        assert [outgoing.once for outgoing in viewer.outgoing] == [False]


@pytest.mark.parametrize("version", list(VERSIONS))
async def test_a_function_of_the_bots_own_asks_nobody(version: str | None) -> None:
    async with Stage(FULL) as stage:
        viewer = await stage.watcher("new", version)
        await stage.push(FunctionCallInProgressFrame("refund", "t", {"order": SECRET}))
        assert viewer.got == [IN_PROGRESS]


def life(result: Any) -> list[Frame]:
    return [
        FunctionCallsStartedFrame([FunctionCallFromLLM("refund", "t", {"order": SECRET})]),
        fresh(),
        FunctionCallResultFrame("refund", "t", {"order": SECRET}, result)
        if result
        else FunctionCallCancelFrame("refund", "t"),
    ]


@pytest.mark.parametrize(("level", "ceiling"), list(product(Level, Level)))
@pytest.mark.parametrize("version", list(VERSIONS))
@pytest.mark.parametrize("permitted", [None, {"client-ready"}])
@pytest.mark.parametrize("result", ["swordfish", None])
async def test_nothing_leaves_above_the_lower_level(
    level: Level, ceiling: Level, version: str | None, permitted: set[str] | None, result: str | None
) -> None:
    allowed = min(level, ceiling)
    async with Stage(RTVIObserverParams(function_call_report_level={"refund": level})) as stage:
        viewer = await stage.watcher("v", version, ceiling=ceiling, permitted=permitted)
        began, asked, ended = life(result)
        # What is configured while the call is open changes nothing for it.
        await stage.push(began, RTVIConfigureObserverFrame(function_call_report_level={"*": Level.FULL}), asked)
        late = Late(stage, ceiling=ceiling, permitted=permitted)
        await late.ready(version)
        await stage.push(ended)
        said = str(viewer.got + late.got)
        assert ("refund" in said) is (allowed >= Level.NAME)
        assert (SECRET in said) is (allowed is Level.FULL)
        assert ("swordfish" in said) is (allowed is Level.FULL and result is not None)
        assert ("llm-function-call" in said) is (allowed > Level.DISABLED)
        asked_by = {"llm-function-call", "llm-function-call-in-progress"}
        assert len([kind for kind in viewer.types if kind in asked_by]) == (allowed > Level.DISABLED)


async def test_a_call_is_announced_once() -> None:
    async with Stage(FULL) as stage:
        new, old = await stage.watcher("new"), await stage.watcher("old", "1.1.0")
        await stage.push(fresh(), fresh(), FunctionCallInProgressFrame("refund", "t", {"order": SECRET}))
        assert (new.got, old.got) == ([IN_PROGRESS], [REQUEST])


async def test_a_call_that_nobody_can_see_is_told_of_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with Stage() as stage:
        await stage.push(fresh())
    assert [record.getMessage() for record in caplog.records] == [
        "no client executes refund: it is reported at NONE, expected FULL"
    ]


@pytest.mark.parametrize(
    ("version", "asked"), [("2.1.0", IN_PROGRESS), ("1.2.0", IN_PROGRESS), ("1.1.0", REQUEST), ("0.3.0", REQUEST)]
)
async def test_who_comes_late_is_asked_what_still_waits(version: str, asked: dict[str, Any]) -> None:
    async with Stage(FULL) as stage:
        await stage.push(fresh(), FunctionCallInProgressFrame("own", "u", {}))
        viewer = Late(stage)
        await viewer.ready(version)
        assert viewer.got[:1] == [asked]
        assert viewer.outgoing[0].private
        viewer.forget()
        await stage.say(viewer, "client-ready", {"version": version})
        assert "function" not in str(viewer.got)


async def test_who_comes_back_is_asked_only_what_it_has_not_been_asked() -> None:
    async with Stage(FULL) as stage:
        first = await stage.watcher("first")
        await stage.push(fresh())
        (asked,) = first.outgoing
        for after, told in ((asked.seq, []), (asked.seq - 1, [IN_PROGRESS])):
            back = Late(stage, f"after {after}", after=after)
            await back.ready()
            assert back.got == told


async def test_what_nobody_saw_is_asked_of_who_comes_back() -> None:
    async with Stage(FULL) as stage:
        last = stage.rtvi.sequence.last
        await stage.push(fresh())
        viewer = Late(stage, after=last)
        await viewer.ready()
        assert viewer.got == [IN_PROGRESS]


async def test_who_comes_late_and_may_not_answer_is_not_asked() -> None:
    async with Stage(FULL) as stage:
        await stage.push(fresh())
        viewer = Late(stage, permitted={"client-ready"})
        await viewer.ready()
        stage.rtvi.ask(FakeViewer("stranger"))
        assert viewer.got == []


async def test_handle_function_call_asks_clients_and_their_result_goes_through_the_pipeline() -> None:
    async with Stage(FULL) as stage:
        new, old = await stage.watcher("new"), await stage.watcher("old", "1.1.0")
        with pytest.warns(DeprecationWarning, match="handle_function_call is deprecated"):
            await stage.rtvi.handle_function_call(
                function_name="refund", tool_call_id="t", arguments={"order": SECRET}, llm=None, result_callback=None
            )
        await stage.settle()
        assert (new.got, old.got) == ([IN_PROGRESS], [REQUEST])
        answer = {"function_name": "refund", "tool_call_id": "t", "arguments": {}, "result": {"ok": True}}
        await stage.say(old, "llm-function-call-result", answer)
        (result,) = [frame for frame in stage.mouth.passed if isinstance(frame, FunctionCallResultFrame)]
        assert (result.function_name, result.tool_call_id, result.result) == ("refund", "t", {"ok": True})
        assert (result.arguments, new.types[-1]) == ({"order": SECRET}, "llm-function-call-stopped")


async def test_a_call_that_was_announced_as_the_bots_own_is_then_asked_of_old_clients_alone() -> None:
    """As a dialogue engine does that announces each call, and then calls the handler of the function."""
    async with Stage(FULL) as stage:
        new, old = await stage.watcher("new"), await stage.watcher("old", "1.1.0")
        await stage.push(FunctionCallInProgressFrame("refund", "t", {"order": SECRET}))
        with pytest.warns(DeprecationWarning, match="handle_function_call is deprecated"):
            await stage.rtvi.handle_function_call(
                SimpleNamespace(function_name="refund", tool_call_id="t", arguments={"order": SECRET})
            )
        await stage.settle()
        assert (new.got, old.got) == ([IN_PROGRESS], [IN_PROGRESS, REQUEST])
        answer = {"function_name": "refund", "tool_call_id": "t", "arguments": {}, "result": "ok"}
        await stage.say(new, "llm-function-call-result", answer)
        assert new.types[-1] == "llm-function-call-stopped"
