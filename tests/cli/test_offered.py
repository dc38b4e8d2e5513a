"""Roles that permit actions and services which no call offers."""

from appliance.cli.offered import unoffered
from appliance.settings import RoleSettings, Settings


def found(**roles: RoleSettings) -> list[str]:
    return list(unoffered(Settings(roles=roles), lambda path: "there"))


def test_the_built_in_roles_permit_only_what_is_offered() -> None:
    assert found() == []


def test_what_no_call_offers_is_named() -> None:
    coach = RoleSettings(actions=("dialogue:apend", "call:*", "cal:*", "*"), services=("vad", "vda", "*"))
    assert found(coach=coach, night=RoleSettings(actions=("tts:say",))) == [
        "there: roles.coach.actions: unknown action 'dialogue:apend', did you mean 'dialogue:append'?",
        "there: roles.coach.actions: unknown action 'cal:*', did you mean 'call:*'?",
        "there: roles.coach.services: unknown service 'vda', did you mean 'vad'?",
    ]
