"""[twilio]: the carrier's account and how strictly its requests are checked."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, field_validator

from appliance.settings.section import Section


def _as_own_number(text: str) -> str:
    number = re.sub(r"[ \-./()]", "", text)
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", number):
        raise ValueError(f"{text!r}, expected a telephone number with + and country code such as +15555550100")
    return number


OwnNumber = Annotated[str, AfterValidator(_as_own_number)]


class TwilioSettings(Section):
    """The carrier's account and how strictly its requests are checked."""

    account_sid: str | None = None
    """The account, AC and 32 hexadecimal digits; needed for hanging up and transfers over REST."""

    auth_token: SecretStr | None = Field(default=None, min_length=1)
    """The account's auth token: signs webhooks and is the password for REST."""

    number: OwnNumber | None = None
    """The number that our own calls and text messages come from; without one, that which the caller has called."""

    api_base: str = "https://api.twilio.com"
    """Where Twilio's REST API is."""

    require_stream_signature: bool = True
    """Whether the media socket's handshake must be signed, too (when there is an auth token)."""

    token_life_secs: float = Field(default=60, gt=0)
    """How long a media stream's single-use token is good for."""

    start_timeout_secs: float = Field(default=5, gt=0)
    """A media socket without `start` is closed after this long."""

    media_timeout_secs: float = Field(default=10, gt=0)
    """A stream without any media for this long counts as lost."""

    @field_validator("account_sid")
    @classmethod
    def _account_sid_is_one(cls, sid: str | None) -> str | None:
        if sid is not None and not re.fullmatch(r"AC[0-9a-fA-F]{32}", sid):
            raise ValueError(f"{sid!r}, expected AC and 32 hexadecimal digits")
        return sid

    @field_validator("api_base")
    @classmethod
    def _api_base_is_an_address(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r}, expected an address such as https://api.twilio.com")
        return url.rstrip("/")
