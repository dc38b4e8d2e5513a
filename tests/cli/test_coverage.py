"""Roles and tokens that name dialplans which are not there."""

from pathlib import Path

import pytest

from appliance.cli.coverage import strangers, uncovered, unknown_roles
from appliance.dialplan import LoadedDialplan, load_dialplans
from appliance.settings import RoleSettings, Settings
from appliance.supervision.roles import roles_of


def plans(tmp_path: Path) -> tuple[LoadedDialplan, ...]:
    text = 'name: Orders\nnumbers: "+1555555010{}"\ntags: [goods, day]\nsteps: {{a: {{hang_up: Bye.}}}}\n'
    (tmp_path / "orders.yaml").write_text(text.format(1))
    (tmp_path / "support.yaml").write_text(text.format(2).replace("Orders", "Support").replace("goods", "help"))
    return load_dialplans(tmp_path).plans


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("*", []),
        ("Orders", []),
        ("tag:goods", []),
        ("orders", ["unknown dialplan 'orders', did you mean 'Orders'?"]),
        ("tag:good", ["unknown dialplan 'tag:good', did you mean 'tag:goods'?"]),
        ("x", ["unknown dialplan 'x', expected one of Orders, tag:goods, tag:day, Support, tag:help"]),
    ],
)
def test_a_dialplan_that_is_not_there_is_named(tmp_path: Path, word: str, said: list[str]) -> None:
    assert list(strangers([word], plans(tmp_path))) == said


def test_each_role_of_the_settings_is_looked_at(tmp_path: Path) -> None:
    roles = {"coach": RoleSettings(dialplans=("Order", "Support")), "night": RoleSettings(dialplans=("tag:nigth",))}
    found = uncovered(Settings(roles=roles), lambda path: f"there {path[1]}", plans(tmp_path))
    assert list(found) == [
        "there coach: roles.coach.dialplans: unknown dialplan 'Order', did you mean 'Orders'?",
        "there night: roles.night.dialplans: unknown dialplan 'tag:nigth', expected one of Orders, tag:goods, tag:day, "
        "Support, tag:help",
    ]


def test_a_role_that_a_dialplan_is_for_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        'name: A\nnumbers: ["*"]\nroles: [supervisor, docter]\nsteps:\n  end: {hang_up: Bye.}\n'
    )
    roles = roles_of(Settings(roles={"doctor": RoleSettings()}).roles).values()
    (problem,) = unknown_roles(roles, load_dialplans(tmp_path).plans)
    assert str(problem) == f"{tmp_path}/a.yaml:3: roles[2]: unknown role 'docter', did you mean 'doctor'?"
