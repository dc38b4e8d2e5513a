"""Settings that are fine one by one, but together let strangers in or lack what is needed."""

import ipaddress

from appliance.errors import SettingsError
from appliance.settings.lineups import wrong_lists
from appliance.settings.model import Settings


def refuse_unsafe(settings: Settings) -> None:
    """Without an auth token anybody could place calls: then only this machine may."""
    host, token = settings.server.host, settings.twilio.auth_token
    if token is None and not _is_loopback(host):
        raise SettingsError(
            f"server.host is {host}, but without twilio.auth_token nobody's requests can be told from the carrier's: "
            "expected a loopback address such as 127.0.0.1, or the auth token"
        )
    if token is not None and settings.server.public_base_url is None and not _is_loopback(host):
        raise SettingsError(
            "server.public_base_url is missing, expected the address that the carrier signs, "
            "such as https://voice.example.com"
        )


def refuse_incomplete(settings: Settings) -> None:
    """The engines that are chosen must be there, and have what they cannot work without."""
    if problems := list(wrong_lists(settings)):
        raise SettingsError("\n".join(problems))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
