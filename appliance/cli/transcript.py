"""RTVI messages as lines for a terminal: a call's conversation, and the house's list of calls."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

Write = Callable[[str], None]
Message = dict[str, Any]

WHO = {"user": "caller", "assistant": "bot"}


def printable(text: object) -> str:
    """Text of strangers without what a terminal would obey."""
    return "".join(one if one.isprintable() else " " for one in str(text))


class CallLines:
    """One call: what was said, as far as it was heard, and what happened meanwhile."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._heard: dict[int, str] = {}
        self._running: set[str] = set()
        """Function calls that were told of."""
        self._state = "live"
        self._takers: dict[str, Callable[[Message], None]] = {
            "bot-interrupted": self._interrupted,
            "bot-output": self._output,
            "call-ended": self._ended,
            "call-updated": lambda data: self._updated(data["call"]),
            "error": lambda data: self._line("error", data.get("error") or data.get("message")),
            "events-dropped": lambda data: self._line("", f"({sum(data['counts'].values())} events were skipped)"),
            "llm-function-call-in-progress": self._function_began,
            "llm-function-call-stopped": self._function_stopped,
            "said-for-caller": self._said_for_caller,
            "snapshot": self._snapshot,
            "supervisor-acted": self._acted,
            "user-transcription": self._transcription,
        }

    def take(self, message: Message) -> None:
        """Writes what a message tells, if it tells anything."""
        data = message.get("data") or {}
        kind = data.get("type") if message["type"] == "server-message" else message["type"]
        taker = self._takers.get(str(kind))
        if taker is not None:
            taker(data)

    def _line(self, who: str, text: object) -> None:
        self._write(f"{who:<8} {printable(text)}")

    def _snapshot(self, data: Message) -> None:
        call = data["call"]
        since = datetime.fromisoformat(call["started_at"]).astimezone().strftime("%H:%M:%S")
        self._line("call", f"{call['call_id']}: {call['from']} to {call['to']}, {call['dialplan']}, since {since}")
        for line in data["conversation"]:
            if "by" in line:
                self._said_for_caller(line)
            elif line.get("interrupted"):
                self._line("bot", f"{line['heard']}... (cut off)")
            elif line.get("spoken_status", "completed") != "completed":
                self._heard[line["segment_id"]] = line["heard"]  # Told once it was heard, as if one had been there.
            else:
                self._line(WHO[line["role"]], line["text"])
        for function in data["functions"]:
            self._function_began(function)
        self._updated(call)

    def _updated(self, call: Message) -> None:
        """What happens to a call besides what is said."""
        taken_over_by = call.get("taken_over_by")
        state = f"taken over by {taken_over_by}" if taken_over_by else call.get("state", "live")
        if state != self._state:
            self._state = state
            self._line("call", state)

    def _acted(self, data: Message) -> None:
        outcome = "" if data["outcome"] == "done" else f" ({data['outcome']})"
        self._line(data["who"], f"{data['what']}{outcome}")

    def _said_for_caller(self, data: Message) -> None:
        self._line(data["by"], f"for the caller: {data['text']}")

    def _transcription(self, data: Message) -> None:
        if data["final"]:
            self._line("caller", data["text"])

    def _output(self, data: Message) -> None:
        segment = data["segment_id"]
        if data.get("spoken_status") in ("new", "in-progress"):
            self._heard[segment] = data["spoken_progress"]["accumulated_text"]
            return
        self._heard.pop(segment, None)
        self._line("bot", data["text"] if data["will_be_spoken"] else f"({data['text']})")

    def _interrupted(self, _: Message) -> None:
        for heard in self._heard.values():
            self._line("bot", f"{heard}... (cut off)")
        self._heard.clear()

    def _function_began(self, data: Message) -> None:
        """One that a snapshot told of comes once more where the viewer is to execute it."""
        if data["tool_call_id"] in self._running:
            return
        self._running.add(data["tool_call_id"])
        arguments = ", ".join(f"{name}={value}" for name, value in data.get("arguments", {}).items())
        self._line("function", f"{data.get('function_name', 'a function')}({arguments})")

    def _function_stopped(self, data: Message) -> None:
        self._running.discard(data["tool_call_id"])
        result = "cancelled" if data["cancelled"] else data.get("result", "done")
        self._line("function", f"{data.get('function_name', 'a function')} -> {result}")

    def _ended(self, data: Message) -> None:
        self._line("call", f"ended: {data.get('outcome', 'over')}")


class HouseLines:
    """All calls: as they come and go, and the last words of each."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._words: dict[str, str] = {}
        self._takers: dict[str, Callable[[Message], None]] = {
            "snapshot": self._snapshot,
            "call-started": lambda data: self._call("started", data["call"]),
            "call-updated": self._updated,
            "call-ended": self._ended,
        }

    def take(self, message: Message) -> None:
        """Writes what a message tells, if it tells anything."""
        data = message.get("data") or {}
        taker = self._takers.get(str(data.get("type")))
        if message["type"] == "server-message" and taker is not None:
            taker(data)

    def _snapshot(self, data: Message) -> None:
        if not data["calls"]:
            self._write("No call right now; a call appears here when it comes in.")
        for call in data["calls"]:
            self._call("live", call)

    def _call(self, state: str, call: Message) -> None:
        self._write(printable(f"{call['call_id']}  {state:<8} {call['from']} to {call['to']}, {call['dialplan']}"))
        self._updated({"call": call})

    def _updated(self, data: Message) -> None:
        call = data["call"]
        last = call.get("last_words")
        words = f"{last['who']:<8} {last['text']}" if last else ""
        if words and self._words.get(call["call_id"]) != words:
            self._words[call["call_id"]] = words
            self._write(printable(f"{call['call_id']}  {words}"))

    def _ended(self, data: Message) -> None:
        self._words.pop(data["call_id"], None)
        self._write(printable(f"{data['call_id']}  ended    {data.get('outcome', '')}").rstrip())
