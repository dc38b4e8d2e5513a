"""One call: from its first stream to its record, across streams that are lost and come back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appliance.bus import Bus, CallEnded, CallStarted, CallUpdated
from appliance.call.audit import AuditTrail
from appliance.call.controls import offer_controls
from appliance.call.ending import EndWatch
from appliance.call.engine_log import EngineLog
from appliance.call.engines import Engines
from appliance.call.keeping import Keeper
from appliance.call.line import Line
from appliance.call.privacy import Privacy
from appliance.call.recorder import Recorder
from appliance.call.sound import CallSound
from appliance.call.transferring import TransferLog, TransferWatch
from appliance.call.watchdogs import DeadAirWatchdog
from appliance.call.wiring import pipeline_of, transport_of
from appliance.carriers.base import Capabilities
from appliance.clock import WallClock, wall
from appliance.dialogue.scripted import ScriptedDialogue
from appliance.dialplan import LoadedDialplan, recorded_by, redactor_of
from appliance.frames import CancelFrame, EndFrame, EngineFailedFrame, Frame, TransferFailedFrame, TransferFrame
from appliance.functions import Means, Surroundings
from appliance.pipeline import BaseObserver
from appliance.records import CallRecord, Record, RecordStore
from appliance.rtvi import RTVIProcessor
from appliance.task.task import FATAL

log = logging.getLogger(__name__)

FAREWELL_SECS = 15.0
"""How long a call that has reached its limit may take to say what it was saying."""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What the carrier says of a call. Numbers are E.164 text where the carrier gives it."""

    call_id: str
    carrier: str
    caller: str
    called: str


class Call:
    """A live call. ``run`` starts its pipeline; streams attach and detach; ``ending`` is how it is to end."""

    def __init__(
        self,
        facts: CallFacts,
        loaded: LoadedDialplan,
        engines: Engines,
        capabilities: Capabilities,
        records: RecordStore,
        bus: Bus,
        *,
        observers: Sequence[BaseObserver] = (),
        longest_secs: float,
        means: Means | None = None,
        keeper: Keeper | None = None,
        clock: WallClock = wall,
    ) -> None:
        """``means`` is what its functions may use of the house; ``keeper`` keeps the sound that is recorded."""
        self.facts = facts
        self.loaded = loaded
        self.ending: EndFrame | None = None
        self.transfer: TransferFrame | None = None
        """How the caller is to be handed over, or is being."""
        self.started_at = clock()
        self.on_ending: Callable[[], None] = lambda: None
        """Called once the bot has said its last word: the stream hangs up or passes the caller on."""
        plan = loaded.plan
        self._clock = clock
        self._bus = bus
        privacy = Privacy(recorded_by(plan, facts.caller), keep=plan.redaction.keep)
        self._record: Callable[[Record], None] = lambda record: records.put(privacy.of(record))
        self.transfers = TransferLog(self._record, clock)
        self._longest_secs = min(longest_secs, plan.max_call_secs or longest_secs)
        self._dialogue = _dialogue_of(loaded, facts, engines)
        patience = engines.dead_air_secs(with_model=self._dialogue.reads_context)
        self._dead_air = DeadAirWatchdog(self._on_dead_air, secs=patience, call_id=facts.call_id)
        self._engine_log = EngineLog(clock)
        end = EndWatch()
        self.transport = transport_of(plan, marks=capabilities.clear_returns_marks)
        about = {"call_id": facts.call_id, "caller": facts.caller, "called": facts.called, "dialplan": plan.name}
        self._sound = CallSound(plan, self.transport, keeper, about, self.update, clock)
        recorder = Recorder(facts.call_id, self._record)
        pipeline = pipeline_of(
            plan,
            engines,
            self._dialogue,
            self.transport,
            [recorder, self._engine_log, self._dead_air, end, TransferWatch(self._pass_on), *observers],
            surroundings=self._surroundings(means or Means()),
            behind=self._sound.processors,
            announcement=self._sound.announcement,
        )
        self.task = pipeline.task
        offer_controls(pipeline, plan, engines, end, self._dialogue, taken_over_by=self._taken_over)
        self.task.rtvi.audit = AuditTrail(facts.call_id, self._record).add
        self.task.rtvi.redactor = redactor_of(plan, facts.caller)
        self._runner: asyncio.Task[Frame] | None = None
        self._limit: asyncio.TimerHandle | None = None
        self._left_secs = 0.0
        """What the call's time limit leaves while its caller is with somebody else."""

    def _taken_over(self, by: str | None) -> None:
        self.update(taken_over_by=by)

    def _surroundings(self, means: Means) -> Surroundings:
        """What its functions may know of it."""
        return Surroundings(
            call_id=self.facts.call_id,
            caller=self.facts.caller,
            called=self.facts.called,
            dialplan=self.loaded.plan.name,
            variables=lambda: self._dialogue.variables,
            clock=self._clock,
            hours=self.loaded.plan.hours,
            means=means,
        )

    @property
    def rtvi(self) -> RTVIProcessor:
        """Where supervisors join."""
        return self.task.rtvi

    @property
    def is_over(self) -> bool:
        """Whether the bot has nothing more to do with it."""
        return self._runner is not None and self._runner.done()

    def start(self, line: Line) -> None:
        """The first stream is there: the bot answers."""
        self.transport.attach(line)
        self._save()
        self._publish_started()
        self._limit = asyncio.get_running_loop().call_later(self._longest_secs, self._too_long)
        self._runner = asyncio.create_task(self.task.run(), name=f"call {self.facts.call_id}")
        self._runner.add_done_callback(self._ended)

    def resume(self, line: Line) -> None:
        """Another stream is there: the conversation goes on."""
        self.transport.attach(line)
        self.transport.back()
        self.update(state="live")

    def hand_over(self) -> None:
        """The caller is with somebody else now; nobody waits for the bot, and its time does not run."""
        assert self.transfer is not None
        self.transfers.began(self.transfer.transfer, self.transfer.by)
        self.transport.detach()
        self._save()
        self.update(state="transferring", transferring_to=self.transfer.transfer.to)
        if self._limit is not None:
            self._left_secs = self._limit.when() - asyncio.get_running_loop().time()
            self._limit.cancel()

    def take_back(self, line: Line, result: str) -> None:
        """Nobody took the call: the caller is back on this line, and the conversation goes on."""
        self.transfer = None
        self.transport.attach(line)
        self.task.post_frame(TransferFailedFrame(result))
        self.update(state="live", transferring_to=None)
        if self._limit is not None:
            secs = max(self._left_secs, FAREWELL_SECS)
            self._limit = asyncio.get_running_loop().call_later(secs, self._too_long)

    def line_lost(self) -> None:
        """The stream is gone without a word."""
        if not self.is_over:
            self.transport.detach()
            self.update(state="line lost")

    def update(self, **changes: object) -> None:
        """Tells the house, until the call is over."""
        if self._limit is not None:
            self._bus.publish(CallUpdated(self.facts.call_id, self._clock(), changes))

    async def finish(self, outcome: str, reason: str) -> None:
        """The call is over: its pipeline ends, its record is complete, the house knows. Only the first one counts."""
        if self._limit is None:
            return
        self._limit.cancel()
        self._limit = None
        self._dead_air.stop()
        if self._runner is not None and not self._runner.done():
            await self.task.cancel(reason=reason)
            await asyncio.wait({self._runner}, timeout=2)
            self._runner.cancel()
        self.transport.output().stop()
        self._sound.stop()
        ended_at = self._clock()
        self._save(ended_at=ended_at, outcome=outcome, reason=reason)
        self._bus.publish(CallEnded(self.facts.call_id, ended_at, outcome, reason, ended_at - self.started_at))

    def _ended(self, runner: asyncio.Task[Frame]) -> None:
        """The pipeline is over. One that broke is no reason to leave its caller alone: the fallback takes over."""
        if runner.cancelled() or self._limit is None:
            return
        if (error := runner.exception()) is not None:
            log.error("a call's pipeline broke", exc_info=error, extra={"call_id": self.facts.call_id})
            self.ending = self._apology("broken")
        elif isinstance(frame := runner.result(), EndFrame):
            self.ending = frame
        elif isinstance(frame, CancelFrame):  # From within: nobody else knows yet that the bot is gone.
            self.ending = self._apology(frame.reason) if frame.reason == FATAL else EndFrame(frame.reason)
        self.on_ending()

    def _pass_on(self, frame: TransferFrame) -> None:
        self.transfer = frame
        self.on_ending()

    def _apology(self, reason: str) -> EndFrame:
        return EndFrame(reason, self.loaded.plan.fallback.transfer, apology=True)

    def _on_dead_air(self) -> None:
        self.task.post_frame(EngineFailedFrame("dialogue", "no answer came"))

    def _too_long(self) -> None:
        log.info("a call reached its limit of %.0f s", self._longest_secs, extra={"call_id": self.facts.call_id})
        self._limit = asyncio.get_running_loop().call_later(FAREWELL_SECS, self._far_too_long)
        self.task.post_frame(EndFrame("longest call reached"))

    def _far_too_long(self) -> None:
        self.ending = EndFrame("longest call reached")
        self.on_ending()

    def _publish_started(self) -> None:
        facts = self.facts
        self._bus.publish(
            CallStarted(
                facts.call_id, self.started_at, self.loaded.plan.name, facts.carrier, facts.caller, facts.called
            )
        )

    def _save(self, *, ended_at: float | None = None, outcome: str | None = None, reason: str | None = None) -> None:
        facts = self.facts
        record = CallRecord(
            call_id=facts.call_id,
            carrier=facts.carrier,
            caller=facts.caller,
            called=facts.called,
            dialplan=self.loaded.plan.name,
            started_at=self.started_at,
            answered_at=self.started_at,
            ended_at=ended_at,
            outcome=outcome,
            end_reason=reason,
            duration_secs=None if ended_at is None else ended_at - self.started_at,
            metadata={"tags": list(self.loaded.plan.tags), **self._dialogue.facts(), **self._engine_log.facts()},
            dialplan_file=self.loaded.place,
            dialplan_version=self.loaded.version,
        )
        self._record(self.transfers.in_record(record))


def _dialogue_of(loaded: LoadedDialplan, facts: CallFacts, engines: Engines) -> ScriptedDialogue:
    """The conversation that the dialplan describes."""
    return ScriptedDialogue(
        loaded.plan,
        loaded.expectations,
        caller=facts.caller,
        called=facts.called,
        model=engines.model,
        realtime=engines.realtime,
    )
