"""appliance schema."""

import json
from pathlib import Path

import pytest

from appliance.cli import main
from appliance.dialplan.json_schema import json_schema
from appliance.dialplan.reference import BEGIN, END, with_reference


def test_it_prints_the_schema_of_dialplans(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    out, err = capsys.readouterr()
    assert (json.loads(out), err) == (json_schema(), "")


def test_it_writes_the_reference_into_a_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = tmp_path / "a.md"
    document.write_text(f"# Keys\n{BEGIN}\n{END}\n")
    assert main(["schema", "--into", str(document)]) == 0
    assert document.read_text() == with_reference(f"# Keys\n{BEGIN}\n{END}\n")
    assert capsys.readouterr() == ("", "")
