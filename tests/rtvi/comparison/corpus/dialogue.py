"""What the dialogue is asked and writes, what was measured, and what failed."""

from tests.rtvi.comparison.case import JSON, Case, Step, do, push


def context(*messages: JSON) -> Step:
    """The dialogue is to answer."""
    return push("LLMContextFrame", messages=list(messages))


def user(content: object) -> JSON:
    """What the caller said, in the context."""
    return {"role": "user", "content": content}


def written(*pieces: str) -> list[Step]:
    """The dialogue writes a reply."""
    return [
        push("LLMFullResponseStartFrame"),
        *(push("LLMTextFrame", text=piece) for piece in pieces),
        push("LLMFullResponseEndFrame"),
    ]


def measured(kind: str, value: object, model: str | None = None) -> JSON:
    """A measurement."""
    return {"kind": kind, "processor": "engine", "model": model, "value": value}


MEASURED = [
    measured("TTFBMetricsData", 0.31),
    measured("ProcessingMetricsData", 0.84, "small"),
    measured("TTSUsageMetricsData", 42),
    measured("TTFBMetricsData", 0.0),
    measured("STTUsageMetricsData", 2.5),
    measured("TTFAMetricsData", 0.9),
    measured("TTFATMetricsData", 0.5, "small"),
    measured("LLMUsageMetricsData", {"prompt_tokens": 412, "completion_tokens": 38, "total_tokens": 450}),
]

FOUND = {"text": "It opens at nine.", "confidence": [0.9, 0.7]}
ORIGINS = [
    {"site_uri": "https://example.com", "site_title": "Example", "results": [FOUND]},
    {"site_uri": None, "site_title": "A title only", "results": []},
]

DIALOGUE = [
    Case(
        "what the dialogue is asked",
        [
            context(user("Good morning.")),
            context(user("Good morning."), {"role": "assistant", "content": "Good morning."}),
            context(user([{"type": "text", "text": "Two"}, {"type": "image_url"}, {"type": "text", "text": "parts."}])),
            context(user([{"type": "image_url"}])),
            context(user("")),
            context(user(None)),
            context({"role": "system", "content": "Be kind."}),
            context(),
        ],
    ),
    Case("a reply, word by word", written("We", " open", " at", " nine", ".", " Shall", " we", " meet", "?")),
    Case("a reply, sentence by sentence", written("We open at nine.", " Shall we meet?")),
    Case("a reply without words", written()),
    Case("a sentence ends in the middle of a piece", written("We open. Shall", " we meet?")),
    Case("two sentences in one piece", written("We open. Shall we meet?")),
    Case("a full stop within a number", written("It is 3", ".", "5", " degrees.")),
    Case("a reply of stops and spaces", [*written("  ", "\n", " ."), *written("...", "?!")]),
    Case("a reply without a full stop, and the next one", [*written("We open"), *written("Shall we meet?")]),
    Case(
        "a reply that is cut off, and the next one",
        [
            push("LLMFullResponseStartFrame"),
            push("LLMTextFrame", text="We op"),
            push("InterruptionFrame"),
            *written("Shall we meet?"),
        ],
    ),
    Case(
        "messages for the dialogue",
        [push("LLMMessagesAppendFrame", messages=[user("Good morning.")], run_llm=True)],
    ),
    Case("measurements", [push("MetricsFrame", data=MEASURED), push("MetricsFrame", data=[MEASURED[0]])]),
    Case("no measurements", [push("MetricsFrame", data=[])]),
    Case(
        "errors",
        [
            push("ErrorFrame", error="The engine does not answer."),
            do("send_error", "The disk is full."),
            push("ErrorFrame", error="The engine is gone.", fatal=True),
        ],
    ),
    Case(
        "what was searched",
        [
            push("LLMSearchResponseFrame", search_result="At nine.", rendered_content="<p>9</p>", origins=ORIGINS),
            push("LLMSearchResponseFrame"),
        ],
        searches=True,
    ),
]
