"""What functions may have wrong."""

import sys
from pathlib import Path

import pytest

from appliance.dialplan import load_dialplan, load_dialplans
from appliance.settings import Settings

PLAN = """\
name: Desk
numbers: ["*"]
functions:
  table: {{table: {{"1": one}}}}
  refund: {{supervised: {{}}}}
  book: {{python: deskmodule:book, parameters: {{day: The day, guests: {{type: integer, required: no}}}}}}
function_call_report_level: {{refund: full}}
steps:
  ask: {{call: {call}, with: {{{told}}}, save_as: found, found: end, not_found: end}}
  end: {{hang_up: Bye.}}
"""


def said(tmp_path: Path, call: str, told: str) -> list[str]:
    """What is wrong with a step that calls a function."""
    (tmp_path / "plan.yaml").write_text(PLAN.format(call=call, told=told))
    loaded = load_dialplan(tmp_path / "plan.yaml")
    return [str(one).partition("plan.yaml:")[2] for one in loaded] if isinstance(loaded, list) else []


@pytest.mark.parametrize(
    ("call", "told", "problems"),
    [
        ("table", "number: '1'", []),
        ("table", "", ["9: steps.ask: a table is looked up with one value, expected one argument in `with`"]),
        ("refund", "anything: x", []),
        ("book", "day: Friday", []),
        ("book", "day: Friday, guests: '2'", []),
        ("book", "guests: '2'", ["9: steps.ask: 'book' needs 'day', expected it in `with`"]),
        (
            "book",
            "day: Friday, guest: '2'",
            ["9: steps.ask.with.guest: unknown parameter 'guest', did you mean 'guests'?"],
        ),
    ],
)
def test_a_step_tells_a_function_what_it_takes(tmp_path: Path, call: str, told: str, problems: list[str]) -> None:
    assert said(tmp_path, call, told) == problems


@pytest.mark.parametrize(
    ("module", "problems"),
    [
        ("async def book(day, guests=2): ...\n", []),
        ("", ["the module 'deskmodule' has no 'book', expected a function"]),
        ("def book(day): ...\n", ["deskmodule:book has no parameter 'guests', expected one as in `parameters`"]),
        (None, ["there is no module 'deskmodule', expected deskmodule.py"]),
    ],
)
def test_a_dialplan_whose_function_is_not_there_or_does_not_fit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str | None, problems: list[str]
) -> None:
    (tmp_path / "dialplans").mkdir()
    (tmp_path / "functions").mkdir()
    (tmp_path / "dialplans" / "plan.yaml").write_text(PLAN.format(call="book", told="day: Friday"))
    if module is not None:
        (tmp_path / "functions" / "deskmodule.py").write_text(module)
    monkeypatch.setattr(sys, "path", [*sys.path])
    settings = Settings.model_validate({"dialplans": {"path": tmp_path / "dialplans"}})
    loaded = load_dialplans(tmp_path / "dialplans", settings)
    sys.modules.pop("deskmodule", None)
    assert [str(one).partition("plan.yaml:")[2] for one in loaded.problems] == [
        f"6: functions.book.python: {one}" for one in problems
    ]
    assert len(loaded.plans) == (not problems)


HTTP = """\
name: Shop
numbers: ["*"]
variables: {{shop: Harper}}
functions:
  order:
    parameters: {{number: The number}}
    http:
      url: https://shop.example/{{{{ number }}}}
      headers: {{X-Key: "{key}"}}
      result: {{state: "{result}"}}
steps:
  ask: {{call: order, with: {{number: "1"}}, save_as: found, found: end, not_found: end}}
  end: {{hang_up: "{said}"}}
"""


@pytest.mark.parametrize(
    ("key", "result", "spoken", "problems"),
    [
        ("{{ secrets.shop_key }} {{ shop }} {{ caller }}", "{{ body.a[0].b }} {{ number }}", "{{ found.state }}", []),
        (
            "{{ secrets.shop }}",
            "",
            "",
            ["9: functions.order.http.headers.X-Key: unknown secret 'shop', did you mean 'shop_key'?"],
        ),
        (
            "{{ secrets.salon }}",
            "",
            "",
            [
                "9: functions.order.http.headers.X-Key: no secret 'salon' is set, expected APPLIANCE__SECRETS__SALON "
                "in the environment or systemd's credential secrets.salon"
            ],
        ),
        (
            "{{ secrets }}",
            "",
            "",
            ["9: functions.order.http.headers.X-Key: secrets are named one by one, expected {{ secrets.NAME }}"],
        ),
        (
            "{{ secrets[shop] }}",
            "",
            "",
            ["9: functions.order.http.headers.X-Key: secrets are named one by one, expected {{ secrets.NAME }}"],
        ),
        (
            "{{ numbr }}",
            "",
            "",
            ["9: functions.order.http.headers.X-Key: unknown variable 'numbr', did you mean 'number'?"],
        ),
        ("{{ body.x }}", "", "", ["9: functions.order.http.headers.X-Key: unknown variable 'body', expected one of"]),
        (
            "",
            "{{ secrets.shop_key }}",
            "",
            ["10: functions.order.http.result.state: unknown variable 'secrets', expected one of"],
        ),
        (
            "",
            "{{ body.x }}",
            "{{ secrets.shop_key }}",
            ["13: steps.end.hang_up: unknown variable 'secrets', expected one of"],
        ),
        (
            "",
            "{{ body.x }}",
            "{{ found.day }}",
            ["13: steps.end.hang_up: unknown variable 'found.day', did you mean 'found.state'?"],
        ),
    ],
)
def test_gaps_of_requests_and_answers_name_what_is_known_there(
    tmp_path: Path, key: str, result: str, spoken: str, problems: list[str]
) -> None:
    (tmp_path / "plan.yaml").write_text(HTTP.format(key=key or "x", result=result or "x", said=spoken or "Bye."))
    settings = Settings.model_validate({"dialplans": {"path": tmp_path}, "secrets": {"shop_key": "hush"}})
    loaded = load_dialplans(tmp_path, settings)
    found = [str(one).partition("plan.yaml:")[2] for one in loaded.problems]
    assert [one[: len(problems[at])] if at < len(problems) else one for at, one in enumerate(found)] == problems


@pytest.mark.parametrize("allow", ["10.0.0.0/8", "192.168.1.5"])
def test_a_server_within_has_to_be_allowed(tmp_path: Path, allow: str) -> None:
    plan = HTTP.format(key="x", result="x", said="Bye.").replace("https://shop.example", "http://192.168.1.5:8080")
    (tmp_path / "plan.yaml").write_text(plan)
    settings = Settings.model_validate({"dialplans": {"path": tmp_path}, "functions": {"allow": allow}})
    what = "192.168.1.5 lies within your own network, expected it in the settings' functions.allow"
    said = [str(one).partition("plan.yaml:")[2] for one in load_dialplans(tmp_path, settings).problems]
    assert said == ([] if allow == "192.168.1.5" else [f"8: functions.order.http.url: {what}"])
