"""What Pipecat's clients get otherwise than ours, and why: each difference turns what it sends into what we send.

Here are those that may be in any case; ``differences_of_cases.py`` has those of single ones. They are applied in order.
Nothing else may differ, and each must really occur: see ``test_comparison.py``.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from tests.rtvi.comparison.case import JSON, Case
from tests.rtvi.comparison.rewriting import Played, Rewrite, data_of, each, message, without

MISTAKES = {
    1: "Every frame's id is kept for as long as the call lasts.",
    2: "A function's report level is looked up for each message, not once for each call.",
    3: "A result that is nothing (0, false, empty) is left out.",
    4: "What is sensitive is shown round the report level: nothing is masked.",
    5: "The log of the whole process is sent.",
    6: "There is one client for each bot, there are no roles, and whatever a client sends is done.",
    7: "Any number of a client's messages may wait.",
    8: "On the telephone messages are dropped.",
    9: "Word progress goes round what hides a text: skipped types, and transforms that return nothing.",
    10: "What will not be spoken waits for speech; what waits outlives interruptions; one switch silences all of it.",
    11: "The ids of clients' messages are taken for unique among all clients.",
}
"""Pipecat's, not repeated here. The compared version has mended some: skipped types of 9, the last two of 10."""

NOT_IN_MESSAGES = {1}
"""A mistake of memory, which no message shows."""

NEWER = "protocol 2.2"
"""Pipecat serves a newer protocol, some of it to older clients too; ours ends at 2.1."""

DOCUMENTED = "the protocol's documents"
"""What they say, of this protocol or for clients of an older one, Pipecat does otherwise or no more."""


@dataclass(frozen=True)
class Difference:
    """A difference: ``reason`` is the mistake's number, NEWER or DOCUMENTED. Without ``cases`` it may be in any."""

    says: str
    reason: int | str
    rewrite: Rewrite
    cases: tuple[str, ...] = ()

    def apply(self, case: Case, played: Played) -> Played:
        """What we send where Pipecat sends this."""
        if self.cases and case.name not in self.cases:
            return played
        return self.rewrite(case, Played(*json.loads(json.dumps(played))))


def is_old(case: Case) -> bool:
    """Whether it is a client of protocol 1."""
    return (case.version or "").startswith("1.")


def _typed(case: Case, old: JSON) -> Sequence[JSON]:
    if old["type"] != "user-input" or old["data"]["input_type"] != "chat":
        return [old]
    return [message("server-message", {"type": "said-for-caller", "by": "vera", "text": old["data"]["text"]})]


def _served(case: Case, data: JSON) -> JSON:
    return {**data, "version": "2.1.0" if data["version"] == "2.2.0" else data["version"]}


def _compatible(case: Case, data: JSON) -> JSON:
    return {"error": data["error"].replace("server protocol 2.2.0", "server protocol 2.1.0")}


OF_PROTOCOL_1 = ("text", "spoken", "aggregated_by", "segment_id")


def _shape(case: Case, data: JSON) -> JSON:
    return {key: data[key] for key in OF_PROTOCOL_1} if is_old(case) else data


def _spoken(case: Case, data: JSON) -> JSON:
    return data if is_old(case) or "spoken" in data else {**data, "spoken": False}


def _executed(case: Case, old: JSON) -> Sequence[JSON]:
    """Clients from protocol 1.2 on execute what is in progress."""
    if old["type"] != "llm-function-call" or case.version not in ("2.1.0", "1.2.0"):
        return [old]
    call = {("arguments" if key == "args" else key): value for key, value in old["data"].items()}
    return [message("llm-function-call-in-progress", call)]


def _oldest(case: Case, old: JSON) -> Sequence[JSON]:
    """Who does not say its protocol is of the last in which it need not."""
    is_told = old["type"] == "llm-function-call-started" and old["data"] and case.version in (None, "0.3.0")
    return [old, message("llm-function-call-start", old["data"])] if is_told else [old]


EVERYWHERE = [
    Difference("What was typed for the caller is told to every client, and who typed it.", 6, each(_typed)),
    Difference(
        "What the caller said comes once more, as user-input.",
        NEWER,
        each(lambda case, old: [] if old["type"] == "user-input" else [old]),
    ),
    Difference("aggregated_by has two more names.", NEWER, data_of("bot-output", without("output_type", "text_type"))),
    Difference(
        "Text that is not spoken is new, too.",
        NEWER,
        data_of("bot-output", without("spoken_status", unless=lambda data: data["will_be_spoken"])),
    ),
    Difference("bot-ready says what the bot can do.", NEWER, data_of("bot-ready", without("capabilities"))),
    Difference("The server's version is 2.2.0.", NEWER, data_of("bot-ready", _served)),
    Difference("The server's version is 2.2.0, in refusals too.", NEWER, data_of("error-response", _compatible)),
    Difference(
        "Clients of protocol 1 get what only clients of protocol 2 know.", DOCUMENTED, data_of("bot-output", _shape)
    ),
    Difference("Word progress does not say whether it is spoken.", DOCUMENTED, data_of("bot-output", _spoken)),
    Difference(
        "The text of an error is at error alone; the standard and its clients look for it at message.",
        DOCUMENTED,
        data_of("error", lambda case, data: {**data, "message": data["error"]}),
    ),
    Difference("Clients from protocol 1.2 on are asked as older ones are.", DOCUMENTED, each(_executed)),
    Difference("Clients of protocol 0.3 do not hear of calls in their own way.", DOCUMENTED, each(_oldest)),
]
