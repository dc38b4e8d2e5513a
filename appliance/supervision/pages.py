"""What a browser is given: the page and its assets, and the few words for those who are not signed in."""

from functools import cache
from html import escape
from importlib.resources import files
from secrets import token_urlsafe

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from appliance.supervision.auth import Refusal

ASSET_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

_SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE_POLICY = f"{_POLICY}; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'"

_NOTE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>{head}<style nonce="{nonce}">
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.6 system-ui, sans-serif; display: grid; place-items: center; min-height: 90vh; margin: 1rem; }}
main {{ max-width: 34rem; }} h1 {{ font-size: 1.4rem; }}
code {{ background: color-mix(in srgb, currentColor 12%, transparent); padding: .15em .4em; border-radius: .3em; }}
</style></head><body><main><h1>{title}</h1>{body}</main></body></html>
"""


def desk() -> Response:
    """The page itself."""
    return HTMLResponse(_file("index.html"), headers=_SECURITY | {"content-security-policy": _PAGE_POLICY})


def asset(name: str) -> Response:
    """A file that the page asks for; 404 if the page has no such file."""
    kind = ASSET_TYPES.get(f".{name.rpartition('.')[2]}")
    if kind is None or name not in _names():
        return PlainTextResponse("There is no such asset.\n", 404)
    return Response(_file(name), media_type=kind, headers=_SECURITY)


def signed_out(refusal: Refusal) -> Response:
    """Says why somebody is not let in, and how to get in."""
    hint = (
        f"<p>{escape(refusal.text)}</p>"
        "<p>On the appliance's machine, this prints a link that signs you in. It works once, for 10 minutes:</p>"
        "<p><code>appliance token link YOUR-NAME</code></p>"
    )
    return _note("Please sign in", hint, refusal.status)


def signed_in() -> Response:
    """Leads on to the page. A redirect would not do: after a link from elsewhere it comes without the strict cookie."""
    head = '<meta http-equiv="refresh" content="0;url=/">'
    return _note("You are signed in", '<p><a href="/">Go on to the live calls</a></p>', 200, head)


def _note(title: str, body: str, status: int, head: str = "") -> Response:
    nonce = token_urlsafe(16)
    content = _NOTE.format(title=title, head=head, body=body, nonce=nonce)
    policy = f"{_POLICY}; style-src 'nonce-{nonce}'"
    return HTMLResponse(content, status, _SECURITY | {"content-security-policy": policy})


@cache
def _names() -> frozenset[str]:
    return frozenset(entry.name for entry in files("appliance.supervision").joinpath("page").iterdir())


@cache
def _file(name: str) -> bytes:
    return files("appliance.supervision").joinpath("page", name).read_bytes()
