"""Ids as Twilio's."""

import secrets


def new_sid(prefix: str) -> str:
    """Two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)
