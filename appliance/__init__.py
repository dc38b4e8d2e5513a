"""A voice-bot appliance for the telephone."""

__version__ = "0.1.0"
