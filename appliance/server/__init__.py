"""The web server: Twilio's webhooks and media sockets, records, health, and how it starts and stops."""
