"""What is sensitive reaches nobody who may not see it, whatever row of the table it takes."""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from itertools import accumulate
from typing import Any, NamedTuple

import pytest

import appliance.rtvi.models as RTVI  # noqa: N812
from appliance.frames import (
    AggregatedTextFrame,
    AggregatedTextProgressFrame,
    AssistantMessageFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    ErrorFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallFromLLM,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMContext,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMMessagesAppendFrame,
    LLMSearchResponseFrame,
    LLMTextFrame,
    MetricsFrame,
    SearchOrigin,
    SearchResult,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from appliance.redaction import Redactor
from appliance.rtvi import (
    RTVIClientMessageFrame,
    RTVIConfigureObserverFrame,
    RTVIFunctionCallReportLevel,
    RTVIObserverParams,
    RTVIServerMessageFrame,
    RTVIServerResponseFrame,
    RTVIUICommandFrame,
    RTVIUIJobGroupFrame,
)
from appliance.rtvi.translation import ROWS
from tests.rtvi.stage import FakeViewer, Message, Stage

CARD = "5425233430109903"
SPOKEN_DIGITS = "zero one two three four five six seven eight nine".split()  # noqa: SIM905 - reads better
EVERYTHING = RTVIObserverParams(
    vad_user_speaking_enabled=True,
    system_logs_enabled=True,
    function_call_report_level={"*": RTVIFunctionCallReportLevel.FULL},
)


class Secret(NamedTuple):
    """A card number: the sentence it is in, and that sentence in pieces."""

    pieces: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(self.pieces)


SECRETS = {
    "digits": Secret((f"My card is {CARD}, thank you.",)),
    "groups": Secret(("My card is ", "5425 2334 ", "3010 9903, ", "thank you.")),
    "tokens": Secret(("My card is 54", "25 2", "33", "4 301", "0 9", "903", ", thank", " you.")),
    "with dashes": Secret(("My card is 5425-", "2334-", "3010-", "9903.")),
    "spoken": Secret(("It is ", *(f"{SPOKEN_DIGITS[int(digit)]} " for digit in CARD), "thank you.")),
    "without an end": Secret(("My card is ", "5425", " 2334", " 3010", " 9903")),
}


def digits(messages: Iterable[Message]) -> str:
    """All that could be put together to a number: the digits of everything said, spelled ones too, in order."""

    def leaves(value: Any) -> Iterable[str]:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key not in ("segment_id", "tool_call_id", "job_id", "timestamp", "at"):
                    yield key
                    yield from leaves(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from leaves(inner)
        else:
            yield str(value)

    said = " ".join(leaf for message in messages for leaf in leaves(message.get("data")))
    for digit, word in enumerate(SPOKEN_DIGITS):
        said = re.sub(rf"\b{word}\b", str(digit), said)
    return re.sub(r"\D", "", said)


def longest_part(messages: Iterable[Message]) -> int:
    """How many digits of the card number in a row can be read."""
    seen = digits(messages)
    return max(end - start for start in range(16) for end in range(start, 17) if CARD[start:end] in seen)


Play = Callable[[Stage, Secret], Awaitable[None]]


def frames(make: Callable[[Secret], Iterable[Frame]]) -> Play:
    async def play(stage: Stage, secret: Secret) -> None:
        await stage.push(*make(secret))

    return play


def whole_and_pieces(secret: Secret) -> list[str]:
    return [secret.text, *secret.pieces]


def contexts(secret: Secret) -> Iterable[Frame]:
    said: list[dict[str, Any]] = []
    for text in (*secret.pieces, secret.text):
        said.append({"role": "user", "content": [{"type": "text", "text": text}]})
        yield LLMContextFrame(LLMContext(list(said)))
        said.append({"role": "assistant", "content": "Go on."})


def typed(text: str) -> Frame:
    return LLMMessagesAppendFrame([{"role": "user", "content": text}], by="anna")


def reply(secret: Secret) -> list[Frame]:
    return [LLMFullResponseStartFrame(), *map(LLMTextFrame, secret.pieces)]


def segments(secret: Secret) -> Iterable[Frame]:
    """As one, one after another, and so fine that each is but a word or less; for speaking and not."""
    for will_be_spoken in (True, False):
        yield from (AggregatedTextFrame(text, "sentence", will_be_spoken) for text in whole_and_pieces(secret))
        yield AggregatedTextFrame(secret.text, "credit_card", will_be_spoken)
        yield from (AggregatedTextFrame(word, "word", will_be_spoken) for word in secret.text.split())
        yield from (AggregatedTextFrame(piece, "token", will_be_spoken) for piece in secret.pieces)


def words(secret: Secret) -> Iterable[Frame]:
    segment = AggregatedTextFrame(secret.text)
    yield segment
    for word in secret.text.split():
        yield TTSTextFrame(word, segment_id=segment.id)
    yield from (TTSTextFrame(word) for word in secret.text.split())
    fine = [AggregatedTextFrame(word, "word") for word in secret.text.split()]
    for each in fine:
        yield each
        yield TTSTextFrame(each.text, segment_id=each.id)
    yield from (TTSTextFrame(text, aggregated_by="sentence") for text in whole_and_pieces(secret))


def progress(secret: Secret) -> Iterable[Frame]:
    segment = AggregatedTextFrame(secret.text)
    yield segment
    for position in range(len(secret.text) + 1):
        yield AggregatedTextProgressFrame(segment, secret.text[:position], secret.text[position:])


def search(secret: Secret) -> LLMSearchResponseFrame:
    hit = SearchResult(secret.text, [0.5])
    return LLMSearchResponseFrame(secret.text, f"<p>{secret.text}</p>", [SearchOrigin(CARD, secret.text, [hit])])


def anything(secret: Secret) -> dict[str, Any]:
    """JSON that holds the secret wherever it can."""
    return {"a": [secret.text, {"b": (CARD, int(CARD))}], CARD: 1, "pin": "hush", "nested": {"set": {secret.text}}}


def jobs(secret: Secret) -> Iterable[Frame]:
    yield RTVIUIJobGroupFrame(RTVI.UIJobGroupStartedData(job_id="j", workers=[CARD], label=secret.text, at=1))
    yield RTVIUIJobGroupFrame(RTVI.UIJobUpdateData(job_id="j", worker_name=CARD, data=anything(secret), at=1))
    done = RTVI.UIJobCompletedData(job_id="j", worker_name="w", status=CARD, response=anything(secret), at=1)
    yield RTVIUIJobGroupFrame(done)
    yield RTVIUIJobGroupFrame(RTVI.UIJobGroupCompletedData(job_id="j", at=1))


def call(secret: Secret) -> tuple[str, str, dict[str, Any]]:
    return "pay", "t1", anything(secret)


async def logs(stage: Stage, secret: Secret) -> None:
    for text in (secret.text, CARD):
        logging.getLogger("appliance.test").error("%s", text, extra={"call_id": "CA1"})
    await stage.settle()


BOT = BotStartedSpeakingFrame
SHOWN: dict[type[Frame], Play] = {
    StartFrame: logs,
    TranscriptionFrame: frames(lambda s: [TranscriptionFrame(text, CARD, "t") for text in (*s.pieces, s.text)]),
    InterimTranscriptionFrame: frames(
        lambda s: [
            *(InterimTranscriptionFrame(text, CARD) for text in accumulate(s.pieces)),
            TranscriptionFrame(s.text),
        ]
    ),
    LLMMessagesAppendFrame: frames(lambda s: [typed(text) for text in (*s.pieces, s.text)]),
    LLMContextFrame: frames(contexts),
    LLMTextFrame: frames(lambda s: [*reply(s), LLMTextFrame(" And"), LLMFullResponseEndFrame()]),
    LLMFullResponseEndFrame: frames(lambda s: [*reply(s), LLMFullResponseEndFrame()]),
    LLMFullResponseStartFrame: frames(lambda s: [*reply(s), *reply(s), LLMFullResponseEndFrame()]),
    InterruptionFrame: frames(
        lambda s: [*reply(s), BOT(), *words(s), InterruptionFrame(), *reply(s), *words(s), BOT()]
    ),
    LLMSearchResponseFrame: frames(lambda s: [search(s)]),
    BotStartedSpeakingFrame: frames(lambda s: [*segments(s), BOT()]),
    BotStoppedSpeakingFrame: frames(lambda s: [BOT(), *segments(s), BotStoppedSpeakingFrame()]),
    AggregatedTextFrame: frames(lambda s: [BOT(), *segments(s), BOT()]),
    TTSTextFrame: frames(lambda s: [BOT(), *words(s), BOT()]),
    AggregatedTextProgressFrame: frames(lambda s: [BOT(), *progress(s)]),
    AssistantMessageFrame: frames(
        lambda s: [BOT(), *words(s), *segments(s), AssistantMessageFrame(s.text), AssistantMessageFrame(s.text, True)]
    ),
    ErrorFrame: frames(lambda s: [ErrorFrame(s.text), ErrorFrame(CARD)]),
    FunctionCallInProgressFrame: frames(lambda s: [FunctionCallInProgressFrame(*call(s))]),
    FunctionCallResultFrame: frames(
        lambda s: [FunctionCallResultFrame(*call(s), result) for result in (anything(s), s.text, int(CARD))]
    ),
    FunctionCallCancelFrame: frames(
        lambda s: [FunctionCallInProgressFrame(*call(s)), FunctionCallCancelFrame("pay", "t1")]
    ),
    RTVIServerMessageFrame: frames(lambda s: [RTVIServerMessageFrame(data) for data in (anything(s), s.text)]),
    RTVIServerResponseFrame: frames(
        lambda s: [
            RTVIServerResponseFrame(RTVIClientMessageFrame("7", s.text), anything(s)),
            RTVIServerResponseFrame(RTVIClientMessageFrame("8", "ask"), error=s.text),
        ]
    ),
    RTVIUICommandFrame: frames(lambda s: [RTVIUICommandFrame(s.text, anything(s))]),
    RTVIUIJobGroupFrame: frames(jobs),
}
"""A story for each row whose messages can hold something sensitive."""

NOTHING_SAID: dict[type[Frame], Play] = {
    kind: frames(lambda _, frame=frame: [frame])  # type: ignore[misc]
    for kind, frame in (
        (UserStartedSpeakingFrame, UserStartedSpeakingFrame()),
        (UserStoppedSpeakingFrame, UserStoppedSpeakingFrame()),
        (VADUserStartedSpeakingFrame, VADUserStartedSpeakingFrame()),
        (VADUserStoppedSpeakingFrame, VADUserStoppedSpeakingFrame()),
        (UserMuteStartedFrame, UserMuteStartedFrame()),
        (UserMuteStoppedFrame, UserMuteStoppedFrame()),
        (TTSStartedFrame, TTSStartedFrame()),
        (TTSStoppedFrame, TTSStoppedFrame()),
        (MetricsFrame, MetricsFrame([])),
        (FunctionCallsStartedFrame, FunctionCallsStartedFrame([FunctionCallFromLLM("pay", "t1", {"a": CARD})])),
        (RTVIConfigureObserverFrame, RTVIConfigureObserverFrame(vad_user_speaking_enabled=True)),
        (InputAudioRawFrame, InputAudioRawFrame(b"\x00\x01")),
        (TTSAudioRawFrame, TTSAudioRawFrame(b"\x00\x01")),
    )
}
"""The rows whose messages never hold anybody's words."""

ALL_KINDS = Redactor(kinds=["card", "iban", "email", "phone", "digits"], fields=["pin"])
CARDS_ALONE = Redactor(kinds=["card"], fields=["pin"])


async def watched(play: Play, secret: Secret, redactor: Redactor) -> tuple[list[FakeViewer], list[FakeViewer]]:
    """Viewers of every generation of a story: those who see everything, and those who may not."""
    async with Stage(EVERYTHING) as stage:
        stage.rtvi.redactor = redactor
        clear = [await stage.watcher(f"{version}, all", version) for version in VERSIONS]
        masked = [await stage.watcher(f"{version}", version, sees_sensitive=False) for version in VERSIONS]
        await play(stage, secret)
        return clear, masked


VERSIONS = ("2.1.0", "1.2.0", "1.0.0", "0.3.0", None)


def test_every_row_is_tried() -> None:
    assert set(SHOWN) | set(NOTHING_SAID) == set(ROWS)
    assert set(SHOWN) & set(NOTHING_SAID) == set()


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("kind", SHOWN, ids=lambda kind: kind.__name__)
async def test_a_card_number_reaches_those_who_may_see_it_and_nobody_else(kind: type[Frame], name: str) -> None:
    for redactor, most in ((ALL_KINDS, 5), (CARDS_ALONE, 8)):
        clear, masked = await watched(SHOWN[kind], SECRETS[name], redactor)
        assert longest_part(message for viewer in clear for message in viewer.got) == len(CARD)
        for viewer in masked:
            assert longest_part(viewer.got) <= most, viewer.name
            assert "hush" not in json.dumps(viewer.got)


@pytest.mark.parametrize("kind", NOTHING_SAID, ids=lambda kind: kind.__name__)
async def test_what_holds_nobodys_words_is_the_same_for_all(kind: type[Frame]) -> None:
    clear, masked = await watched(NOTHING_SAID[kind], SECRETS["digits"], ALL_KINDS)
    assert [viewer.got for viewer in clear] == [viewer.got for viewer in masked]
    assert longest_part(message for viewer in clear for message in viewer.got) == 0
