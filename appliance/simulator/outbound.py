"""Calls that the server places over REST: somebody's telephone rings, and TwiML is run for whoever picks up."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from appliance.simulator.humans import HUMANS
from appliance.simulator.leg import Document, Leg
from appliance.simulator.live import LiveCall
from appliance.simulator.script import Speaker, Wait
from appliance.simulator.verbs import CallEnd


class OutboundCall(LiveCall):
    """Rings where ``leg.call.to`` is; ``first`` gives the TwiML once somebody has picked up."""

    def __init__(self, leg: Leg, first: Callable[[], Awaitable[Document]], speaker: Speaker | None) -> None:
        super().__init__(leg, [Wait("end")], speaker)
        self._get_first = first

    async def _first(self) -> Document | CallEnd:
        leg = self.leg
        leg.tell("carrier", f"calls {leg.call.to} from {leg.call.from_number}")
        return await self._left_for(self._ring())

    async def _ring(self) -> Document | CallEnd:
        call = self.leg.call
        human = HUMANS[call.human]
        await self._rest(call.longest_ring_secs if call.human == "no-answer" else call.ring_secs)
        if not human.picks_up:
            self.leg.status = human.status
            return CallEnd(human.status)
        self.leg.tell("human", "picks up")
        if call.human == "hangs-up":
            self.leg.answered = datetime.now(UTC)
            return CallEnd("the human hung up")
        return await self._get_first()

    async def _rest(self, secs: float) -> None:
        over = self.leg.line.now_secs + secs
        await self.leg.line.until(lambda: self.leg.line.now_secs >= over)
