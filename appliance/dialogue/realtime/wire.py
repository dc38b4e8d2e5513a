"""What is said to a server of OpenAI's Realtime API, and how its events are read.

See OpenAI's documentation, "Realtime conversations" and the reference of the client and server events. Audio is G.711
mu-law in both directions, as the telephone has it. Answers are always asked for: also where the server detects the
caller's turns it neither answers nor interrupts by itself, so that a bot that must be silent is.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from appliance.dialogue.chat import Tool
from appliance.errors import ProtocolError
from appliance.settings.realtime import RealtimeEngine

Event = dict[str, Any]
"""An event of the server's: ``{"type": str, ...}``."""

COMMIT = json.dumps({"type": "input_audio_buffer.commit"})
CLEAR = json.dumps({"type": "input_audio_buffer.clear"})
_FORMAT = {"type": "audio/pcmu"}


def read(message: str | bytes) -> Event:
    """A server's event. Raises ProtocolError for what is none."""
    try:
        event = json.loads(message)
    except (ValueError, RecursionError):
        raise ProtocolError("a message that is not JSON, expected an event") from None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise ProtocolError("a message without a type, expected an event")
    return event


def audio_of(event: Event) -> bytes:
    """A delta's audio. Raises ValueError for what is none."""
    return base64.b64decode(event["delta"], validate=True)


def session(
    engine: RealtimeEngine, instructions: str, tools: Sequence[Tool], *, language: str, silence_secs: float
) -> str:
    """What the model is, hears and speaks."""
    heard: dict[str, Any] = {"format": _FORMAT, "turn_detection": _turn_detection(engine, silence_secs)}
    if engine.transcription_model is not None:
        heard["transcription"] = {"model": engine.transcription_model, "language": language}
    told: dict[str, Any] = {
        "type": "realtime",
        "model": engine.model,
        "instructions": instructions,
        "output_modalities": ["audio"],
        "audio": {"input": heard, "output": {"format": _FORMAT, "voice": engine.voice}},
        "tools": [{"type": "function", **tool["function"]} for tool in tools],
        "tool_choice": "auto",
    }
    return json.dumps({"type": "session.update", "event_id": "session", "session": told})


def _turn_detection(engine: RealtimeEngine, silence_secs: float) -> Event | None:
    if engine.turn_detection == "own":
        return None
    detects: Event = {"type": engine.turn_detection, "create_response": False, "interrupt_response": False}
    if engine.turn_detection == "server_vad":
        detects["silence_duration_ms"] = round(silence_secs * 1000)
    return detects


def append(ulaw: bytes) -> str:
    """More of what the caller says."""
    return f'{{"type": "input_audio_buffer.append", "audio": "{base64.b64encode(ulaw).decode()}"}}'


def create(item: Mapping[str, Any]) -> str:
    """An item for the conversation."""
    return json.dumps({"type": "conversation.item.create", "item": item})


def respond(event_id: str, *, may_call: bool, max_tokens: int) -> str:
    """Asks for an answer."""
    wanted: Event = {"max_output_tokens": max_tokens}
    if not may_call:
        wanted["tool_choice"] = "none"
    return json.dumps({"type": "response.create", "event_id": event_id, "response": wanted})


def cancel(response_id: str) -> str:
    """Gives an answer up."""
    return json.dumps({"type": "response.cancel", "event_id": f"cancel-{response_id}", "response_id": response_id})


def truncate(item_id: str, ms: int) -> str:
    """Says how much of an answer the caller has heard."""
    told = {"item_id": item_id, "content_index": 0, "audio_end_ms": ms}
    return json.dumps({"type": "conversation.item.truncate", "event_id": f"truncate-{item_id}", **told})


def text_item(role: str, text: str) -> Event:
    """A message of text."""
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def call_item(call_id: str, name: str, arguments: str) -> Event:
    """A function call of an earlier connection's."""
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}


def result_item(call_id: str, output: str) -> Event:
    """What a function has given."""
    return {"type": "function_call_output", "call_id": call_id, "output": output}
