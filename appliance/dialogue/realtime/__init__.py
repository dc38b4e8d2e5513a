"""A model that hears and speaks itself: OpenAI's Realtime API, as a dialogue engine like any other."""
