"""What docs/transfers.md says is true: its dialplan serves, and its words and numbers are those of the code."""

import re
from pathlib import Path

from appliance.carriers.twilio.answers import NOT_TAKEN
from appliance.carriers.twilio.results import AT_ONCE_SECS, TransferResult
from appliance.carriers.twilio.twiml import PRESS_1
from appliance.dialplan import load_dialplans
from appliance.dialplan.transfer import LONGEST_QUEUE_SECS, LONGEST_RING_SECS, RING_SECS
from appliance.server.transfers import ANSWERED_SECS, ASKED_SECS, LATE_SECS
from appliance.settings import Settings
from appliance.simulator.humans import HUMANS
from tests.house.checkout import read

DOCUMENT = " ".join(read("docs/transfers.md").split())
(EXAMPLE,) = re.findall(r"^```yaml\n(.*?)^```", read("docs/transfers.md"), re.DOTALL | re.MULTILINE)
CREDENTIALS = {"account_sid": "AC" + "0" * 32, "auth_token": "t0ken"}


def problems(tmp_path: Path, twilio: dict[str, str]) -> list[str]:
    (tmp_path / "plan.yaml").write_text(EXAMPLE)
    settings = Settings.model_validate({"dialplans": {"path": tmp_path}, "twilio": twilio})
    return [str(problem) for problem in load_dialplans(tmp_path, settings).problems]


def test_its_dialplan_serves_with_credentials_and_not_without(tmp_path: Path) -> None:
    assert problems(tmp_path, CREDENTIALS) == []
    [problem] = problems(tmp_path, {})
    assert "needs Twilio's REST API" in problem


def test_its_results_are_those_that_there_are() -> None:
    assert [one for one in TransferResult if f"`{one.value}`" not in DOCUMENT] == []
    assert f"--human {'|'.join(HUMANS)}`" in DOCUMENT


def test_its_numbers_and_words_are_those_of_the_code() -> None:
    for said in (
        f"5 to {LONGEST_RING_SECS}; {RING_SECS} where nothing is said",
        f"5 to {LONGEST_QUEUE_SECS}; without end",
        f"hung up within {AT_ONCE_SECS} seconds",
        f"up to {ASKED_SECS:g} seconds later",
        f"until {ANSWERED_SECS:g} seconds after somebody has picked up",
        f"{LATE_SECS:g} seconds longer than it may ring",
        NOT_TAKEN,
        PRESS_1,
    ):
        assert said in DOCUMENT, said


def test_the_readme_says_where_it_is() -> None:
    assert "](docs/transfers.md)" in read("README.md")
