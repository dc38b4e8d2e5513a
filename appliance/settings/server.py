"""[server]: where the appliance listens and how it stops."""

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from appliance.settings.section import Section


class ServerSettings(Section):
    """Where the appliance listens and how it stops."""

    host: str = Field(default="127.0.0.1", min_length=1)
    """Address to listen on."""

    port: int = Field(default=8080, ge=0, le=65535)
    """TCP port to listen on; 0 takes a free one."""

    public_base_url: str | None = None
    """The address under which the carrier reaches this appliance, such as https://voice.example.com."""

    drain_secs: float = Field(default=300, ge=0)
    """How long live calls may go on after a stop was asked for."""

    max_message_bytes: int = Field(default=65536, ge=4096)
    """A longer message on a media socket is counted and skipped."""

    @field_validator("public_base_url")
    @classmethod
    def _public_base_url_is_an_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if not _is_address(url):
            raise ValueError(f"{url!r}, expected an address such as https://voice.example.com")
        return url.rstrip("/")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and not parts.query and not parts.fragment
