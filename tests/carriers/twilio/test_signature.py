"""Signatures, with Twilio's own packages as independent signers."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator

from appliance.carriers.twilio.signature import SignatureCheck

TOKEN = "12345678901234567890123456789012"
BASE = "https://voice.example.com"
JAVASCRIPT = Path(__file__).parents[2] / "js"

Params = list[tuple[str, str]]

CALL: Params = [
    ("CallSid", "CA22222222222222222222222222222222"),
    ("From", "+15551230001"),
    ("To", "+15551230002"),
    ("CallerName", ""),
    ("FromCity", " SAN  FRANCISCO "),
]


class Form(dict[str, list[str]]):
    """A form as Twilio's package wants it: with all values of a repeated parameter."""

    def __init__(self, params: Params) -> None:
        super().__init__()
        for name, value in params:
            self.setdefault(name, []).append(value)

    def getlist(self, name: str) -> list[str]:
        return self[name]


def sign(url: str, params: Params | None = None, token: str = TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(url, Form(params or [])))


def webhook(url: str, params: Params, *, base: str = BASE, path: str = "/twilio/voice", query: str = "") -> bool:
    """Whether a request that Twilio's package signed for ``url`` is accepted at ``path``."""
    return SignatureCheck(TOKEN, base).webhook(path, query, params, sign(url, params), b"a form")


def websocket(url: str, *, base: str = BASE, path: str = "/twilio/media", query: str = "") -> bool:
    return SignatureCheck(TOKEN, base).websocket(path, query, sign(url))


PORT = "https://voice.example.com:8443"
SIGNED_WEBHOOKS = [
    ("https://voice.example.com/twilio/voice", BASE, True),
    ("https://voice.example.com/twilio/voice/", BASE, True),
    ("https://voice.example.com:443/twilio/voice", BASE, True),
    ("https://voice.example.com:443/twilio/voice/", BASE, True),
    ("https://voice.example.com:8443/twilio/voice", BASE, False),
    ("https://voice.example.com:80/twilio/voice", BASE, False),
    ("http://voice.example.com/twilio/voice", BASE, False),
    ("wss://voice.example.com/twilio/voice", BASE, False),
    ("https://VOICE.example.com/twilio/voice", BASE, False),
    ("https://voice.example.com.evil.example/twilio/voice", BASE, False),
    ("https://voice.example.com/twilio/voice//", BASE, False),
    ("https://voice.example.com/twilio/status", BASE, False),
    ("https://voice.example.com/twilio/Voice", BASE, False),
    ("https://voice.example.com/twilio/voice?a=1", BASE, False),
    ("https://voice.example.com/twilio/voice", f"{BASE}/", True),
    ("https://voice.example.com/twilio/voice", f"{BASE}:443", True),
    ("https://voice.example.com:443/twilio/voice", f"{BASE}:443", True),
    ("https://voice.example.com:8443/twilio/voice", PORT, True),
    ("https://voice.example.com/twilio/voice", PORT, True),
    ("https://voice.example.com:443/twilio/voice", PORT, False),
    ("https://Voice.Example.com/twilio/voice", "https://Voice.Example.com", True),
    ("https://voice.example.com/twilio/voice", "https://Voice.Example.com", False),
    ("https://u:p@h:8443/twilio/voice", "https://u:p@h:8443", True),
    ("https://u:p@h/twilio/voice", "https://u:p@h:8443", True),
    ("https://u/twilio/voice", "https://u:p@h:8443", False),
    ("https://[2001:db8::1]:8443/twilio/voice", "https://[2001:db8::1]:8443", True),
    ("http://127.0.0.1:8080/twilio/voice", "http://127.0.0.1:8080", True),
    ("https://h/pbx/twilio/voice", "https://h/pbx", True),
    ("https://h/twilio/voice", "https://h/pbx", False),
]


@pytest.mark.parametrize(("url", "base", "accepted"), SIGNED_WEBHOOKS)
def test_a_webhook_is_accepted_for_its_own_address_and_no_other(url: str, base: str, accepted: bool) -> None:
    assert webhook(url, CALL, base=base) is accepted


SIGNED_STREAMS = [
    ("wss://voice.example.com/twilio/media", BASE, True),
    ("wss://voice.example.com/twilio/media/", BASE, True),
    ("wss://voice.example.com:443/twilio/media", BASE, True),
    ("wss://voice.example.com:443/twilio/media/", BASE, True),
    ("https://voice.example.com/twilio/media", BASE, False),
    ("https://voice.example.com:443/twilio/media", BASE, False),
    ("ws://voice.example.com/twilio/media", BASE, False),
    ("wss://voice.example.com:80/twilio/media", BASE, False),
    ("wss://voice.example.com/twilio/voice", BASE, False),
    ("wss://voice.example.com:8443/twilio/media", PORT, True),
    ("wss://voice.example.com/twilio/media", PORT, True),
    ("wss://voice.example.com:8443/twilio/media", BASE, False),
    ("ws://127.0.0.1:8080/twilio/media", "http://127.0.0.1:8080", True),
    ("wss://h/pbx/twilio/media", "https://h/pbx", True),
]


@pytest.mark.parametrize(("url", "base", "accepted"), SIGNED_STREAMS)
def test_a_stream_is_accepted_for_its_own_address_and_no_other(url: str, base: str, accepted: bool) -> None:
    assert websocket(url, base=base) is accepted


QUERIES = [
    ("a=1&b=2", "a=1&b=2", True),
    ("b=2&a=1", "a=1&b=2", False),
    ("a=x%20y", "a=x%20y", True),
    ("a=x%20y", "a=x+y", False),
    ("a=%2f", "a=%2F", False),
    ("a=", "a=", True),
    ("a=", "a", False),
    ("a=1", "", False),
]


@pytest.mark.parametrize(("signed", "received", "accepted"), QUERIES)
def test_a_query_counts_exactly_as_it_was_received(signed: str, received: str, accepted: bool) -> None:
    assert webhook(f"{BASE}/twilio/voice?{signed}", CALL, query=received) is accepted
    assert websocket(f"wss://voice.example.com/twilio/media?{signed}", query=received) is accepted


FORMS: list[Params] = [
    [],
    CALL,
    [("A", "")],
    [("A", "2"), ("A", "1")],
    [("A", "1"), ("A", "1")],
    [("A", "1"), ("A", "")],
    [("b", "1"), ("B", "2"), ("a", "3")],
    [("A", "é \u4e16 \U0001f600"), ("é", "x")],
    [("A", "x=1&y=2\r\n")],
]


@pytest.mark.parametrize("params", FORMS)
def test_a_form_is_accepted_in_any_order(params: Params) -> None:
    signature = sign(f"{BASE}/twilio/voice", params)
    check = SignatureCheck(TOKEN, BASE)
    assert check.webhook("/twilio/voice", "", params, signature)
    assert check.webhook("/twilio/voice", "", params[::-1], signature)


TAMPERED: list[Params] = [
    [],
    CALL[1:],
    [*CALL, ("Extra", "")],
    [*CALL, ("Extra", "1")],
    [*CALL, ("From", "+15559999999")],
    [(name, value) for name, value in CALL if value],
    [(name, value.strip()) for name, value in CALL],
    [(name.lower(), value) for name, value in CALL],
    [("CallSid", CALL[0][1]), ("From", "+15559999999"), *CALL[2:]],
]


@pytest.mark.parametrize("params", TAMPERED)
def test_a_form_that_was_tampered_with_is_refused(params: Params) -> None:
    signature = sign(f"{BASE}/twilio/voice", CALL)
    assert not SignatureCheck(TOKEN, BASE).webhook("/twilio/voice", "", params, signature)


def test_another_token_signs_in_vain() -> None:
    check = SignatureCheck(TOKEN, BASE)
    for token in ("", TOKEN[:-1], TOKEN.upper() + "x", "another"):
        assert not check.webhook("/twilio/voice", "", CALL, sign(f"{BASE}/twilio/voice", CALL, token))
        assert not check.websocket("/twilio/media", "", sign("wss://voice.example.com/twilio/media", token=token))


GARBAGE = [None, "", " ", "x", "=" * 28, "é", "\ud800", "\x00", "A" * 100_000, "0123456789012345678901234567="]


@pytest.mark.parametrize("signature", GARBAGE, ids=range(len(GARBAGE)))
def test_a_missing_or_senseless_signature_is_refused(signature: str | None) -> None:
    check = SignatureCheck(TOKEN, BASE)
    assert check.webhook("/twilio/voice", "", CALL, signature) is False
    assert check.websocket("/twilio/media", "", signature) is False


@pytest.mark.parametrize("text", ["\ud800", "%", "%ff%", "\x00", "?#[", "bodySHA256", "bodySHA256=\udfff", "&;=" * 999])
def test_whatever_a_stranger_sends_is_refused_without_an_error(text: str) -> None:
    check = SignatureCheck(TOKEN, BASE)
    assert check.webhook(text, text, [(text, text)], text, b"\xff") is False
    assert check.webhook(text, text, [], text, b"\xff") is False
    assert check.websocket(text, text, text) is False


def test_a_signature_of_one_kind_of_request_does_not_open_the_other() -> None:
    check = SignatureCheck(TOKEN, BASE)
    assert not check.websocket("/twilio/voice", "", sign(f"{BASE}/twilio/voice"))
    assert not check.webhook("/twilio/media", "", [], sign("wss://voice.example.com/twilio/media"))


BODY = b'{"call": "CA2"}'
HASH = hashlib.sha256(BODY).hexdigest()
BODIES = [
    (f"bodySHA256={HASH}", BODY, True),
    (f"a=1&bodySHA256={HASH}", BODY, True),
    (f"bodySHA256={HASH.upper()}", BODY, True),
    (f"bodySHA256={HASH}", BODY + b" ", False),
    (f"bodySHA256={HASH}", b"", False),
    ("bodySHA256=", BODY, False),
    ("", BODY, False),
    ("", b"", True),
]


@pytest.mark.parametrize(("query", "body", "accepted"), BODIES)
def test_a_body_that_is_no_form_is_accepted_if_the_query_states_its_hash(
    query: str, body: bytes, accepted: bool
) -> None:
    signature = sign(f"{BASE}/twilio/voice" + (f"?{query}" if query else ""))
    assert SignatureCheck(TOKEN, BASE).webhook("/twilio/voice", query, [], signature, body) is accepted


def test_a_hash_in_the_query_does_not_make_up_for_its_signature() -> None:
    signature = sign(f"{BASE}/twilio/voice")
    check = SignatureCheck(TOKEN, BASE)
    assert not check.webhook("/twilio/voice", f"bodySHA256={HASH}", [], signature, BODY)


PLAIN = [row for row in SIGNED_WEBHOOKS if "@" not in row[1] and "[" not in row[1]]
"""Twilio's validator cannot take userinfo and IPv6 addresses apart."""


@pytest.mark.parametrize(("url", "base", "accepted"), PLAIN)
def test_whatever_twilios_own_validator_accepts_is_accepted(url: str, base: str, accepted: bool) -> None:
    theirs = RequestValidator(TOKEN).validate(base.rstrip("/") + "/twilio/voice", Form(CALL), sign(url, CALL))
    assert accepted or not theirs


def javascript_signatures(requests: list[dict[str, object]]) -> list[str]:
    done = subprocess.run(
        ["node", str(JAVASCRIPT / "sign_twilio.mjs")],
        input=json.dumps(requests),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    signatures: list[str] = json.loads(done.stdout)
    return signatures


@pytest.mark.needs("node", "tests/js/node_modules/twilio")
def test_twilios_javascript_package_signs_what_is_accepted() -> None:
    forms = [params for params in FORMS if params]
    requests: list[dict[str, object]] = [
        {"token": TOKEN, "url": f"{BASE}/twilio/voice", "params": dict(Form(form))} for form in forms
    ]
    streams = [url for url, base, accepted in SIGNED_STREAMS if base == BASE]
    requests += [{"token": TOKEN, "url": url, "params": {}} for url in streams]
    signatures = javascript_signatures(requests)
    check = SignatureCheck(TOKEN, BASE)
    for form, signature in zip(forms, signatures, strict=False):
        assert check.webhook("/twilio/voice", "", form, signature)
        assert not check.webhook("/twilio/voice", "", [*form, ("Extra", "1")], signature)
    accepted = {url for url, base, accepted in SIGNED_STREAMS if base == BASE and accepted}
    assert {
        url
        for url, signature in zip(streams, signatures[len(forms) :], strict=True)
        if check.websocket("/twilio/media", "", signature)
    } == accepted
