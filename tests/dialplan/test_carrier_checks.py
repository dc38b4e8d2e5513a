"""What dialplans want of the carrier without credentials for it."""

from pathlib import Path

import pytest

from appliance.dialplan import load_dialplans
from appliance.settings import Settings

PLAN = """\
name: Wants more
numbers: ["+15555550100"]
functions:
  note: {sms: "Your order {{ caller }}."}
steps:
  note: {call: note, found: boss, not_found: boss}
  boss: {transfer: {to: "+15555550196", warm: {summary: A caller.}}}
"""
NO_REST = "needs Twilio's REST API, expected `twilio.account_sid` and `twilio.auth_token` in the settings"
CREDENTIALS = {"account_sid": "AC" + "5" * 32, "auth_token": "t0ken"}


def loaded(tmp_path: Path, plan: str, twilio: dict[str, str]) -> tuple[int, list[str]]:
    """How many dialplans can serve with these settings, and what is said of the others."""
    (tmp_path / "plan.yaml").write_text(plan)
    settings = Settings.model_validate({"dialplans": {"path": tmp_path}, "twilio": twilio})
    dialplans = load_dialplans(tmp_path, settings)
    return len(dialplans.plans), [str(problem).partition("plan.yaml:")[2] for problem in dialplans.problems]


@pytest.mark.parametrize("twilio", [{}, {"auth_token": "t0ken"}])
def test_without_credentials_nobody_is_told_first_and_nothing_is_sent(tmp_path: Path, twilio: dict[str, str]) -> None:
    assert loaded(tmp_path, PLAN, twilio) == (
        0,
        [
            f"7: steps.boss.transfer.warm: telling a person first {NO_REST}",
            f"4: functions.note.sms: a text message {NO_REST}",
        ],
    )


def test_with_credentials_both_are_done(tmp_path: Path) -> None:
    assert loaded(tmp_path, PLAN, CREDENTIALS) == (1, [])


def test_a_transfer_that_tells_nobody_needs_no_credentials(tmp_path: Path) -> None:
    cold = PLAN.replace(", warm: {summary: A caller.}", "").replace(
        '{sms: "Your order {{ caller }}."}', "{table: {a: b}}"
    )
    cold = cold.replace("{call: note, found", "{call: note, with: {value: a}, found")
    assert loaded(tmp_path, cold, {}) == (1, [])
