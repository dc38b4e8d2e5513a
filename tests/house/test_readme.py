"""What the README says is true: its commands, options, routes, settings and paths; and it says all of them."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import pytest

from tests.house.checkout import ROOT, read, sources
from tests.house.test_systemd import DEFAULTS

README = read("README.md")
METHODS = "GET|POST|PUT|PATCH|DELETE|WS"
ROUTE_KINDS = {"Route", "WebSocketRoute"}


def code() -> Iterator[str]:
    """Each line of the README's code blocks, and each piece of code within its sentences."""
    for block in re.findall(r"^```.*?\n(.*?)^```", README, re.DOTALL | re.MULTILINE):
        yield from re.sub(r"\\\n\s*", " ", block).splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", README, flags=re.DOTALL | re.MULTILINE))


def named_commands() -> dict[str, set[str]]:
    """The subcommands that the README names, with the options that it gives them."""
    found: dict[str, set[str]] = {}
    for line in code():
        words = line.split("#")[0].replace("$ ", "").split()
        if words[:1] == ["scripts/run"]:
            words = ["appliance", "serve", *words[1:]]
        match words:
            case ["appliance", name, *rest] if re.fullmatch(r"[a-z]+", name):
                found.setdefault(name, set()).update(re.findall(r"--[a-z][a-z-]*", " ".join(rest)))
    return found


@cache
def help_of(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import sys; from appliance.cli import main; sys.exit(main())", *words, "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


@pytest.mark.parametrize(("name", "options"), named_commands().items())
def test_each_command_of_the_readme_is_one_with_these_options(name: str, options: set[str]) -> None:
    said = help_of(name)
    assert said.returncode == 0, said.stderr
    nested = re.findall(r"^    ([a-z]+) ", said.stdout, re.MULTILINE)
    text = said.stdout + "".join(help_of(name, one).stdout for one in nested)
    assert options - set(re.findall(r"--[a-z][a-z-]*", text)) == set()


def test_the_readme_names_every_command() -> None:
    listed = re.findall(r"^    ([a-z]+) ", help_of().stdout, re.MULTILINE)
    assert listed, help_of().stdout + help_of().stderr
    assert set(named_commands()) == set(listed)


def test_each_script_of_the_readme_is_there_and_can_be_run() -> None:
    named = {line.replace("$ ", "").split()[0] for line in code() if line.replace("$ ", "").startswith("scripts/")}
    assert {"scripts/run", "scripts/test"} <= named
    assert [name for name in named if not (ROOT / name).stat().st_mode & 0o111] == []


def test_each_path_of_the_readme_is_there() -> None:
    tops = "appliance|tests|dialplans|docs|systemd|scripts"
    named = {piece for piece in code() if re.fullmatch(rf"(?:{tops})/[\w./-]*", piece)}
    assert [path for path in named if not (ROOT / path).exists()] == []


def plain(path: str) -> str:
    """A route without the names and kinds of its parts: /api/calls/{}."""
    return re.sub(r"\{[^}]*\}", "{}", path.split("?")[0])


def served() -> set[str]:
    """The paths of all routes in the server and supervision, read from their sources."""
    return {
        plain(str(call.args[0].value))
        for source in sources("appliance/server", "appliance/supervision")
        for name, call in source.calls()
        if name.split(".")[-1] in ROUTE_KINDS and call.args and isinstance(call.args[0], ast.Constant)
    }


def test_every_route_is_written_where_a_reader_finds_it() -> None:
    """A route whose path is worked out escapes the test of the README."""
    hidden = [
        f"{source}:{call.lineno}"
        for source in sources("appliance/server", "appliance/supervision")
        for name, call in source.calls()
        if name.split(".")[-1] in ROUTE_KINDS and not (call.args and isinstance(call.args[0], ast.Constant))
    ]
    assert hidden == []


def test_the_readmes_routes_are_the_servers_routes() -> None:
    """The README writes a route as ``GET /path`` in backticks."""
    named = {plain(path) for path in re.findall(rf"`(?:{METHODS}) (/[^`\s]*)`", README)}
    assert named == served()


def test_each_setting_that_the_readme_names_is_one() -> None:
    sections = {name.split(".")[0] for name in DEFAULTS if "." in name}
    dotted = {piece for piece in code() if re.fullmatch(rf"(?:{'|'.join(sections)})\.[a-z_]+", piece)}
    environment = re.findall(r"APPLIANCE__([A-Z_]+[A-Z])(?!\w)", README)
    named = dotted | {".".join(name.lower().split("__")) for name in environment}
    assert named - set(DEFAULTS) - {"section.key"} == set()


def test_the_readme_says_where_all_settings_are_shown() -> None:
    assert "systemd/appliance.toml" in README


def test_the_readme_can_be_read_at_one_sitting() -> None:
    assert len(README.splitlines()) < 250
