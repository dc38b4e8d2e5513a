"""Twilio: voice webhooks answered with TwiML, Media Streams over a WebSocket, calls steered over REST."""
