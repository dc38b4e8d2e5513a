"""What the bot says: segments on their way to the caller's ear."""

from typing import Any

from tests.rtvi.comparison.case import Case, Step, do, push


def segment(name: str, text: str, **fields: Any) -> Step:
    """A segment comes through the output."""
    return push("AggregatedTextFrame", name=name, text=text, **fields)


def heard(name: str, text: str, *cuts: int) -> list[Step]:
    """The words of a segment as they are heard, up to each cut."""
    steps, begin = [], 0
    for cut in cuts:
        steps += [
            push("TTSTextFrame", text=text[begin:cut].strip(), segment=name),
            push("AggregatedTextProgressFrame", segment=name, accumulated_text=text[:cut], remaining_text=text[cut:]),
        ]
        begin = cut
    return steps


def whole(name: str, text: str, **fields: Any) -> Step:
    """All of a segment has been heard; its words' times are not known."""
    return push("TTSTextFrame", text=text, segment=name, **{"aggregated_by": "sentence", **fields})


BEGINS, ENDS, CUT_OFF = push("BotStartedSpeakingFrame"), push("BotStoppedSpeakingFrame"), push("InterruptionFrame")
MORNING, CODE = "Good morning.", "x = 1"
SPOKEN = [BEGINS, segment("a", MORNING), *heard("a", MORNING, 4, 13), ENDS]
SYNTHESIS = [push("TTSStartedFrame"), push("TTSStoppedFrame")]
CARD = [BEGINS, segment("c", "4111", aggregated_by="card"), *heard("c", "4111", 2, 4)]

LIVES = [
    Case("a segment, word by word", SPOKEN),
    Case("the voice begins and ends", SYNTHESIS),
    Case(
        "two segments, and the reply is committed",
        [
            BEGINS,
            segment("a", MORNING),
            *heard("a", MORNING, 4, 13),
            segment("b", "How are you?"),
            *heard("b", "How are you?", 3, 7, 12),
            push("AssistantMessageFrame", text="Good morning. How are you?"),
            ENDS,
        ],
    ),
    Case("a segment without its words' times", [segment("a", MORNING), BEGINS, whole("a", MORNING), ENDS]),
    Case(
        "a spoken text of no known segment",
        [BEGINS, push("TTSTextFrame", name="own", text=MORNING, aggregated_by="sentence")],
    ),
    Case(
        "words of no known segment",
        [BEGINS, push("TTSTextFrame", name="w1", text="Good"), push("TTSTextFrame", name="w2", text="day.")],
    ),
    Case(
        "what will be spoken waits until the bot speaks",
        [segment("a", MORNING), segment("b", "How are you?"), BEGINS, *heard("a", MORNING, 13), ENDS],
    ),
    Case(
        "an interruption drops what waits",
        [segment("a", MORNING), CUT_OFF, segment("b", "How are you?"), BEGINS, *heard("b", "How are you?", 12), ENDS],
    ),
    Case(
        "an interruption in the middle of a segment",
        [
            BEGINS,
            segment("a", MORNING),
            *heard("a", MORNING, 4),
            CUT_OFF,
            ENDS,
            BEGINS,
            segment("b", "How are you?"),
            *heard("b", "How are you?", 12),
        ],
    ),
    Case(
        "text that the voice leaves out",
        [segment("x", CODE, aggregated_by="code", will_be_spoken=False, skip_tts=True), *SPOKEN],
    ),
    Case(
        "text that the voice leaves out, while the bot speaks",
        [BEGINS, segment("x", CODE, aggregated_by="code", will_be_spoken=False, skip_tts=True)],
    ),
    Case(
        "text that is not spoken, before the bot speaks",
        [segment("x", CODE, aggregated_by="code", will_be_spoken=False), *SPOKEN],
    ),
    Case(
        "text that the voice leaves out, behind what waits",
        [
            segment("a", MORNING),
            segment("x", CODE, aggregated_by="code", will_be_spoken=False, skip_tts=True),
            BEGINS,
            *heard("a", MORNING, 13),
        ],
    ),
    Case(
        "segments of words and of tokens",
        [
            BEGINS,
            segment("w", "Good", aggregated_by="word"),
            whole("w", "Good", aggregated_by="word"),
            segment("t", "Go", aggregated_by="token"),
            whole("t", "Go", aggregated_by="token"),
        ],
    ),
    Case("a segment of a type of its own", CARD),
]

TURNS = [
    Case("two turns", [*SPOKEN, segment("b", "How are you?"), BEGINS, *heard("b", "How are you?", 3, 12), ENDS]),
    Case("a segment without words", [BEGINS, segment("a", ""), whole("a", "")]),
    Case(
        "a segment that is never heard",
        [BEGINS, segment("a", MORNING), ENDS, segment("b", "How are you?"), BEGINS, *heard("b", "How are you?", 12)],
    ),
    Case("an interruption before the first word", [segment("a", MORNING), BEGINS, CUT_OFF, *heard("a", MORNING, 4)]),
    Case(
        "an interruption of a segment without its words' times",
        [BEGINS, segment("a", MORNING), CUT_OFF, ENDS, BEGINS, segment("b", MORNING), whole("b", MORNING)],
    ),
    Case(
        "an interruption, and the rest of the reply is committed",
        [
            BEGINS,
            segment("a", MORNING),
            *heard("a", MORNING, 4),
            CUT_OFF,
            push("AssistantMessageFrame", text="Good", interrupted=True),
            ENDS,
        ],
    ),
    Case(
        "a word that is heard after the bot has stopped",
        [BEGINS, segment("a", MORNING), *heard("a", MORNING, 4), ENDS, *heard("a", MORNING, 13)],
    ),
    Case(
        "the output transport is ignored for a while",
        [
            BEGINS,
            do("add_ignored_source"),
            segment("a", MORNING),
            do("remove_ignored_source"),
            segment("b", "How are you?"),
        ],
    ),
]

SKIPPED = [
    Case(
        "a type is skipped",
        [*CARD, segment("a", MORNING), *heard("a", MORNING, 4, 13)],
        {"skip_aggregator_types": ["card"]},
    ),
    Case(
        "a type is skipped whose words' times are not known",
        [BEGINS, segment("c", "4111", aggregated_by="card"), whole("c", "4111", aggregated_by="card")],
        {"skip_aggregator_types": ["card"]},
    ),
    Case(
        "a segment that is skipped is cut off, and the next one is heard",
        [*CARD[:-2], CUT_OFF, ENDS, segment("a", MORNING), BEGINS, *heard("a", MORNING, 4, 13)],
        {"skip_aggregator_types": ["card"]},
    ),
    Case("sentences are skipped", SPOKEN, {"skip_aggregator_types": ["sentence"]}),
    Case("words are skipped", SPOKEN, {"skip_aggregator_types": ["word"]}),
]

TRANSFORMED = [
    Case("all text is transformed", SPOKEN, {"bot_output_transforms": [["*", "shout"]]}),
    Case("all text is transformed, in the old form", SPOKEN, {"bot_output_transforms": [["*", "old_shout"]]}),
    Case("text of one type is transformed", [*SPOKEN, *CARD], {"bot_output_transforms": [["card", "shout"]]}),
    Case("what was heard is transformed to nothing", SPOKEN, {"bot_output_transforms": [["sentence", "hush"]]}),
    Case(
        "a transform comes and goes",
        [
            do("add_bot_output_transformer", "shout"),
            *SPOKEN,
            do("add_bot_output_transformer", "old_shout", "card"),
            do("remove_bot_output_transformer", "shout"),
            BEGINS,
            segment("b", "How are you?"),
            *heard("b", "How are you?", 12),
            segment("c", "4111", aggregated_by="card"),
            *heard("c", "4111", 4),
        ],
    ),
]

BOT_OUTPUT = [*LIVES, *TURNS, *SKIPPED, *TRANSFORMED]
