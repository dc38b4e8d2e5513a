"""What the bot says and why: dialogue engines, the processor that runs one, and the aggregators round it."""
