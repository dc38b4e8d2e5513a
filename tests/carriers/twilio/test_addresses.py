"""Addresses as Twilio sees them."""

import pytest

from appliance.carriers.twilio.addresses import http_address, spellings, websocket_address

JOINED = [
    ("https://voice.example.com", "https://voice.example.com/m", "wss://voice.example.com/m"),
    ("https://voice.example.com/", "https://voice.example.com/m", "wss://voice.example.com/m"),
    (
        "https://Voice.Example.com:8443/pbx",
        "https://Voice.Example.com:8443/pbx/m",
        "wss://Voice.Example.com:8443/pbx/m",
    ),
    ("http://127.0.0.1:8080", "http://127.0.0.1:8080/m", "ws://127.0.0.1:8080/m"),
]


@pytest.mark.parametrize(("base", "http", "websocket"), JOINED)
def test_addresses_are_built_from_what_was_configured(base: str, http: str, websocket: str) -> None:
    assert http_address(base, "/m") == http
    assert websocket_address(base, "/m") == websocket


SPELLINGS = [
    ("https://h/v", "", ["https://h/v", "https://h/v/", "https://h:443/v", "https://h:443/v/"]),
    ("wss://h/v/", "", ["wss://h/v/", "wss://h/v", "wss://h:443/v/", "wss://h:443/v"]),
    ("http://h:8080/v", "", ["http://h:8080/v", "http://h:8080/v/", "http://h/v", "http://h/v/"]),
    ("ws://h/v", "", ["ws://h/v", "ws://h/v/", "ws://h:80/v", "ws://h:80/v/"]),
    ("https://h", "", ["https://h", "https://h/", "https://h:443", "https://h:443/"]),
    ("https://h/v", "a=%20b", [f"https://{h}/v{slash}?a=%20b" for h in ("h", "h:443") for slash in ("", "/")]),
    ("https://u:p@h/v", "", [f"https://u:p@{h}/v{slash}" for h in ("h", "h:443") for slash in ("", "/")]),
    ("https://u:p@h:8443/v", "", [f"https://u:p@{h}/v{slash}" for h in ("h:8443", "h") for slash in ("", "/")]),
    ("https://[::1]/v", "", [f"https://{h}/v{slash}" for h in ("[::1]", "[::1]:443") for slash in ("", "/")]),
    ("https://[::1]:8443/v", "", [f"https://{h}/v{slash}" for h in ("[::1]:8443", "[::1]") for slash in ("", "/")]),
]


@pytest.mark.parametrize(("address", "query", "expected"), SPELLINGS)
def test_an_address_has_these_spellings_and_no_others(address: str, query: str, expected: list[str]) -> None:
    assert spellings(address, query) == expected
