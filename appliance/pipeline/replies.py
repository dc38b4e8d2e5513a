"""The bot's replies have numbers, so that what an interruption has voided is known when it comes late."""


class Replies:
    """Counts the replies of one call."""

    __slots__ = ("current", "void")

    def __init__(self) -> None:
        self.current = 0
        """The newest reply's number; 0 before the first."""
        self.void = 0
        """Replies up to this number have been interrupted."""

    def begin(self) -> int:
        """The number of a new reply."""
        self.current += 1
        return self.current

    def interrupt(self) -> None:
        """Voids every reply begun so far."""
        self.void = self.current

    def is_void(self, reply: int) -> bool:
        """Whether frames of this reply are to be dropped; 0 belongs to no reply and never is."""
        return 0 < reply <= self.void
