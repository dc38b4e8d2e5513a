"""What each role may see and do, as tables."""

import pytest

from appliance.rtvi.inbound import INBOUND
from appliance.rtvi.levels import RTVIFunctionCallReportLevel as Level
from appliance.rtvi.microphones import AUDIO_MESSAGES
from appliance.settings import RoleSettings, Settings
from appliance.settings.roles import ELSEWHERE, MESSAGES
from appliance.supervision.roles import Role, Terms, roles_of

ROLES = roles_of(Settings().roles)
LOOKS = {"client-ready", "describe-config", "get-config", "describe-actions", "client-message"}
ALL = set(MESSAGES)


def role(name: str = "tried", **keys: object) -> Role:
    return Role.of(name, RoleSettings.model_validate(keys))


def test_the_settings_know_every_message_that_there_is() -> None:
    assert ALL | set(ELSEWHERE) == set(INBOUND) | set(AUDIO_MESSAGES)


@pytest.mark.parametrize(
    ("name", "messages", "level", "sees"),
    [
        ("viewer", LOOKS, Level.NAME, set()),
        ("coach", LOOKS, Level.NAME, set()),
        ("supervisor", ALL, Level.FULL, {"numbers", "sensitive", "audit", "recordings"}),
        ("admin", ALL, Level.FULL, {"numbers", "sensitive", "audit", "recordings"}),
    ],
)
def test_four_roles_are_always_there(name: str, messages: set[str], level: Level, sees: set[str]) -> None:
    built_in = ROLES[name]
    assert {kind for kind in MESSAGES if built_in.may(kind)} == messages
    assert (built_in.name, built_in.report_level, set(built_in.sees)) == (name, level, sees)
    assert built_in.covers("any dialplan", ["any tag"])


@pytest.mark.parametrize(
    ("name", "kind", "what", "may"),
    [
        ("viewer", "action", "dialogue:append", False),
        ("viewer", "action", None, False),
        ("viewer", "update-config", "vad", False),
        ("viewer", "update-config", None, False),
        ("viewer", "no-such-thing", None, False),
        ("coach", "action", "dialogue:append", True),
        ("coach", "action", None, True),
        ("coach", "action", "dialogue:run", False),
        ("coach", "action", "call:hangup", False),
        ("coach", "update-config", "dialogue", False),
        ("supervisor", "action", "call:transfer", True),
        ("supervisor", "update-config", "vad", True),
        ("supervisor", "update-config", None, True),
        ("supervisor", "no-such-thing", None, False),
        ("admin", "action", "any:thing", True),
        ("admin", "update-config", "any", True),
        ("admin", "a-message-to-come", None, True),
    ],
)
def test_what_the_built_in_roles_may_do(name: str, kind: str, what: str | None, may: bool) -> None:
    assert ROLES[name].may(kind, what) is may


@pytest.mark.parametrize(
    ("actions", "action", "may"),
    [
        ([], "call:hangup", False),
        (["call:hangup"], "call:hangup", True),
        (["call:hangup"], "call:transfer", False),
        (["call:hangup"], "call", False),
        (["call:*"], "call:transfer", True),
        (["call:*"], "calls:transfer", False),
        (["call:*", "tts:say"], "tts:say", True),
        (["*"], "tts:say", True),
        (["tts:say"], "tts:*", False),
    ],
)
def test_actions_are_permitted_one_by_one_by_service_or_all(actions: list[str], action: str, may: bool) -> None:
    assert role(actions=actions).may("action", action) is may


@pytest.mark.parametrize(
    ("services", "service", "may"),
    [([], "vad", False), (["vad"], "vad", True), (["vad"], "tts", False), (["*"], "tts", True)],
)
def test_services_are_permitted_one_by_one_or_all(services: list[str], service: str, may: bool) -> None:
    assert role(services=services).may("update-config", service) is may


def test_every_role_may_say_client_ready() -> None:
    silent = role(messages=[])
    assert [kind for kind in MESSAGES if silent.may(kind)] == ["client-ready"]


def test_a_message_that_is_listed_permits_no_action_and_no_option() -> None:
    everything = role(messages=["*"])
    assert (everything.may("send-text"), everything.may("action", "call:hangup")) == (True, False)
    assert not everything.may("update-config", "vad")


@pytest.mark.parametrize(
    ("dialplans", "token", "covered"),
    [
        (["*"], [], {"Sales", "Orders", "Support"}),
        ([], [], set()),
        (["Sales"], [], {"Sales"}),
        (["tag:goods"], [], {"Sales", "Orders"}),
        (["tag:goods", "Support"], [], {"Sales", "Orders", "Support"}),
        (["tag:*"], [], set()),
        (["goods"], [], set()),
        (["*"], ["Orders"], {"Orders"}),
        (["*"], ["tag:goods", "tag:urgent"], {"Sales", "Orders", "Support"}),
        (["tag:goods"], ["Sales", "Support"], {"Sales"}),
        (["Sales"], ["*"], {"Sales"}),
        (["Sales"], ["Support"], set()),
    ],
)
def test_a_role_covers_dialplans_by_name_or_tag_and_a_token_narrows_that(
    dialplans: list[str], token: list[str], covered: set[str]
) -> None:
    plans = {"Sales": Terms(["goods"]), "Orders": Terms(["goods", "urgent"]), "Support": Terms(["urgent"])}
    holder = role(dialplans=dialplans).narrowed(token)
    assert {name for name, terms in plans.items() if holder.covers(name, *terms)} == covered
    names = holder.covered(plans)
    assert covered == ({*plans} if names is None else names & {*plans})


def test_a_dialplan_may_be_for_some_roles_alone() -> None:
    plans = {"Sales": Terms(), "Doctor": Terms(roles=["doctor", "nurse"])}
    nurse, clerk = role("nurse", dialplans=["*"]), role("clerk", dialplans=["*"])
    assert (nurse.covered(plans), clerk.covered(plans)) == (None, frozenset({"Sales"}))
    assert (nurse.covers("Doctor", *plans["Doctor"]), clerk.covers("Doctor", *plans["Doctor"])) == (True, False)
    assert not role("nurse", dialplans=["Sales"]).covers("Doctor", *plans["Doctor"])


def test_a_dialplan_that_serves_no_more_is_covered_by_its_name_alone() -> None:
    assert role(dialplans=["Gone", "tag:goods"]).covered({"Sales": Terms(["goods"])}) == frozenset({"Gone", "Sales"})
    assert role(dialplans=["tag:goods"]).narrowed(["Gone"]).covered({"Sales": Terms(["goods"])}) == frozenset()
    assert role(dialplans=["*"]).narrowed(["Gone"]).covered({"Sales": Terms(["goods"])}) == frozenset({"Gone"})
    assert role(dialplans=["*"]).covered({}) is None
