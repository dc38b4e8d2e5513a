"""A call that is going on: its TwiML is run, its caller does what was planned, and anybody may step in."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from appliance.simulator.leg import CallFailedError, Document, Leg
from appliance.simulator.line import Line
from appliance.simulator.result import CallResult
from appliance.simulator.script import Action, BotStayedSilentError, Speaker, Wait, perform
from appliance.simulator.sound import SAMPLE_RATE_HZ
from appliance.simulator.timings import Tape, barge_ins, turns
from appliance.simulator.verbs import CallEnd, Verbs

Interruption = CallEnd | Callable[[], Coroutine[Any, Any, Document]]
"""What somebody outside wants of a call: its end, or other TwiML (fetched when the old one has been left)."""

NEVER_ANSWERED = ("busy", "no-answer", "canceled")
HEARD_VERBS = {"Dial", "Enqueue", "Gather", "Play", "Say"}
"""With these, a caller hears something even though no bot was heard."""


class LiveCall:
    """Made by a Phone. ``line`` may be spoken into at any time; ``result()`` waits for the end."""

    def __init__(self, leg: Leg, actions: list[Action], speaker: Speaker | None) -> None:
        self.leg = leg
        self._actions = actions
        self._verbs = Verbs(leg, speaker)
        self._interruption: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._wanted: Interruption = CallEnd("nobody knows why")
        """What whoever interrupted wants."""
        self._main: asyncio.Task[CallResult] | None = None

    @property
    def line(self) -> Line:
        """The caller's end."""
        return self.leg.line

    @property
    def sid(self) -> str:
        """The call's id."""
        return self.leg.sid

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return bool(self.leg.end)

    def begin(self) -> None:
        """The phone rings."""
        self._main = asyncio.create_task(self._run())

    def interrupt(self, what: Interruption) -> None:
        """What the call is doing is left at once; of two before it is, the end or the later one counts."""
        if self._interruption.done() and isinstance(self._wanted, CallEnd):
            return
        self._wanted = what
        self.leg.is_hung_up = isinstance(what, CallEnd)
        if not self._interruption.done():
            self._interruption.set_result(None)

    async def hang_up(self, reason: str = "the caller hung up") -> CallResult:
        """The caller hangs up. Returns the result."""
        self.interrupt(CallEnd(reason))
        return await self.result()

    async def result(self) -> CallResult:
        """Waits for the end of the call."""
        assert self._main is not None
        return await asyncio.shield(self._main)

    async def cancel(self) -> None:
        """Ends the call as it is, without a result."""
        if self._main is not None and not self._main.done():
            self._main.cancel()
            await asyncio.wait({self._main})

    async def _run(self) -> CallResult:
        leg = self.leg
        await leg.progress("ringing", "initiated")
        await leg.progress("ringing", "ringing")
        leg.line.start()
        caller: asyncio.Task[None] | None = None
        try:
            outcome = await self._first()
            if isinstance(outcome, Document):
                leg.answered, leg.answered_secs = datetime.now(UTC), leg.line.now_secs
                rejects = bool(outcome.verbs) and outcome.verbs[0].name == "Reject"
                if not rejects:
                    await leg.progress("in-progress", "answered")
                    caller = asyncio.create_task(self._act())
            await self._follow(outcome)
        finally:
            if caller is not None:
                caller.cancel()
                await asyncio.wait({caller})
            await leg.line.stop()
        return await self._finish()

    async def _first(self) -> Document | CallEnd:
        leg = self.leg
        leg.tell("carrier", f"calls {leg.call.to} from {leg.call.from_number}")
        return await self._left_for(leg.fetch(leg.url, {}))

    async def _follow(self, outcome: Document | CallEnd) -> None:
        """Runs document after document until the call ends."""
        try:
            async with asyncio.timeout(self.leg.call.limit_secs):
                while isinstance(outcome, Document):
                    outcome = await self._left_for(self._verbs.run(outcome))
        except TimeoutError:
            self.leg.fail(f"The call had not ended after {self.leg.call.limit_secs:g} s.")
            outcome = CallEnd("time limit")
        assert isinstance(outcome, CallEnd)
        self.leg.ended = datetime.now(UTC)
        self.leg.end = outcome.reason

    async def _left_for(self, work: Coroutine[Any, Any, Document | CallEnd]) -> Document | CallEnd:
        """Does ``work`` unless somebody interrupts: then it is cancelled, and what they want is the outcome."""
        task = asyncio.create_task(work)
        try:
            either: set[asyncio.Future[Any]] = {task, self._interruption}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not self._interruption.done():
                return task.result()
        except CallFailedError:
            return CallEnd("an error")
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, CallFailedError):
                await task
        self._interruption, wanted = asyncio.get_running_loop().create_future(), self._wanted
        return wanted if isinstance(wanted, CallEnd) else await self._left_for(wanted())

    async def _act(self) -> None:
        """The caller does what was planned, then hangs up."""
        call = self.leg.call
        try:
            for action in self._actions:
                if action == Wait("end"):
                    return
                await perform(action, self.line, call.patience_secs)
            await asyncio.sleep(call.grace_secs)
        except BotStayedSilentError as error:
            self.leg.fail(str(error))
        self.interrupt(CallEnd("the caller hung up"))

    async def _finish(self) -> CallResult:
        leg, line = self.leg, self.leg.line
        secs = line.now_secs
        leg.tell("carrier", f"the call is over: {leg.end}")
        final = leg.status if leg.status in NEVER_ANSWERED else "completed" if leg.answered else "failed"
        await leg.progress(final, "completed")
        tape = Tape(line.caller_track, line.bot_track)
        first = tape.first_bot_sample()
        silence = tape.longest_silence(round(leg.answered_secs * SAMPLE_RATE_HZ))
        if leg.answered and silence.secs > leg.call.dead_air_secs:
            leg.fail(f"Nobody could be heard for {silence.secs:.1f} s from {silence.start_secs:.1f} s on.")
        if leg.answered and first is None and not leg.problems and not HEARD_VERBS.intersection(leg.verbs):
            leg.fail("The bot was never heard.")
        leg.items.sort(key=lambda item: item.at_secs)
        return CallResult(
            call_sid=leg.sid,
            items=leg.items,
            verbs=leg.verbs,
            dialled=leg.dialled,
            turns=turns(tape, line.utterances, line.arrivals),
            barge_ins=barge_ins(tape, line.utterances, line.clearings),
            answer_secs=None if first is None else first / SAMPLE_RATE_HZ,
            longest_silence=silence,
            violations=leg.violations,
            problems=[f"{violation.code}: {violation.text}" for violation in leg.violations] + leg.problems,
            marks=leg.marks,
            streams=leg.streams,
            end=leg.end,
            secs=secs,
            worst_delay_secs=line.worst_delay_secs,
            caller_track=tape.caller,
            bot_track=tape.bot,
        )
