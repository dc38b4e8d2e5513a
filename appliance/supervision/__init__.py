"""Who watches: the hub between calls and viewers, their feeds, who may come in, and the page."""
