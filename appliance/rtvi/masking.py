"""What is left of a message for viewers that may not see what is sensitive."""

from collections import defaultdict
from collections.abc import Callable
from enum import Enum
from typing import Any

from appliance.redaction import Redactor
from appliance.rtvi.said import Said


class Nothing(Enum):
    """What these viewers get where a message is not for them at all."""

    WITHHELD = "withheld"


WITHHELD = Nothing.WITHHELD

Mask = Callable[[], Any]
"""Makes a message's data as these viewers get it, or WITHHELD. It is asked only if there is such a viewer."""

NOBODYS_WORDS = frozenset(
    {
        "metrics",
        "user-audio-level",
        "bot-audio-level",
        "bot-tts-audio",
        "config-available",
        "actions-available",
    }
)
"""Messages that hold measurements, sound or names of the program's own: nothing in them can be masked."""

OWN_KEYS: dict[str, frozenset[str]] = {
    "bot-ready": frozenset({"version", "about", "actions"}),
    "user-transcription": frozenset({"timestamp", "final"}),
    "bot-output": frozenset({"aggregated_by", "segment_id", "spoken", "will_be_spoken", "spoken_status"}),
    "llm-function-call": frozenset({"function_name", "tool_call_id"}),
    "llm-function-call-start": frozenset({"function_name"}),
    "llm-function-call-started": frozenset({"function_name"}),
    "llm-function-call-in-progress": frozenset({"function_name", "tool_call_id"}),
    "llm-function-call-stopped": frozenset({"function_name", "tool_call_id", "cancelled"}),
    "ui-job-group": frozenset({"kind", "job_id", "at"}),
}
"""By message type the keys whose values are the protocol's or the program's own: names, ids, times.
Whatever is not named here is masked, in message types that are not named here all."""


def masked_data(redactor: Redactor, kind: str, data: Any) -> Any:
    """The data of a message, a JSON value, with everything sensitive masked."""
    if kind in NOBODYS_WORDS:
        return data
    if not isinstance(data, dict):
        return redactor.mask_data(data)
    if kind == "action-response" and _is_conversation(data.get("result")):
        return {**data, "result": _masked_conversation(redactor, data["result"])}
    own = OWN_KEYS.get(kind, frozenset())
    config = {"config"} if kind in ("config", "bot-ready") else frozenset()
    masked: dict[str, Any] = {}
    for key, value in data.items():
        if key in config:
            masked[key] = _masked_config(redactor, value)
        else:
            # A key may be sensitive itself: then it has another name afterwards.
            masked |= {key: value} if key in own else redactor.mask_data({key: value})
    return masked


def own_part(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """What of a message is nobody's words."""
    own = OWN_KEYS.get(kind, frozenset())
    return {key: value for key, value in data.items() if key in own}


def _masked_config(redactor: Redactor, services: Any) -> Any:
    """The values of options; an option whose name is that of a sensitive field is masked whole."""
    return [
        service
        | {
            "options": [
                {"name": each["name"], "value": _only(redactor.mask_data({each["name"]: each["value"]}))}
                for each in service["options"]
            ]
        }
        for service in services
    ]


def _only(values: dict[str, Any]) -> Any:
    (value,) = values.values()
    return value


def _is_conversation(value: Any) -> bool:
    """Whether it is what ``llm:get_context`` returns."""
    return isinstance(value, list) and all(
        isinstance(each, dict) and {"role", "content"} <= set(each) for each in value
    )


def _masked_conversation(redactor: Redactor, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each side's messages follow one another: a number may be split over them."""
    said: defaultdict[str, Said] = defaultdict(Said)

    def masked(content: Any, speaker: Said) -> Any:
        if isinstance(content, str):
            return speaker.add(content).masked(redactor)
        if isinstance(content, list):
            return [masked(part, speaker) for part in content]
        if isinstance(content, dict) and isinstance(content.get("text"), str):
            return redactor.mask_data(content) | {"text": masked(content["text"], speaker)}
        return redactor.mask_data(content)

    return [
        redactor.mask_data({key: value for key, value in message.items() if key not in ("role", "content")})
        | {"role": message["role"], "content": masked(message["content"], said[str(message["role"])])}
        for message in messages
    ]
