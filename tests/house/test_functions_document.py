"""What docs/functions.md says is true: its dialplans load, its functions do what it says, its numbers are ours."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from appliance.dialogue.calling import AGAIN_SECS
from appliance.dialplan import Dialplans, Function, load_dialplans
from appliance.dialplan.functions import KINDS, Filler
from appliance.dialplan.opening import FIELDS
from appliance.functions import Functions, Means, Surroundings
from appliance.functions.http_answer import BUSY, MOST_BYTES
from appliance.functions.web import Web
from appliance.settings import Settings
from tests.functions.shop import open_shop
from tests.house.checkout import ROOT, read

DOCUMENT = read("docs/functions.md")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
CALL = Surroundings("CA1", caller="+15555550123", variables=lambda: {"caller": "+15555550123"})


def written(directory: Path, replaced: str = "https://parcels.example") -> Dialplans:
    """The document's dialplans and module, loaded; its server is another one."""
    (directory / "functions").mkdir()
    (directory / "dialplans").mkdir()
    for number, (kind, text) in enumerate(BLOCKS):
        name = re.match(r"# (\w+\.yaml)\n", text)
        if kind == "yaml":
            text = text.replace("https://parcels.example", replaced)
            (directory / "dialplans" / (name[1] if name else f"{number}.yaml")).write_text(text)
        elif kind == "python":
            (directory / "functions" / "booking.py").write_text(text)
    settings = {
        "dialplans": {"path": directory / "dialplans"},
        "secrets": {"parcels": "hush"},
        "functions": {"allow": "127.0.0.1"},
    }
    return load_dialplans(directory / "dialplans", Settings.model_validate(settings))


@pytest.fixture(autouse=True)
def own_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is loaded here is forgotten again."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    sys.modules.pop("booking", None)


def functions(found: Dialplans, name: str, outside: Web | None = None) -> Functions:
    """The functions of a dialplan, in a call."""
    (plan,) = [loaded.plan for loaded in found.plans if loaded.plan.name == name]
    around = Surroundings("CA1", variables=CALL.variables, means=Means({"parcels": "hush"}, outside))
    return Functions(plan, around)


def test_its_dialplans_serve(tmp_path: Path) -> None:
    found = written(tmp_path)
    assert [str(problem) for problem in found.problems] == []
    assert {loaded.plan.name for loaded in found.plans} == {"Parcels", "Bookings", "North"}


async def test_its_server_is_asked_and_answers_as_it_says(tmp_path: Path) -> None:
    outside = Web(["127.0.0.1"])
    async with open_shop() as shop:
        parcels = functions(written(tmp_path, shop.url), "Parcels", outside)
        stops: list[dict[str, Any]] = [{"city": "Bonn"}, {"city": "Ulm"}]
        shop.will(
            web.json_response({"stops": stops, "delay_minutes": 45}),
            web.json_response({}, status=404),
            web.json_response({"stops": []}),
            web.Response(status=204),
        )
        assert await parcels.call("where", {"number": "4711"}) == {"place": "Ulm", "late": True}
        assert await parcels.call("where", {"number": "4712"}) is None
        assert await parcels.call("where", {"number": "4713"}) is None
        assert await parcels.call("remind", {"number": "4711"}) == {"status": 204}
        first, *_, last = shop.asked
        assert (first.path, first.headers["authorization"]) == ("/v1/4711", "Bearer hush")
        assert last.body == '{"parcel": "4711", "phone": "+15555550123", "try": 1}'
    await outside.close()


async def test_its_function_is_called(tmp_path: Path) -> None:
    bookings = functions(written(tmp_path), "Bookings")
    assert await bookings.call("free", {"day": "2026-11-24"}) == ["18:30", "20:00"]
    assert await bookings.call("free", {"day": "2026-11-24", "guests": "5"}) is None


def test_it_names_every_kind() -> None:
    assert [kind for kind in KINDS if f"| `{kind}` |" not in DOCUMENT] == []


def test_its_numbers_are_those_of_the_code() -> None:
    fields = Function.model_fields
    assert f"`timeout_secs` ({fields['timeout_secs'].default:g})" in DOCUMENT
    assert f"`filler.after_ms` ({Filler().after_ms / 1000:g} seconds)" in DOCUMENT
    assert f'"{Filler().say}"' in DOCUMENT
    assert f"every {AGAIN_SECS:g} seconds" in DOCUMENT
    assert f"more than {MOST_BYTES // 1_000_000} MB" in DOCUMENT
    *others, last = map(str, BUSY)
    assert f"{', '.join(others)} or {last}" in DOCUMENT


def test_its_links_lead_somewhere() -> None:
    links = [link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", DOCUMENT)]
    assert [file for file, *_ in links if not (ROOT / "docs" / file).is_file()] == []
    anchors = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)", read("docs/dialplans.md"), re.MULTILINE)
    }
    assert [anchor for _, _, anchor in links if anchor and anchor not in anchors] == []


def test_other_documents_say_where_it_is() -> None:
    assert "](functions.md" in read("docs/dialplans.md")
    assert "](docs/functions.md)" in read("README.md")


def test_it_says_what_hours_tell() -> None:
    _, _, section = DOCUMENT.partition("## Opening hours are looked up")
    assert tuple(re.findall(r"^\| `(\w+)` \|", section.partition("\n## ")[0], re.MULTILINE)) == FIELDS
