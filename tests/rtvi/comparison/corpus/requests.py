"""What clients send, and what they are answered; what applications send them."""

from tests.rtvi.comparison.case import Case, also, do, hello, message, push, raw, say
from tests.rtvi.comparison.corpus.speaking import SILENT

NODE = {"ref": "e1", "role": "main", "name": "Calls", "state": ["focused"], "level": 1, "hue": "blue"}
TREE = {
    "root": {**NODE, "children": [{"ref": "e2", "role": "button", "value": "off"}]},
    "captured_at": 1_700_000_000_000,
    "selection": {"ref": "e2", "text": "off"},
}
JOBS = [
    {"kind": "group_started", "job_id": "j", "workers": ["ann", "bob"], "label": "Search", "at": 1},
    {"kind": "job_update", "job_id": "j", "worker_name": "ann", "data": {"found": 0}, "at": 2},
    {"kind": "job_completed", "job_id": "j", "worker_name": "ann", "status": "done", "response": [], "at": 3},
    {"kind": "job_completed", "job_id": "j", "worker_name": "bob", "status": "failed", "at": 4},
    {"kind": "group_completed", "job_id": "j", "at": 5},
]

OWN = [
    Case(
        "messages from the bot",
        [
            push("RTVIServerMessageFrame", data={"price": 3, "note": None}),
            push("RTVIServerMessageFrame", data="plain"),
            push("RTVIServerMessageFrame", data=[1, None]),
            push("RTVIServerMessageFrame", data=False),
            push("RTVIServerMessageFrame", data=None),
            do("send_server_message", {"price": 4}),
        ],
    ),
    *(
        Case(
            f"a client's own message, answered by {how} {value!r}",
            [say("client-message", {"t": "ask", "d": d}, id="r1")],
            answers={"ask": (how, value)},
        )
        for how, value, d in (
            ("data", {"price": 3, "note": None}, {"of": "tea"}),
            ("data", 0, None),
            ("data", None, []),
            ("error", "No tea.", False),
            ("send_server_response", [3], "tea"),
            ("send_server_response", None, 0),
            ("send_error_response", "No tea.", {}),
        )
    ),
    Case("a client's own message, unanswered", [say("client-message", {"t": "ask"})]),
    Case("a client's own message without its type", [say("client-message", {"d": 1}), say("client-message")]),
    Case(
        "a hundred messages at once",
        [say("client-message", {"t": "ask"}, times=100)],
        answers={"ask": ("send_server_response", "yes")},
    ),
    Case(
        "another client of the same call",
        [
            also(raw(hello("1.2.0"))),
            push("BotStartedSpeakingFrame"),
            push("AggregatedTextFrame", name="a", text="Good morning."),
            push("TTSTextFrame", text="Good", segment="a"),
            push("AggregatedTextProgressFrame", segment="a", accumulated_text="Good", remaining_text=" morning."),
            say("client-message", {"t": "ask"}),
            also(say("client-message", {"t": "ask"})),
        ],
        answers={"ask": ("send_server_response", "yes")},
        generations=("2.1.0",),
    ),
    Case(
        "asking for the bot's voice",
        [
            say("client-message", {"t": "bot-tts-audio", "d": {"on": True}}),
            push("TTSAudioRawFrame", audio=SILENT[:8], sample_rate=8000),
        ],
    ),
]

PART = [
    Case("text for the caller", [say("send-text", {"content": "Good morning."})]),
    *(
        Case(f"text for the caller, {name}", [say("send-text", {"content": "Good morning.", "options": options})])
        for name, options in (
            ("for later", {"run_immediately": False}),
            ("answered in silence", {"audio_response": False}),
            ("for later and in silence", {"run_immediately": False, "audio_response": False}),
            ("with nothing chosen", {}),
        )
    ),
    Case(
        "text for the caller, twice",
        [say("send-text", {"content": text, "options": {"audio_response": False}}) for text in "ab"],
    ),
    Case("text that is none", [say("send-text", {"content": 3}), say("send-text", {}), say("send-text")]),
    Case("a message for the context", [say("append-to-context", {"role": "system", "content": "Be kind."})]),
    Case("keys", [say("dtmf", {"buttons": ["1", "*", "#", "0"]})]),
    Case("one key, as before protocol 2.1", [say("dtmf", {"button": "5"})]),
    Case("keys that there are not", [say("dtmf", {"buttons": ["E"]}), say("dtmf", {"buttons": []}), say("dtmf")]),
    Case("keys of the fourth column", [say("dtmf", {"buttons": ["A", "D"]})]),
    Case(
        "the microphone",
        [
            say("raw-audio", {"base64Audio": SILENT[:8], "sampleRate": 8000, "numChannels": 1}),
            say("raw-audio-batch", {"base64AudioBatch": [SILENT[:8]] * 2, "sampleRate": 8000, "numChannels": 1}),
        ],
    ),
    Case("the bot is to leave", [say("disconnect-bot")]),
    Case(
        "what happens on the client's page",
        [
            say("ui-event", {"event": "click", "payload": {"on": "e2"}}),
            say("ui-event", {"event": "load"}),
            say("ui-event", {"payload": 1}),
            say("ui-event"),
        ],
    ),
    Case(
        "what the client's page shows",
        [say("ui-snapshot", {"tree": TREE}), say("ui-snapshot", {"tree": {"root": {"ref": "e1"}, "captured_at": 1}})],
    ),
    Case(
        "jobs are to be given up",
        [
            say("ui-cancel-job-group", {"job_id": "j", "reason": "late"}),
            say("ui-cancel-job-group", {"job_id": "j"}),
            say("ui-cancel-job-group", {}),
        ],
    ),
    Case(
        "commands for the client's page",
        [
            push("RTVIUICommandFrame", command="toast", payload={"title": "Hello", "image": None}),
            push("RTVIUICommandFrame", command="reload"),
        ],
    ),
    Case("jobs for the client's page", [push("RTVIUIJobGroupFrame", data=data) for data in JOBS]),
    Case(
        "an unknown type",
        [
            say("dance", {"how": "slowly"}, id="r7"),
            say(
                "send-file",
                {
                    "content": "",
                    "file": {"format": "text/plain", "source": {"type": "url", "url": "https://example.com"}},
                },
            ),
        ],
    ),
    Case(
        "services and actions of protocol 0.3",
        [
            say("describe-config"),
            say("get-config"),
            say("update-config", {"config": [{"service": "tts", "options": [{"name": "voice", "value": "bob"}]}]}),
            say("describe-actions"),
            say("action", {"service": "tts", "action": "say", "arguments": [{"name": "text", "value": "hi"}]}),
        ],
        services=True,
    ),
    Case(
        "an envelope that is none",
        [
            raw({"label": "rtvi-ai", "type": "send-text"}),
            raw({"label": "rtvi-ai", "id": "1"}),
            raw({"label": "rtvi-ai", "type": 3, "id": "1"}),
            raw({"label": "rtvi-ai", "type": "send-text", "id": 1}),
        ],
    ),
    Case(
        "messages that are none of RTVI's",
        [raw({"label": "other", "type": "send-text", "id": "1"}), raw({"type": "send-text", "id": "1"})],
    ),
    Case("the bot is interrupted by the application", [do("interrupt_bot")]),
]

STRANGE = [
    Case("messages whose data is no object", [say("send-text", "Good morning."), say("dance", ["slowly"])]),
    Case("text for the caller, with options that are null", [say("send-text", {"content": "Hello.", "options": None})]),
    Case("a result without the call", [say("llm-function-call-result", {"function_name": "weather"})]),
    Case(
        "keys that nobody knows", [raw({**message("send-text", {"content": "Hello.", "mood": "good"}), "hue": "blue"})]
    ),
    Case("data that is null", [raw({**message("ui-event"), "data": None}), raw({**message("dance"), "data": None})]),
    Case(
        "types that are empty",
        [say(""), say("client-message", {"t": ""}, id="")],
        answers={"": ("data", "yes")},
    ),
]

SHAKEN = [
    Case(
        f"the handshake of {'no version' if version is None else repr(version)}",
        [raw(hello(version, platform="test"))],
        ready=False,
        generations=("2.1.0",),
    )
    for version in (
        "2.1.0",
        "2.0.7",
        "2.9.0",
        "1.4.0",
        "1.0.0",
        "0.3.0",
        "3.0.0",
        "",
        None,
        "2",
        "2.1",
        "2.1.0.0",
        "two",
        "2.x.0",
    )
]

HANDSHAKES = [
    *SHAKEN,
    *(
        Case(
            f"a handshake with {what}",
            [raw(message("client-ready", data, id="h"))],
            ready=False,
            generations=("2.1.0",),
        )
        for what, data in (
            ("nothing in it", None),
            ("an empty object", {}),
            ("a version that is a number", {"version": 2}),
            ("no word of the client", {"version": "2.1.0"}),
            ("a wrong word of the client", {"version": "2.1.0", "about": "me"}),
            ("a client without a library", {"version": "2.1.0", "about": {"platform": "test"}}),
        )
    ),
    Case("a second handshake", [raw({**hello("2.1.0"), "id": "h2"})]),
    Case(
        "before the handshake",
        [
            push("UserStartedSpeakingFrame"),
            say("send-text", {"content": "Good morning."}),
            say("client-message", {"t": "ask"}),
            say("raw-audio", {"base64Audio": SILENT[:8], "sampleRate": 8000, "numChannels": 1}),
            say("ui-snapshot", {"tree": TREE}, id="s"),
            raw(hello("2.1.0")),
        ],
        ready=False,
        answers={"ask": ("send_server_response", "yes")},
        generations=("2.1.0",),
    ),
]

ELSEWHERE = [
    Case(
        "a card number, for who may not see it",
        [
            push("TranscriptionFrame", text="It is 4111 1111 1111 1111.", user_id="caller", timestamp=""),
            push("RTVIServerMessageFrame", data={"card": "4111 1111 1111 1111"}),
        ],
        sensitive=("card",),
    ),
    Case(
        "a call by the carrier's socket",
        [push("UserStartedSpeakingFrame"), say("client-message", {"t": "ask"})],
        by_telephone=True,
        answers={"ask": ("data", "yes")},
    ),
]

REQUESTS = [*OWN, *PART, *STRANGE, *HANDSHAKES, *ELSEWHERE]
