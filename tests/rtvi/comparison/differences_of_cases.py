"""What Pipecat's clients get otherwise than ours in single cases, and why."""

import json
from collections.abc import Sequence
from typing import Any

from appliance.rtvi.processor import MOST_WAITING
from tests.rtvi.comparison.case import JSON, Case
from tests.rtvi.comparison.corpus.functions import RESULTS, call
from tests.rtvi.comparison.corpus.speaking import SILENT
from tests.rtvi.comparison.differences import DOCUMENTED, NEWER, Difference, is_old
from tests.rtvi.comparison.rewriting import (
    Played,
    Rewrite,
    all_of,
    data_of,
    each,
    frames,
    instead,
    message,
    refused,
)

# What becomes what.


def _value(case: Case, data: JSON) -> JSON:
    def entry(kind: str, old: JSON) -> JSON:
        return {key: old[key] for key in ("processor", "model") if key in old} | {"value": old[kind]}

    return {
        kind: [entry(kind, old) if kind in ("ttfa", "ttfat") else old for old in entries]
        for kind, entries in data.items()
    }


def _results(case: Case, data: JSON) -> JSON:
    return {**data, "result": RESULTS[int(data["tool_call_id"])]}


def _own_lines(case: Case, old: JSON) -> Sequence[JSON]:
    own = [step["log"] for step in case.steps if step.get("call") == "CA1"]
    return [old] if old["type"] != "system-log" or old["data"]["text"] in own else []


def _unspoken_first(case: Case, played: Played) -> Played:
    first = [each for each in played.messages if each.get("data", {}).get("segment_id") == "x"]
    return Played(first + [each for each in played.messages if each not in first], played.frames)


def _hushed(case: Case, data: JSON) -> JSON:
    progress = data.get("spoken_progress")
    return {**data, "spoken_progress": {**progress, "accumulated_text": ""}} if progress else data


def hidden(*words: str) -> Rewrite:
    """These words are not told one by one."""

    def change(case: Case, old: JSON) -> Sequence[JSON]:
        data = old.get("data", {})
        is_word = old["type"] == "bot-tts-text" or data.get("aggregated_by") == "word"
        return [] if is_word and data["text"] in words else [old]

    return each(change)


def _late(case: Case, played: Played) -> Played:
    """Words are told before their progress, to clients of protocol 1 as bot-output, too."""
    *before, last = played.messages
    if is_old(case):
        old = {"text": "Good morning.", "spoken": True, "aggregated_by": "word", "segment_id": "a"}
        return Played([*played.messages, message("bot-output", old), word("Good morning.")], played.frames)
    return Played([*before, word("Good morning."), last], played.frames)


def _at_most(case: Case, played: Played) -> Played:
    """Those that are too many are refused at once, before the first is answered."""
    many = [refused("Too many messages at once: this one was not handled.", f"1.{n}") for n in range(MOST_WAITING, 100)]
    return Played(many + played.messages[:MOST_WAITING], played.frames[:MOST_WAITING])


def stopped(**data: Any) -> JSON:
    """The end of a call."""
    return message("llm-function-call-stopped", {"tool_call_id": "f1", "cancelled": False, **data})


def ended(value: Any, name: str = "weather", **data: str) -> JSON:
    """The end of a call, in full."""
    return stopped(function_name=name, result=value, **data)


def spoken(heard: str, rest: str, status: str, **data: Any) -> JSON:
    """A ``bot-output`` of words that are being heard."""
    progress = {"accumulated_text": heard, "remaining_text": rest}
    whole = {"text": "Good morning.", "spoken": False, "aggregated_by": "sentence", "segment_id": "a"}
    told = {"will_be_spoken": True, "spoken_status": status, "spoken_progress": progress}
    return message("bot-output", whole | told | data)


def word(text: str) -> JSON:
    """A ``bot-tts-text``."""
    return message("bot-tts-text", {"text": text})


def result(value: Any, **of: str) -> JSON:
    """The frame of a result."""
    return {"frame": "FunctionCallResultFrame", **call(**of), "result": value}


def asked(id: str = "1") -> JSON:  # noqa: A002
    """The frame of a client's own message."""
    return {"frame": "RTVIClientMessageFrame", "msg_id": id, "type": "ask", "data": None}


def answered(id: str = "1") -> JSON:  # noqa: A002
    """Its answer."""
    return message("server-response", {"t": "ask", "d": "yes"}, id)


def appended(role: str, content: str, run_llm: bool) -> JSON:
    """The frame of a message for the dialogue."""
    messages = [{"role": role, "content": content}]
    return {"frame": "LLMMessagesAppendFrame", "messages": messages, "run_llm": run_llm, "audio_response": True}


def sentence(text: str) -> JSON:
    """A ``bot-transcription``."""
    return message("bot-transcription", {"text": text})


INVALID = "Invalid message"
HEARD = {"frame": "InputAudioRawFrame", "audio": SILENT[:8], "sample_rate": 8000}
INTERRUPTED = {"frame": "InterruptionFrame"}
UNUSED = "the result was not used."
SERVICES = {"service": "tts", "options": [{"name": "voice", "value": "ann"}]}
SAYS = {"service": "tts", "action": "say", "arguments": [{"name": "text", "type": "string"}], "result": "string"}
EARLY = "A {} message before client-ready cannot be handled."
ACTED = {
    "type": "supervisor-acted",
    "who": "other",
    "role": "tester",
    "what": "client-message",
    "outcome": "done",
    "at": "then",
}

OF_CASES = [
    Difference(
        "Files may be sent.",
        NEWER,
        all_of(
            instead([message("bot-interrupted")], [refused("Unsupported type send-file")]),
            frames([INTERRUPTED], []),
        ),
        ("an unknown type",),
    ),
    Difference("Not each measurement has a value.", DOCUMENTED, data_of("metrics", _value), ("measurements",)),
    Difference(
        "A bot-transcription is no whole sentence where one ends within a piece.",
        DOCUMENTED,
        all_of(
            instead([sentence("We open. Shall")], [sentence("We open.")]),
            instead([sentence(" we meet?")], [sentence(" Shall we meet?")]),
        ),
        ("a sentence ends in the middle of a piece",),
    ),
    Difference(
        "A bot-transcription ends at the point of a number.",
        DOCUMENTED,
        all_of(
            instead([sentence("It is 3.")], []),
            instead([sentence("5 degrees.")], [sentence("It is 3.5 degrees.")]),
        ),
        ("a full stop within a number",),
    ),
    Difference(
        "A bot-transcription begins in one reply and ends in the next.",
        DOCUMENTED,
        all_of(
            instead(
                [message("bot-llm-stopped"), message("bot-llm-started")],
                [sentence("We open"), message("bot-llm-stopped"), message("bot-llm-started")],
            ),
            instead([sentence("We openShall we meet?")], [sentence("Shall we meet?")]),
        ),
        ("a reply without a full stop, and the next one",),
    ),
    Difference(
        "A bot-transcription holds what was cut off, too.",
        DOCUMENTED,
        instead([sentence("We opShall we meet?")], [sentence("Shall we meet?")]),
        ("a reply that is cut off, and the next one",),
    ),
    Difference(
        "A word that has been heard waits until the bot speaks again.",
        DOCUMENTED,
        _late,
        ("a word that is heard after the bot has stopped",),
    ),
    Difference(
        "What is no object is not answered under the message's id.",
        DOCUMENTED,
        instead(
            [message("error", {"error": INVALID, "message": INVALID, "fatal": False})] * 2,
            [refused(INVALID), refused("Unsupported type dance")],
        ),
        ("messages whose data is no object",),
    ),
    Difference(
        "The bot's voice cannot be asked for.",
        DOCUMENTED,
        all_of(
            instead(
                [],
                [
                    message("server-response", {"t": "bot-tts-audio", "d": {"on": True}}, "1"),
                    message("bot-tts-audio", {"audio": SILENT[:8], "sample_rate": 8000, "num_channels": 1}),
                ],
            ),
            frames([{**asked(), "type": "bot-tts-audio", "data": {"on": True}}], []),
        ),
        ("asking for the bot's voice",),
    ),
    Difference(
        "Nothing can be appended to the context in another role.",
        DOCUMENTED,
        all_of(
            instead([refused("Unsupported type append-to-context")], []),
            frames([], [appended("system", "Be kind.", run_llm=False)]),
        ),
        ("a message for the context",),
    ),
    Difference(
        "A key of a client of before protocol 2.1 is refused.",
        DOCUMENTED,
        all_of(instead([refused(INVALID)], []), frames([], [{"frame": "InputDTMFFrame", "button": "5"}])),
        ("one key, as before protocol 2.1",),
    ),
    Difference(
        "A keypad has no fourth column.",
        DOCUMENTED,
        all_of(
            instead([refused(INVALID)], []),
            frames([], [{"frame": "InputDTMFFrame", "button": button} for button in "AD"]),
        ),
        ("keys of the fourth column",),
    ),
    Difference(
        "There are no services and actions any more.",
        DOCUMENTED,
        instead(
            [
                refused(f"Unsupported type {kind}")
                for kind in ("describe-config", "get-config", "update-config", "describe-actions", "action")
            ],
            [
                message(
                    "config-available",
                    {"config": [{"name": "tts", "options": [{"name": "voice", "type": "string"}]}]},
                    "1",
                ),
                message("config", {"config": [SERVICES]}, "1"),
                message(
                    "config", {"config": [{"service": "tts", "options": [{"name": "voice", "value": "bob"}]}]}, "1"
                ),
                message("actions-available", {"actions": [SAYS]}, "1"),
                message("action-response", {"result": "hi"}, "1"),
            ],
        ),
        ("services and actions of protocol 0.3",),
    ),
    Difference(
        "Events come before bot-ready.",
        DOCUMENTED,
        instead([message("user-started-speaking")], []),
        ("before the handshake",),
    ),
    Difference(
        "The name and the result are withheld of a call that began in full.",
        2,
        instead([stopped()], [ended(1)]),
        ("the level falls in the middle of a call",),
    ),
    Difference(
        "The name and the result are told of a call that began without them.",
        2,
        instead([ended(1)], [stopped()]),
        ("the level rises in the middle of a call",),
    ),
    Difference(
        "A call that began does not end.",
        2,
        lambda case, played: Played([*played.messages, stopped(function_name="weather")], played.frames),
        ("reports end in the middle of a call",),
    ),
    Difference(
        "A call ends that did not begin.",
        2,
        instead([ended(1)], []),
        ("reports begin in the middle of a call",),
    ),
    Difference(
        "The results are not there.", 3, data_of("llm-function-call-stopped", _results), ("results that are nothing",)
    ),
    Difference(
        "The card is shown.",
        4,
        lambda case, played: Played(
            json.loads(json.dumps(played.messages).replace("4111 1111 1111 1111", "[card]")), played.frames
        ),
        ("a card number, for who may not see it",),
    ),
    Difference("Lines of other calls, and of none, are sent.", 5, each(_own_lines), ("log lines",)),
    Difference(
        "A client answers a function that it was not asked to execute, one that has ended, and one that never was.",
        6,
        all_of(
            instead([ended({"sky": "green"})], [refused(f"The function call 'f1' is executed by the bot: {UNUSED}")]),
            instead([ended("too late")], [refused(f"The function call 'f1' is executed by the bot: {UNUSED}")]),
            instead(
                [ended("of nothing", "unknown", tool_call_id="f9")],
                [refused(f"No function call 'f9' is open: {UNUSED}")],
            ),
            frames([result({"sky": "green"}), result("too late"), result("of nothing", id="f9", name="unknown")], []),
        ),
        ("a result that the client was not asked for",),
    ),
    Difference(
        "What a client's microphone hears is taken for the caller's.", 6, frames([HEARD] * 3, []), ("the microphone",)
    ),
    Difference(
        "What a client asks for before its handshake is done.",
        6,
        all_of(
            instead(
                [
                    message("bot-interrupted"),
                    message("server-message", {"type": "said-for-caller", "by": "vera", "text": "Good morning."}),
                    answered(),
                ],
                [refused(EARLY.format("send-text")), refused(EARLY.format("client-message"))],
            ),
            frames(
                [INTERRUPTED, appended("user", "Good morning.", run_llm=True), asked(), HEARD],
                [],
            ),
        ),
        ("before the handshake",),
    ),
    Difference(
        "Another client's handshake is answered to all, and changes the protocol for all.",
        6,
        all_of(
            instead([message("bot-ready", {"version": "1.2.0", "about": "its own"}, "hello")], []),
            instead(
                [spoken("Good", "", "completed", text="Good", spoken=True, aggregated_by="word"), word("Good")],
                [word("Good"), spoken("Good", " morning.", "in-progress")],
            ),
        ),
        ("another client of the same call",),
    ),
    Difference(
        "A hundred messages wait, and all are answered.",
        7,
        _at_most,
        ("a hundred messages at once",),
    ),
    Difference(
        "Nothing arrives.",
        8,
        instead([], [message("user-started-speaking"), answered()]),
        ("a call by the carrier's socket",),
    ),
    Difference(
        "Where a transform leaves nothing of what was heard, it is shown as it was.",
        9,
        data_of("bot-output", _hushed),
        ("what was heard is transformed to nothing",),
    ),
    Difference(
        "The words of a segment are told as they are though a transform changes the segment.",
        9,
        hidden("41", "11", "4111"),
        ("text of one type is transformed", "a transform comes and goes"),
    ),
    Difference(
        "The words of a segment are told though a transform hides them.",
        9,
        hidden("Good", "morning."),
        ("what was heard is transformed to nothing",),
    ),
    Difference(
        "What will not be spoken waits until the bot speaks, and behind what waits.",
        10,
        _unspoken_first,
        ("text that is not spoken, before the bot speaks", "text that the voice leaves out, behind what waits"),
    ),
    Difference(
        "What another client asked is answered to this one, which has asked something else under the same id.",
        11,
        instead([answered(), answered()], [answered(), message("server-message", ACTED)]),
        ("another client of the same call",),
    ),
]
