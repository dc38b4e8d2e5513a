"""The appliance's addresses as Twilio sees them: built from what was configured, never from a request.

Behind a proxy a request's own host, port and scheme are not those that the carrier used and signed.
"""

_DEFAULT_PORT = {"https": "443", "wss": "443", "http": "80", "ws": "80"}


def http_address(public_base_url: str, path: str) -> str:
    """Where the carrier posts webhooks: ``https://voice.example.com`` and ``/twilio/voice`` joined."""
    return public_base_url.rstrip("/") + path


def websocket_address(public_base_url: str, path: str) -> str:
    """Where the carrier opens its media stream: ``https`` becomes ``wss``, ``http`` becomes ``ws``."""
    return "ws" + http_address(public_base_url, path)[len("http") :]


def spellings(address: str, raw_query: str) -> list[str]:
    """Every way in which Twilio may have written ``address`` when it signed a request to it.

    As configured, without its port, with the scheme's default port where it has none (but not the default port in
    place of another), each with and without a slash at the path's end, and the query exactly as it was received.
    """
    scheme, _, rest = address.partition("://")
    authority, slash, path = rest.partition("/")
    path = slash + path
    host, port = _split_port(authority)
    authorities = [authority, host] if port else [authority, f"{host}:{_DEFAULT_PORT[scheme.lower()]}"]
    paths = [path, path[:-1] if path.endswith("/") else path + "/"]
    query = f"?{raw_query}" if raw_query else ""
    return [f"{scheme}://{place}{path}{query}" for place in authorities for path in paths]


def _split_port(authority: str) -> tuple[str, str]:
    """Host (with userinfo, if any, and an IPv6 address's brackets) and port, which may be empty."""
    host, colon, port = authority.rpartition(":")
    return (host, port) if colon and port.isdigit() else (authority, "")
