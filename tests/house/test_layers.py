"""Imports point down. The layers stand in .importlinter; imports in functions and for types alone count, too."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.house.checkout import ROOT, Source, sources

SIMULATOR_IMPORTS = {"audio", "clock", "errors", "settings", "simulator", "speech"}


def lint(checkout: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()"]
    return subprocess.run([*command, "--no-cache"], cwd=checkout, capture_output=True, text=True, check=False)


def test_imports_point_down() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_import_that_points_up_is_found_even_within_a_function_and_for_types_alone(tmp_path: Path) -> None:
    for name in (".importlinter", "appliance"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    (tmp_path / "appliance/errors.py").write_text("def f() -> None:\n    import appliance.settings\n")
    (tmp_path / "appliance/clock.py").write_text(
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from appliance import audio\n"
    )
    done = lint(tmp_path)
    assert done.returncode == 1
    assert "appliance.errors -> appliance.settings (l.2)" in done.stdout
    assert "appliance.clock -> appliance.audio (l.4)" in done.stdout


def imported(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module)):
                yield from (f"{module}.{alias.name}" for alias in node.names)


def test_the_simulated_carrier_shares_no_code_with_what_it_tries() -> None:
    names = {name for source in sources("appliance/simulator") for name in imported(source)}
    ours = {name.split(".")[1] for name in names if name.startswith("appliance.")}
    assert ours <= SIMULATOR_IMPORTS
