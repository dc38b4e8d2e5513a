"""Tells people and web servers of the messages that callers leave."""
