"""A voice-bot appliance for the telephone."""
