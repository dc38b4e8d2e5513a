from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from appliance.records import CallRecord, DeedRecord, TurnRecord
from appliance.server.app import create_app
from appliance.server.desk import Desk
from appliance.server.house import House
from tests.call.lines import PLAN
from tests.server.houses import ask, opened


class Pages:
    """Requests with a token."""

    def __init__(self, house: House) -> None:
        self._app = create_app(house, Desk(house, None))
        self._house = house

    async def get(self, path: str, role: str = "viewer", dialplans: Sequence[str] = ()) -> tuple[int, Any]:
        token = self._house.auth.credentials.add("token", "test", role, None, dialplans)
        return await ask(self._app, path, authorization=f"Bearer {token}")

    async def get_without(self, path: str) -> tuple[int, Any]:
        return await ask(self._app, path)


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Pages]:
    """A house in whose records are three calls, two of which began at the same moment, and an old one."""
    (tmp_path / "dialplans").mkdir()
    night = PLAN.replace("name: Plan", "name: Night\ntags: [night]").replace("+15555550100", "+15555550101")
    (tmp_path / "dialplans" / "night.yaml").write_text(night)
    roles = {"night": {"dialplans": ["tag:night"]}, "old": {"dialplans": ["Gone"], "sees": ["numbers"]}}
    async with opened(tmp_path, roles=roles) as house:
        for number, plan, at in ((0, "Gone", 50.0), (1, "Plan", 100.0), (2, "Night", 200.0), (3, "Plan", 200.0)):
            house.records.put(CallRecord(f"CA{number}", "twilio", "+1", "+2", plan, at, outcome="completed"))
        house.records.put(TurnRecord("CA1", 0, "bot", "Hello there.", 101.0, "Hello"))
        house.records.put(DeedRecord("CA1", 0, 102.0, "anna", "supervisor", "send-text", "done"))
        await house.records.flush()
        yield Pages(house)


async def test_the_latest_calls_come_first_and_a_page_says_where_the_next_begins(pages: Pages) -> None:
    seen, path = [], "/api/calls?limit=1"
    while True:
        status, page = await pages.get(path)
        assert status == 200
        seen += [call["call_id"] for call in page["calls"]]
        if page["next"] is None:
            break
        path = f"/api/calls?limit=1&before={page['next']}"
    assert sorted(seen) == ["CA0", "CA1", "CA2", "CA3"]
    assert seen[2:] == ["CA1", "CA0"]


async def test_a_call_is_told_with_its_turns(pages: Pages) -> None:
    status, call = await pages.get("/api/calls/CA1")
    assert (status, call["outcome"], call["dialplan"]) == (200, "completed", "Plan")
    assert call["turns"] == [
        {"index": 0, "who": "bot", "text": "Hello there.", "started_at": 101.0, "heard": "Hello", "details": {}}
    ]


@pytest.mark.parametrize(
    ("role", "numbers"),
    [("viewer", ("[number]", "[number]")), ("coach", ("[number]", "[number]")), ("supervisor", ("+1", "+2"))],
)
async def test_numbers_are_for_roles_that_see_them(pages: Pages, role: str, numbers: tuple[str, str]) -> None:
    _, page = await pages.get("/api/calls", role)
    assert {(call["caller"], call["called"]) for call in page["calls"]} == {numbers}
    _, call = await pages.get("/api/calls/CA1", role)
    assert (call["caller"], call["called"]) == numbers


@pytest.mark.parametrize(("role", "sees"), [("viewer", False), ("coach", False), ("supervisor", True), ("admin", True)])
async def test_the_audit_is_for_roles_that_see_it(pages: Pages, role: str, sees: bool) -> None:
    _, call = await pages.get("/api/calls/CA1", role)
    deed = {"index": 0, "at": 102.0, "who": "anna", "role": "supervisor", "what": "send-text", "outcome": "done"}
    assert call.get("audit") == ([deed] if sees else None)
    assert (await pages.get("/api/calls/CA2", "supervisor"))[1]["audit"] == []


@pytest.mark.parametrize(
    ("role", "dialplans", "seen"),
    [
        ("viewer", [], ["CA3", "CA2", "CA1", "CA0"]),
        ("viewer", ["Plan"], ["CA3", "CA1"]),
        ("viewer", ["tag:night"], ["CA2"]),
        ("admin", ["Gone"], ["CA0"]),
        ("old", [], ["CA0"]),
        ("old", ["Plan"], []),
        ("night", [], ["CA2"]),
        ("night", ["Plan"], []),
        ("night", ["Plan", "Night"], ["CA2"]),
    ],
)
async def test_calls_of_dialplans_that_a_role_or_token_does_not_cover_are_not_there(
    pages: Pages, role: str, dialplans: list[str], seen: list[str]
) -> None:
    found, path = [], "/api/calls?limit=1"
    while True:
        _, page = await pages.get(path, role, dialplans)
        found += [call["call_id"] for call in page["calls"]]
        if page["next"] is None:
            break
        path = f"/api/calls?limit=1&before={page['next']}"
    assert found == seen
    for call_id in ("CA0", "CA1", "CA2", "CA3"):
        status, told = await pages.get(f"/api/calls/{call_id}", role, dialplans)
        assert status == (200 if call_id in seen else 404)
        assert (told == {"error": "there is no such call"}) is (call_id not in seen)


async def test_a_token_whose_role_is_gone_is_refused(pages: Pages) -> None:
    sentence = "There is no role 'gone' any more: expected a token with one of the settings."
    assert await pages.get("/api/calls", "gone") == (403, {"error": sentence})


async def test_an_unknown_call_is_not_found(pages: Pages) -> None:
    assert await pages.get("/api/calls/CA9") == (404, {"error": "there is no such call"})


@pytest.mark.parametrize("path", ["/api/calls", "/api/calls/CA1", "/api/calls/CA9"])
async def test_without_a_token_nothing_is_told(pages: Pages, path: str) -> None:
    status, told = await pages.get_without(path)
    assert (status, told) == (401, {"error": "Not signed in: a token or the page's session is expected."})


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("limit=0", "limit is 0, expected 1 to 500"),
        ("limit=501", "limit is 501, expected 1 to 500"),
        ("limit=-", "limit must be a whole number and before a page's next"),
        ("before=yesterday", "limit must be a whole number and before a page's next"),
    ],
)
async def test_a_question_that_cannot_be_answered_gets_a_sentence(pages: Pages, query: str, sentence: str) -> None:
    assert await pages.get(f"/api/calls?{query}") == (400, {"error": sentence})
