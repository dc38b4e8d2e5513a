"""Functions as the dialogue calls them."""

from appliance.dialogue.base import CallFunction, Filler, Say
from appliance.dialogue.function_calls import call_of, failure_words, waiting_words
from appliance.dialplan import Dialplan

PLAN = Dialplan.model_validate(
    {
        "name": "x",
        "numbers": "*",
        "functions": {
            "table": {"table": {"1": "one"}},
            "slow": {"python": "a:b", "filler": {"after_ms": 300, "say": "[wav:wait.wav] One moment, {{ name }}."}},
            "usual": {"python": "a:b", "fallback": "Sorry, {{ name }}.", "cancel_on_interruption": True},
            "asked": {"supervised": {"say": "I ask, {{ name }}.", "fallback": "Nobody, {{ name }}."}},
        },
        "steps": {"end": {"hang_up": None}},
    }
)
VARIABLES = {"name": "Ann"}


def test_each_kind_is_called_in_its_way() -> None:
    calls = {name: call_of(PLAN, name, {"a": 1}, VARIABLES, "id") for name in PLAN.functions}
    wait = Filler(0.3, Say("One moment, Ann. ", "wait.wav"))
    assert calls == {
        "table": CallFunction("table", {"a": 1}),
        "slow": CallFunction("slow", {"a": 1}, filler=wait),
        "usual": CallFunction("usual", {"a": 1}, filler=Filler(1.5, Say("One moment please. ")), cancels=True),
        "asked": CallFunction("asked", {"a": 1}, 30),
    }
    assert {call.id for call in calls.values()} == {"id"}
    assert call_of(PLAN, "table", {}, {}).id != call_of(PLAN, "table", {}, {}).id


def test_what_the_caller_hears_besides() -> None:
    assert [waiting_words(PLAN, name, VARIABLES).text for name in ("slow", "usual", "asked")] == [
        "One moment, Ann. ",
        "One moment please. ",
        "I ask, Ann. ",
    ]
    words = [failure_words(PLAN, name, VARIABLES) for name in ("slow", "usual", "asked")]
    assert [word and word.text for word in words] == [None, "Sorry, Ann. ", "Nobody, Ann. "]
