"""The same frames and messages through Pipecat and through ours: the same comes out, but for the listed differences.

Normalised is what must differ: ids of frames become the names that the case gives them; what a server says of its own
library, and when a supervisor did something, is left out; of a loudness counts whether there is any, since both measure
in ways of their own; so do log lines, of which the line counts, and the sentences about messages that are not valid.
"""

import asyncio
import json
import re
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import appliance.rtvi.models as RTVI  # noqa: N812
from appliance.rtvi import RTVIObserverParams
from appliance.rtvi.inbound import INBOUND
from appliance.rtvi.translation import ROWS
from tests.rtvi.comparison import ours
from tests.rtvi.comparison.case import JSON, Case
from tests.rtvi.comparison.corpus.all_cases import CASES
from tests.rtvi.comparison.differences import (
    DOCUMENTED,
    EVERYWHERE,
    MISTAKES,
    NEWER,
    NOT_IN_MESSAGES,
    Difference,
)
from tests.rtvi.comparison.differences_of_cases import OF_CASES
from tests.rtvi.comparison.rewriting import Played

CHECKOUT = Path(__file__).parents[3]
PYTHON = CHECKOUT / ".venv-pipecat/bin/python"
ENVIRONMENT = ".venv-pipecat/requirements-pipecat.installed"

DIFFERENCES = [*EVERYWHERE, *OF_CASES]
ALL = [case for each in CASES for case in each.each()]
INVALID = re.compile(
    r"Invalid (RTVI transport |[a-z-]+ )?message: .*|The message has no '\w+' that is a string\.", re.DOTALL
)


def comparable(case: Case, played: JSON) -> Played:
    """What was played, without what must differ."""
    names = {int(number): name for number, name in played["names"].items()}
    return Played([_message(case, names, each) for each in played["messages"]], played["frames"])


def _message(case: Case, names: dict[int, str], message: JSON) -> JSON:
    data = message.get("data")
    if not isinstance(data, dict):
        return _without_label(message)
    data = dict(data)
    match message["type"]:
        case "bot-output":
            data["segment_id"] = names[data["segment_id"]]
        case "bot-ready":
            data["about"] = "its own"
        case "user-audio-level" | "bot-audio-level":
            assert 0 <= data["value"] <= 1
            data["value"] = data["value"] > 0
        case "server-message" if data.get("type") == "supervisor-acted":
            data["at"] = "then"
        case "system-log":
            lines = [step["log"] for step in case.steps if "log" in step]
            data["text"] = next((line for line in lines if data["text"].rstrip().endswith(line)), data["text"])
        case "error" | "error-response" if INVALID.fullmatch(data["error"]):
            data |= {key: "Invalid message" for key in ("error", "message") if key in data}
    return {**_without_label(message), "data": data}


def _without_label(message: JSON) -> JSON:
    return {key: value for key, value in message.items() if key != "label"}


@pytest.fixture(scope="module")
def theirs() -> dict[str, Played]:
    """All cases through Pipecat, by their labels."""
    command = [str(PYTHON), "-P", str(Path(__file__).with_name("theirs.py"))]
    given = json.dumps([case.told() for case in ALL])
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    played = zip(ALL, json.loads(done.stdout), strict=True)
    return {case.label: comparable(case, each) for case, each in played}


def play(case: Case) -> Played:
    """A case through ours."""
    return comparable(case, json.loads(json.dumps(asyncio.run(ours.play(case)))))


def lines(played: list[JSON]) -> list[str]:
    """As JSON, which tells 0 from false and knows only one kind of number."""
    return [json.dumps(_plain(each), sort_keys=True) for each in played]


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case float() if value.is_integer():
            return int(value)
    return value


def expected(case: Case, theirs: Played) -> Played:
    """What we send where Pipecat sends this."""
    for difference in DIFFERENCES:
        theirs = difference.apply(case, theirs)
    return theirs


@pytest.mark.needs(ENVIRONMENT)
@pytest.mark.parametrize("case", ALL, ids=lambda case: case.label)
def test_pipecat_tells_the_same_but_for_the_listed_differences(case: Case, theirs: dict[str, Played]) -> None:
    wanted, played = expected(case, theirs[case.label]), play(case)
    assert lines(played.messages) == lines(wanted.messages)
    assert lines(played.frames) == lines(wanted.frames)


def occurs(difference: Difference, case: Case, theirs: Played) -> bool:
    """Whether it is there once the earlier ones are applied."""
    for earlier in DIFFERENCES[: DIFFERENCES.index(difference)]:
        theirs = earlier.apply(case, theirs)
    return difference.apply(case, theirs) != theirs


@pytest.mark.needs(ENVIRONMENT)
@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.says)
def test_each_listed_difference_occurs(difference: Difference, theirs: dict[str, Played]) -> None:
    found = {case.name for case in ALL if occurs(difference, case, theirs[case.label])}
    assert found == set(difference.cases) if difference.cases else found


def test_each_difference_has_a_reason_and_each_mistake_shows_in_one() -> None:
    reasons = {difference.reason for difference in DIFFERENCES}
    assert reasons == {NEWER, DOCUMENTED} | (set(MISTAKES) - NOT_IN_MESSAGES)


def test_each_case_has_a_name_of_its_own() -> None:
    assert len({case.label for case in ALL}) == len(ALL)


def test_each_row_of_the_table_has_a_case() -> None:
    pushed = {step["push"] for case in CASES for step in case.steps if "push" in step}
    pushed |= {"RTVIServerResponseFrame" for case in CASES for how, _ in case.answers.values() if how == "data"}
    assert {kind.__name__ for kind in ROWS} - pushed == {"StartFrame"}  # which comes first in every case
    assert pushed <= {kind.__name__ for kind in ROWS}


def test_each_message_of_a_client_has_a_case() -> None:
    said = {step["say"].get("type") for case in CASES for step in case.steps if "say" in step}
    assert set(INBOUND) - said == set()


def test_each_parameter_of_the_observer_has_a_case() -> None:
    used = {name for case in CASES for name in case.params}
    assert {each.name for each in fields(RTVIObserverParams)} - used == set()


def test_each_message_of_the_server_comes_in_some_case() -> None:
    models = [each for each in vars(RTVI).values() if isinstance(each, type) and issubclass(each, RTVI.FromServer)]
    kinds = {model.model_fields["type"].default for model in models if model is not RTVI.FromServer}
    assert {message["type"] for case in ALL for message in play(case).messages} == kinds
