"""The demo: one simulated caller rings the reception, listens to what the bot says, and asks for an order.

A program of its own (``python -m appliance.cli.demo URL``), like any phone: it knows the appliance by its addresses
only, follows the call over RTVI as a dashboard would, and at the end checks the call's record.
"""

import argparse
import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp

from appliance.cli import EXIT_INTERRUPTED
from appliance.cli.config import TOKEN_VARIABLE
from appliance.simulator import Call, CallResult, LiveCall, Phone, Sound
from appliance.speech.local.embedded_voice import EmbeddedVoice

RECEPTION = "+15555550100"
CALLER = "+15555550123"
INTERRUPTION = "order status"
"""What the caller says into the greeting; it is repeated if it was not understood."""

ANSWERS = (
    ("opening hours", INTERRUPTION),
    ("order number", "four seven one one"),
    ("do not find that number", "four seven one one"),
    ("4, 7, 1, 1. Is that right", "yes please"),
    ("Is that right", "no thanks"),
    ("Please say yes or no", "yes please"),
    ("anything else", "no thank you"),
)
"""What a caller who wants order 4711 answers, by what the bot said last; the first row that fits counts."""

MOST_ANSWERS = 14
PATIENCE_SECS = 20.0


class Viewer:
    """Follows the call over RTVI, as any dashboard would."""

    def __init__(self, base_url: str, token: str) -> None:
        self._url = base_url.replace("http", "ws", 1)
        self._token = token
        self.events: Counter[str] = Counter()
        self.said: list[str] = []
        self.ready = asyncio.Event()

    async def follow(self, call_id: str) -> None:
        """Reads events until the call has ended."""
        async with aiohttp.ClientSession() as http, await self._connect(http, call_id) as socket:
            hello = {"version": "2.1.0", "about": {"library": "appliance demo"}}
            await socket.send_json({"label": "rtvi-ai", "type": "client-ready", "id": "1", "data": hello})
            async for message in socket:
                self._take(json.loads(message.data))

    async def _connect(self, http: aiohttp.ClientSession, call_id: str) -> aiohttp.ClientWebSocketResponse:
        """A call can be watched from its stream's start; until then there is no such call."""
        headers = {"Authorization": f"Bearer {self._token}"}
        for _ in range(100):
            try:
                return await http.ws_connect(f"{self._url}/rtvi/{call_id}", headers=headers)
            except aiohttp.WSServerHandshakeError as error:
                if error.status != 404:
                    raise
            await asyncio.sleep(0.05)
        raise TimeoutError("the call could not be watched: it never began")

    def _take(self, message: dict[str, Any]) -> None:
        kind, data = message["type"], message.get("data") or {}
        self.events[kind] += 1
        if kind == "bot-ready":
            self.ready.set()
        elif kind == "bot-output" and data.get("spoken_status") == "new":
            self.said.append(data["text"])
            _show("bot", data["text"])
        elif kind == "bot-interrupted":
            _show("", "(the bot is interrupted)")
        elif kind == "user-transcription" and data.get("final"):
            _show("understood", data["text"])
        elif kind.startswith("llm-function-call"):
            _show("function", f"{kind.removeprefix('llm-function-call-')} {json.dumps(data)}")


async def converse(live: LiveCall, viewer: Viewer, speak: Any) -> None:
    """The caller's side: interrupts the greeting, then answers whatever the bot asks."""
    line = live.line
    await line.bot_speaks(PATIENCE_SECS)
    await line.until(lambda: bool(viewer.said), PATIENCE_SECS)
    over = line.ticks + 60
    await line.until(lambda: line.ticks >= over)
    await _say(line, INTERRUPTION, speak, "interrupts: ")
    for _ in range(MOST_ANSWERS):
        await line.bot_has_spoken(PATIENCE_SECS)
        if live.is_over:
            return
        last = " ".join(viewer.said[-2:])
        answer = next((answer for fragment, answer in ANSWERS if fragment in last), None)
        if answer is not None:
            await _say(line, answer, speak)


async def _say(line: Any, text: str, speak: Any, how: str = "") -> None:
    sound = Sound.from_pcm(await speak(text), text)
    _show("caller", f"{how}{text}")
    await line.say(sound).done.wait()


async def run(url: str, token: str, voice: str, save: Path) -> int:
    """Places the call, shows it and checks it. Returns 0, or 4 when it did not go as it should."""
    viewer = Viewer(url, token)
    async with EmbeddedVoice() as embedded:

        async def speak(text: str) -> bytes:
            return await embedded.speak(text, voice=voice)

        async with Phone(speaker=embedded) as phone:
            print(f"A simulated caller ({voice}) rings {RECEPTION}.\n")
            live = await phone.dial(Call(url=f"{url}/twilio/voice", to=RECEPTION, from_number=CALLER, limit_secs=150))
            watching = asyncio.create_task(viewer.follow(live.sid))
            talking = asyncio.create_task(converse(live, viewer, speak))
            try:
                result = await live.result()
                talking.cancel()
                await asyncio.wait({talking, watching}, timeout=8)
            finally:
                talking.cancel()
                watching.cancel()
                await asyncio.gather(talking, watching, return_exceptions=True)
            problems = [*result.problems, *await _problems(url, token, result, viewer)]
    save.parent.mkdir(parents=True, exist_ok=True)
    result.save(save)
    _report(result, viewer, save)
    for problem in problems:
        print(f"PROBLEM  {problem}")
    print("\nThe demo went well." if not problems else "\nThe demo FAILED.")
    return 4 if problems else 0


async def _problems(url: str, token: str, result: CallResult, viewer: Viewer) -> list[str]:
    """What the call's record and its events should have been and were not."""
    headers = {"Authorization": f"Bearer {token}"}
    address = f"{url}/api/calls/{result.call_sid}"
    async with aiohttp.ClientSession(headers=headers) as http, http.get(address) as reply:
        record = await reply.json()
    problems = []
    status = [turn["details"].get("result") for turn in record.get("turns", []) if turn["text"] == "order_status"]
    if not status or not status[-1] or status[-1].get("state") != "was shipped yesterday":
        problems.append(f"order 4711 was not looked up: the function's results were {status}")
    if record.get("outcome") != "completed":
        problems.append(f"the call's outcome is {record.get('outcome')!r}, expected 'completed'")
    if not viewer.events["bot-interrupted"]:
        problems.append("the caller's interruption was not seen over RTVI")
    return problems


def _report(result: CallResult, viewer: Viewer, save: Path) -> None:
    seen = ", ".join(f"{count} {kind}" for kind, count in viewer.events.most_common(8))
    gaps = [f"{turn.gap_secs * 1000:.0f}" for turn in result.turns if turn.gap_secs is not None]
    print(f"\nRTVI     {sum(viewer.events.values())} events: {seen}, ...")
    print(f"answer   {(result.answer_secs or 0) * 1000:.0f} ms until the bot was heard")
    print(f"gaps     {', '.join(gaps)} ms from the caller's last sound to the bot's first")
    print(f"audio    {save} (left: caller, right: bot), {result.secs:.0f} s")


def _show(who: str, what: str) -> None:
    print(f"  {who:>10}  {what}", flush=True)


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--voice", default="en-us+f3")
    parser.add_argument("--save", type=Path, default=Path("var/demo.wav"))
    given = parser.parse_args()
    try:
        return asyncio.run(run(given.url, os.environ.get(TOKEN_VARIABLE, ""), given.voice, given.save))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
