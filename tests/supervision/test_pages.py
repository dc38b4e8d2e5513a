"""What a browser is given by hand: the notes for those who are not signed in."""

from appliance.supervision import pages
from appliance.supervision.auth import Refusal


def test_a_refusal_is_shown_as_text_with_its_status() -> None:
    response = pages.signed_out(Refusal(429, "Wait <b>a</b> minute."))
    assert response.status_code == 429
    assert b"<p>Wait &lt;b&gt;a&lt;/b&gt; minute.</p>" in bytes(response.body)


def test_a_note_may_use_its_own_style_and_nothing_else() -> None:
    first, second = (pages.signed_in().headers["content-security-policy"] for _ in range(2))
    nonce = first.partition("'nonce-")[2].rstrip("'")
    policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    assert first == f"{policy}; style-src 'nonce-{nonce}'"
    assert first != second


def test_every_asset_has_its_type() -> None:
    types = {name: pages.asset(name).media_type for name in ("page.css", "page.js", "rtvi.js", "talk.js", "icon.svg")}
    script = "text/javascript"
    assert types == {
        "page.css": "text/css",
        "page.js": script,
        "rtvi.js": script,
        "talk.js": script,
        "icon.svg": "image/svg+xml",
    }
    assert pages.asset("index.html").status_code == 404
