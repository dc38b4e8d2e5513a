"""What docs/rtvi.md says is true, table by table, and it says all of it."""

import re
from itertools import pairwise
from typing import Any

import pytest
from pydantic import BaseModel

import appliance.rtvi.models as RTVI  # noqa: N812, the name that the field knows
from appliance.call.actions import ACTIONS
from appliance.call.services import SERVICES
from appliance.rtvi import processor, reading
from appliance.settings import Settings
from appliance.supervision import allowance, feed, hub, ring, socket, subject
from appliance.supervision.requests import REQUESTS, CallId, Since, Subscribe, Unsubscribe
from appliance.supervision.roles import roles_of
from appliance.supervision.shapes import SHAPES, CallSummary, LastWords, OpenFunction, Said, Waits, type_of
from tests.house.checkout import read

DOCUMENT = read("docs/rtvi.md")
ROLES = roles_of(Settings().roles)
Row = list[str]


def tables(section: str) -> list[list[Row]]:
    """The tables under a heading: rows of cells, without the head."""
    text = DOCUMENT.split(f"\n## {section}\n")[1].split("\n## ")[0]
    found: list[list[Row]] = []
    for before, line in pairwise(["", *text.splitlines()]):
        if line.startswith("|"):
            if not before.startswith("|"):
                found.append([])
            found[-1].append([cell.strip() for cell in line.strip("|").split(" |")])
    return [rows[2:] for rows in found]


def codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def named(model: type[BaseModel], *, sent_by_client: bool = False) -> list[str]:
    """The keys of an object, each with a question mark if it may be missing."""
    return [
        (field.alias or name) + "?" * (not field.is_required() and (sent_by_client or field.default is None))
        for name, field in model.model_fields.items()
        if name != "type"
    ]


def data_of(message: type[BaseModel], *, sent_by_client: bool = False) -> list[str] | None:
    """The keys of a message's data; None if it is not one object."""
    if "data" not in message.model_fields:
        return []
    data: Any = message.model_fields["data"].annotation
    is_object = isinstance(data, type) and issubclass(data, BaseModel)
    return named(data, sent_by_client=sent_by_client) if is_object else None


def messages(base: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """All messages of one direction by their type."""
    models = [getattr(RTVI, name) for name in RTVI.__all__]
    found = [one for one in models if isinstance(one, type) and issubclass(one, base) and one is not base]
    return {str(one.model_fields["type"].default): one for one in found}


def test_the_appliances_own_messages_are_those_of_the_table() -> None:
    own, _ = tables("What comes: the appliance's own messages")
    assert [(codes(kind), codes(data)) for kind, data, _ in own] == [([type_of(one)], named(one)) for one in SHAPES]


def test_the_objects_in_them_have_the_keys_of_the_table() -> None:
    _, objects = tables("What comes: the appliance's own messages")
    names = ("call", "waits", "last words", "said", "open function")
    shapes: tuple[type[BaseModel], ...] = (CallSummary, Waits, LastWords, Said, OpenFunction)
    assert [(name, codes(keys)) for name, keys in objects] == list(zip(names, map(named, shapes), strict=True))


def test_every_message_of_rtvi_that_the_server_sends_is_in_the_table_with_its_data() -> None:
    (rows,) = tables("What comes: RTVI's messages")
    told = {kind: codes(data) for kinds, data, _ in rows for kind in codes(kinds)}
    known = messages(RTVI.FromServer)
    assert told.keys() == known.keys()
    wrong = {kind: data for kind, one in known.items() if (data := data_of(one)) not in (None, told[kind])}
    assert wrong == {}


def test_every_message_that_may_be_sent_is_in_the_table_with_its_data_and_who_may() -> None:
    rows, *_ = tables("What may be sent")
    told = {kind: (codes(data), codes(who) or [who]) for kinds, data, _, who in rows for kind in codes(kinds)}
    known = messages(RTVI.FromClient)
    assert told.keys() == known.keys()
    for kind, one in known.items():
        able = [name for name, role in ROLES.items() if role.may(kind)]
        assert told[kind] == (data_of(one, sent_by_client=True), ["all"] if able == list(ROLES) else able), kind


def test_what_the_house_may_be_asked_is_in_the_table() -> None:
    _, rows, _ = tables("What may be sent")
    assert (Subscribe.model_fields["d"].annotation, Unsubscribe.model_fields["d"].annotation) == (Since, CallId)
    data = {"calls": [], "subscribe": named(Since), "unsubscribe": named(CallId)}
    assert [(codes(kind), codes(keys)) for kind, keys, _ in rows] == [([kind], data[kind]) for kind in REQUESTS]


def test_every_action_and_service_is_named() -> None:
    *_, rows = tables("What may be sent")
    told = {name: codes(arguments) for names, arguments, _ in rows for name in codes(names)}
    known = {
        f"{offer.service}:{offer.action}": [each.name + "?" * (not each.required) for each in offer.arguments]
        for offer in ACTIONS
    }
    assert told == known
    (services,) = re.findall(r"^Services: (.*?)\n\n", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert codes(services) == ["vad", "turn", "tts", *SERVICES["tts"], "llm", *SERVICES["llm"]]
    assert list(SERVICES) == ["vad", "turn", "tts", "llm"]


def test_the_built_in_roles_are_those_of_the_table() -> None:
    _, rows = tables("Where, and who may")
    built_in = Settings().roles
    assert [codes(role)[0] for role, *_ in rows] == list(built_in)
    by_type = {"action", "update-config"}
    told_messages = {
        "viewer": (codes(rows[0][1]), built_in["viewer"].messages),
        "coach": (codes(rows[0][1]), built_in["coach"].messages),
        "supervisor": (messages(RTVI.FromClient).keys() - by_type, built_in["supervisor"].messages),
        "admin": (codes(rows[3][1]), built_in["admin"].messages),
    }
    assert {name for name, (told, real) in told_messages.items() if set(told) != set(real)} == set()
    for role, _, *cells in rows:
        one = built_in[codes(role)[0]]
        real = [one.actions, one.services, (one.report_level,), one.sees, one.dialplans]
        assert [codes(cell) for cell in cells] == [list(each) for each in real], role


@pytest.mark.parametrize("cells", tables("Limits")[0])
def test_the_limits_are_the_settings_defaults(cells: Row) -> None:
    (name,) = codes(cells[0])
    (number,) = re.findall(r"^\d+", cells[1])
    assert getattr(Settings().supervision, name.removeprefix("supervision.")) == int(number)


def test_what_is_said_of_bounds_and_closing_is_so() -> None:
    _, rows = tables("Limits")
    assert [int(code) for code, _ in rows] == [hub.NORMAL, hub.GOING_AWAY, socket.NOT_ALLOWED, feed.TOO_SLOW]
    assert (feed.MAX_BYTES, ring.MAX_BYTES) == (2**20, 512 * 1024)
    assert (subject.LINGER_SECS, socket.READY_SECS) == (60, 30)
    assert (allowance.PER_SEC, allowance.BURST) == (200, 1000)
    assert (reading.LONGEST_MESSAGE, processor.MOST_WAITING) == (256 * 1024, 64)


def test_it_can_be_read_at_one_sitting_and_the_readme_leads_to_it() -> None:
    assert len(DOCUMENT.splitlines()) < 300
    assert "](docs/rtvi.md)" in read("README.md")
