"""``client-ready``: versions and what a client says about itself."""

from typing import Any

import pytest

from appliance import __version__
from appliance.rtvi.client_messages import AboutClientData, ClientReadyData
from appliance.rtvi.handshake import UNKNOWN_VERSION, about_server, greet

UNKNOWN = "Client version unknown. Compatibility issues may occur."


def invalid(given: str) -> str:
    return f"Invalid client version format ({given}). Compatibility issues may occur."


def incompatible(given: str) -> str:
    return f"RTVI version {given} is not compatible with server protocol 2.1.0. Compatibility issues may occur."


@pytest.mark.parametrize(
    ("given", "version", "served", "problem"),
    [
        ("2.1.0", (2, 1, 0), "2.1.0", None),
        ("2.0.0", (2, 0, 0), "2.1.0", None),
        ("2.9.9", (2, 9, 9), "2.1.0", None),
        ("1.4.2", (1, 4, 2), "1.4.2", None),
        ("1.0.0", (1, 0, 0), "1.0.0", None),
        ("0.3.0", (0, 3, 0), "2.1.0", incompatible("0.3.0")),
        ("3.0.0", (3, 0, 0), "2.1.0", incompatible("3.0.0")),
        ("2.1", UNKNOWN_VERSION, "2.1.0", invalid("2.1")),
        ("2.1.x", UNKNOWN_VERSION, "2.1.0", invalid("2.1.x")),
        ("2.1.0-beta", UNKNOWN_VERSION, "2.1.0", invalid("2.1.0-beta")),
        ("²1.0.0", UNKNOWN_VERSION, "2.1.0", invalid("²1.0.0")),
        ("-2.1.0", UNKNOWN_VERSION, "2.1.0", invalid("-2.1.0")),
        (2, UNKNOWN_VERSION, "2.1.0", UNKNOWN),
        ("1." * 1000, UNKNOWN_VERSION, "2.1.0", invalid("1." * 20)),
        (None, UNKNOWN_VERSION, "2.1.0", UNKNOWN),
        ("", UNKNOWN_VERSION, "2.1.0", UNKNOWN),
    ],
)
def test_a_version_is_judged_and_served(given: Any, version: Any, served: str, problem: str | None) -> None:
    greeting = greet(ClientReadyData(version=given))
    assert (greeting.version, greeting.served, greeting.problem) == (version, served, problem)


def test_the_server_says_what_it_is() -> None:
    assert about_server() == {"library": "appliance", "library_version": __version__}


@pytest.mark.parametrize("about", [None, "js", {}, {"library": 5}, []])
def test_an_invalid_about_is_ignored(about: Any) -> None:
    assert greet(ClientReadyData(version="2.1.0", about=about)).about == AboutClientData(library="unknown")


def test_a_valid_about_is_kept() -> None:
    about: dict[str, Any] = {"library": "js", "platform_details": {"a": 1}}
    assert greet(ClientReadyData(version="2.1.0", about=about)).about == AboutClientData(**about)
