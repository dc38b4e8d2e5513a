"""A dialplan that hands callers over in every way, and services that serve it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from appliance.simulator import Call, CallResult, LiveCall, Phone, Press, Wait
from tests.whole.appliance import Appliance, running
from tests.whole.carrier import NUMBER

ACCOUNT, AUTH_TOKEN = "AC" + "5" * 32, "fedcba9876543210fedcba9876543210"

COLD = """\
name: Handing over
numbers: ["+15555550100", "sip:bot@example.com"]
greeting: Welcome.
fallback: {say: We have a technical problem., transfer: "+15555550199"}
steps:
  question:
    ask: Whom do you want?
    expect:
      sales: {say: sales, keys: "2", next: number}
      office: {say: the office, keys: "3", next: address}
      support: {say: support, keys: "4", next: queue}
      anybody: {say: anybody, keys: "7", next: plain}
      nobody: {say: nobody, keys: "9", next: done}
    save_as: wanted
    otherwise: done
  number: {transfer: {to: "+15555550198", say: One moment please., ring_secs: 5, no_answer: sorry}}
  address: {transfer: {to: "sip:office@example.com;transport=tls", no_answer: sorry}}
  queue: {transfer: {to: "queue:support", ring_secs: 5, no_answer: sorry}}
  plain: {transfer: "+15555550197"}
  sorry: {say: "Nobody is there for {{ wanted }}.", next: else}
  else:
    ask: Anything else?
    yes_no: {yes: question, no: done}
    otherwise: done
  done: {hang_up: Goodbye.}
"""

WARM = """\
name: Telling first
numbers: ["+15555550100", "sip:bot@example.com"]
greeting: Welcome.
functions:
  note: {sms: "You asked for {{ wanted }}.", fallback: I could not send it.}
steps:
  question:
    ask: Whom do you want?
    expect:
      boss: {say: the boss, keys: "6", next: warm}
      note: {say: a note, keys: "7", next: note}
    save_as: wanted
    otherwise: done
  warm:
    transfer:
      to: "+15555550196"
      say: Please hold.
      ring_secs: 5
      no_answer: sorry
      warm: {summary: "A call from {{ caller }} for {{ wanted }} & <co>."}
  sorry: {say: "Nobody is there for {{ wanted }}.", next: else}
  note: {call: note, found: noted, not_found: noted, failed: noted}
  noted: {say: Look at your telephone., next: else}
  else:
    ask: Anything else?
    yes_no: {yes: question, no: done}
    otherwise: done
  done: {hang_up: Goodbye.}
"""
"""Only with credentials can somebody be told first, and text messages be sent."""


@contextmanager
def serving(directory: Path, listener: socket.socket, plan: str, **settings: str) -> Iterator[Appliance]:
    """A service with this dialplan and the test's own engines."""
    dialplans = directory / "dialplans"
    dialplans.mkdir(parents=True)
    (dialplans / "plan.yaml").write_text(plan)
    uri = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    with running(directory / "data", dialplans, environ=None, speech__uri=uri, **settings) as service:
        yield service


def calling(service: Appliance, key: str, *, human: str = "answers", talk_secs: float = 2.0) -> Call:
    """A caller who presses this key once the bot has spoken, and waits for the end."""
    return Call(
        url=service.voice_url,
        to=NUMBER,
        actions=[Wait("bot"), Press(key), Wait("end")],
        human=human,
        talk_secs=talk_secs,
        status_callback=f"{service.url}/twilio/status",
    )


async def played(phone: Phone, call: Call, *keys: str) -> CallResult:
    """Plays a call whose caller presses one more key each time the bot has spoken on a further stream."""
    live = await phone.dial(call)
    for number, key in enumerate(keys, 2):
        await live.line.until(partial(_has_streamed, live, number), 30)
        await live.line.bot_speaks(20)
        await live.line.until(lambda: not live.line.bot_is_speaking, 20)
        live.line.press(key)
    return await live.result()


def _has_streamed(live: LiveCall, number: int) -> bool:
    return live.leg.streams == number and live.line.stream is not None


async def story(service: Appliance, call_id: str) -> list[str]:
    """What the bot said after its question, in order."""
    record = await service.record(call_id)
    return [turn["text"] for turn in record["turns"] if turn["who"] == "bot"][1:]


async def transfers(service: Appliance, call_id: str) -> list[tuple[str, str | None]]:
    """To whom a call was passed on, and what came of it, by its record."""
    record = await service.record(call_id)
    return [(one["to"], one["result"]) for one in record["metadata"]["transfers"]]
