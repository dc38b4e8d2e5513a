"""What RTVI's documentation shows how to do, done here with only the import changed."""

import asyncio
from typing import Any

import appliance.rtvi.models as RTVI  # noqa: N812 - as the documentation names it
from appliance.frames import (
    EndFrame,
    Frame,
    FunctionCallFromLLM,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    StartFrame,
    TextFrame,
    UserStartedSpeakingFrame,
)
from appliance.pipeline import BaseObserver, FrameDirection, FrameProcessor, FramePushed, Pipeline
from appliance.rtvi import (
    BotOutputTransformResult,
    RTVIAction,
    RTVIActionArgument,
    RTVIActionFrame,
    RTVIActionRun,
    RTVIClientMessageFrame,
    RTVIConfig,
    RTVIConfigureObserverFrame,
    RTVIFunctionCallReportLevel,
    RTVIObserver,
    RTVIObserverParams,
    RTVIProcessor,
    RTVIServerMessageFrame,
    RTVIServerResponseFrame,
    RTVIService,
    RTVIServiceConfig,
    RTVIServiceOption,
    RTVIServiceOptionConfig,
    RTVIUICancelJobGroupFrame,
    RTVIUICommandFrame,
    RTVIUIEventFrame,
    RTVIUIJobGroupFrame,
    RTVIUISnapshotFrame,
)
from appliance.task import PipelineParams, PipelineRunner, PipelineTask, PipelineWorker
from tests.rtvi.stage import FakeViewer

ALL_NAMES = (
    *(Pipeline, FrameProcessor, FrameDirection, BaseObserver, FramePushed),
    *(PipelineTask, PipelineWorker, PipelineParams, PipelineRunner),
    *(RTVIProcessor, RTVIObserver, RTVIObserverParams, RTVIFunctionCallReportLevel, RTVIConfig, RTVIServiceConfig),
    *(RTVIService, RTVIServiceOption, RTVIServiceOptionConfig, RTVIAction, RTVIActionArgument, RTVIActionRun),
    *(RTVIActionFrame, RTVIServerMessageFrame, RTVIServerResponseFrame, RTVIClientMessageFrame),
    *(RTVIConfigureObserverFrame, RTVIUICommandFrame, RTVIUIJobGroupFrame, RTVIUIEventFrame, RTVIUISnapshotFrame),
    *(RTVIUICancelJobGroupFrame, BotOutputTransformResult),
)


class Upper(FrameProcessor):
    """A processor of one's own."""

    def __init__(self) -> None:
        super().__init__()
        self.passed: list[str] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TextFrame):
            frame.text = frame.text.upper()
            self.passed.append(frame.text)
        await self.push_frame(frame, direction)


class Shop(FrameProcessor):
    """Answers what clients ask, in the pipeline instead of in a handler."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, RTVIClientMessageFrame) and frame.type == "price":
            await self.push_frame(RTVIServerResponseFrame(frame, data={"euros": 5}))
        await self.push_frame(frame, direction)


def json(kind: str, data: Any = None, id_: str = "1") -> str:
    return RTVI.Message(type=kind, id=id_, data=data).model_dump_json(exclude_none=True)


class Running:
    """A task under way, and its viewers."""

    def __init__(self, task: PipelineTask) -> None:
        self.task = task
        self._run: asyncio.Task[Frame] | None = None

    async def __aenter__(self) -> "Running":
        self._run = asyncio.create_task(PipelineRunner().run(self.task))
        await self.settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.task.cancel()
        assert self._run is not None
        await asyncio.wait_for(self._run, 1)

    async def settle(self) -> None:
        """Until nothing is left to be done."""
        async with asyncio.timeout(5):
            for _ in range(5):
                await asyncio.sleep(0)
                while len(self.task.rtvi.jobs):  # noqa: ASYNC110 - jobs end by themselves
                    await asyncio.sleep(0)
                await self.task.flush_pipeline()

    async def client(self, name: str = "vera", version: str = "2.1.0") -> FakeViewer:
        """A client that has connected and said that it is ready."""
        viewer = FakeViewer(name)
        self.task.rtvi.join(viewer)
        about = {"library": "test"}
        await self.says(viewer, json("client-ready", {"version": version, "about": about}))
        return viewer

    async def says(self, viewer: FakeViewer, text: str) -> None:
        self.task.rtvi.receive(viewer, text)
        await self.settle()

    async def queue(self, *frames: Frame) -> None:
        await self.task.queue_frames(frames)
        await self.settle()


async def test_a_processor_of_ones_own_in_a_pipeline_of_ones_own() -> None:
    upper = Upper()
    task = PipelineTask(
        Pipeline([upper]),
        params=PipelineParams(enable_metrics=True, enable_usage_metrics=True),
        rtvi_processor=RTVIProcessor(config=RTVIConfig(config=[])),
        rtvi_observer_params=RTVIObserverParams(),
        enable_rtvi=True,
    )
    await task.queue_frames([TextFrame("hello"), EndFrame()])
    assert isinstance(await asyncio.wait_for(PipelineRunner().run(task), 1), EndFrame)
    assert upper.passed == ["HELLO"]


async def test_the_bot_is_ready_when_a_handler_says_so() -> None:
    task = PipelineTask(Pipeline([]))
    versions: list[list[int]] = []

    @task.rtvi.event_handler("on_client_ready")
    async def on_client_ready(rtvi: RTVIProcessor) -> None:
        versions.append(list(rtvi.client_version))
        await rtvi.set_bot_ready()

    async with Running(task) as running:
        viewer = await running.client()
        second = await running.client("otto", "1.2.0")
    assert versions == [[2, 1, 0], [1, 2, 0]]
    assert (viewer.types, second.types) == (["bot-ready"], ["bot-ready"])
    assert (viewer.got[0]["id"], viewer.got[0]["data"]["about"]["library"]) == ("1", "appliance")


async def test_without_a_word_from_the_handler_no_event_is_sent() -> None:
    task = PipelineTask(Pipeline([Upper()]))

    @task.rtvi.event_handler("on_client_ready")
    async def on_client_ready(rtvi: RTVIProcessor) -> None:
        return

    async with Running(task) as running:
        viewer = await running.client()
        await running.queue(UserStartedSpeakingFrame())
    assert viewer.types == []


async def test_a_clients_own_message_is_answered_to_the_client_that_sent_it() -> None:
    task = PipelineTask(Pipeline([]))

    @task.rtvi.event_handler("on_client_message")
    async def on_client_message(rtvi: RTVIProcessor, message: Any) -> None:
        if message.type == "price":
            await rtvi.send_server_response(message, {"euros": message.data["number"] * 5})
        else:
            await rtvi.send_error_response(message, f"no such thing: {message.type}")

    async with Running(task) as running:
        vera, otto = await running.client(), await running.client("otto")
        vera.forget()
        otto.forget()
        await running.says(vera, json("client-message", {"t": "price", "d": {"number": 2}}, "a"))
        await running.says(otto, json("client-message", {"t": "weather"}, "b"))
    assert vera.got == [{"type": "server-response", "id": "a", "data": {"t": "price", "d": {"euros": 10}}}]
    assert otto.got == [{"type": "error-response", "id": "b", "data": {"error": "no such thing: weather"}}]


async def test_a_processor_may_answer_a_client_instead_of_a_handler() -> None:
    async with Running(PipelineTask(Pipeline([Shop(), Upper()]))) as running:
        vera, otto = await running.client(), await running.client("otto")
        vera.forget()
        otto.forget()
        await running.says(vera, json("client-message", {"t": "price"}, "a"))
    assert vera.got == [{"type": "server-response", "id": "a", "data": {"t": "price", "d": {"euros": 5}}}]
    assert otto.got == []


async def test_a_message_of_the_servers_goes_to_all_from_a_frame_or_from_a_method() -> None:
    task = PipelineTask(Pipeline([Upper()]))
    async with Running(task) as running:
        vera, otto = await running.client(), await running.client("otto")
        await running.queue(RTVIServerMessageFrame(data={"stock": 3}))
        await task.rtvi.send_server_message({"stock": 2})
    said = [{"type": "server-message", "data": {"stock": number}} for number in (3, 2)]
    assert (vera.got[1:], otto.got[1:]) == (said, said)


async def test_what_is_reported_of_functions_is_chosen_by_name() -> None:
    levels = {"*": RTVIFunctionCallReportLevel.NONE, "weather": RTVIFunctionCallReportLevel.FULL}
    task = PipelineTask(Pipeline([Upper()]), rtvi_observer_params=RTVIObserverParams(function_call_report_level=levels))
    async with Running(task) as running:
        viewer = await running.client()
        viewer.forget()
        for name, number in (("weather", "id-1"), ("secret", "id-2")):
            called = FunctionCallFromLLM(name, number, {"city": "Rome"})
            await running.queue(
                FunctionCallsStartedFrame([called]),
                FunctionCallInProgressFrame(name, number, {"city": "Rome"}),
                FunctionCallResultFrame(name, number, {"city": "Rome"}, "sunny"),
            )
    told = str(viewer.got)
    assert ("weather" in told, "sunny" in told, "secret" in told) == (True, True, False)
    assert viewer.got[0] == {"type": "llm-function-call-started", "data": {"function_name": "weather"}}
    assert {"tool_call_id": "id-2"} in [message.get("data") for message in viewer.got]


async def test_what_is_observed_can_be_switched_off_from_the_start() -> None:
    params = RTVIObserverParams(user_speaking_enabled=False)
    async with Running(PipelineTask(Pipeline([Upper()]), rtvi_observer_params=params)) as running:
        viewer = await running.client()
        await running.queue(UserStartedSpeakingFrame())
    assert viewer.types == ["bot-ready"]


async def test_an_observer_of_ones_own_sees_frames_and_changes_nothing() -> None:
    class Starts(BaseObserver):
        frame_types = (StartFrame,)

        def __init__(self) -> None:
            self.seen: list[str] = []

        async def on_push_frame(self, data: FramePushed) -> None:
            self.seen.append(f"{data.source.name} to {data.destination.name}")

    starts = Starts()
    task = PipelineTask(Pipeline([]), observers=[starts], enable_rtvi=False)
    await task.queue_frame(EndFrame())
    await asyncio.wait_for(task.run(), 1)
    assert starts.seen == ["Source to Sink"]


def test_every_public_name_is_there() -> None:
    assert len({id(name) for name in ALL_NAMES}) == len(ALL_NAMES) - 1  # A worker is a task.
    assert PipelineWorker is PipelineTask
