"""The bot's replies have numbers, so that what an interruption has voided is known when it comes late."""


class Replies:
    """Counts the replies of one call."""

    __slots__ = ("current", "open", "void")

    def __init__(self) -> None:
        self.current = 0
        """The newest reply's number; 0 before the first."""
        self.void = 0
        """Replies up to this number have been interrupted."""
        self.open = False
        """Whether the newest reply is still being thought, made or heard."""

    def begin(self) -> int:
        """The number of a new reply."""
        self.current += 1
        self.open = True
        return self.current

    def finish(self, reply: int) -> None:
        """Says that all of a reply has been heard."""
        if reply >= self.current:
            self.open = False

    def interrupt(self) -> None:
        """Voids every reply begun so far."""
        self.void = self.current
        self.open = False

    def is_void(self, reply: int) -> bool:
        """Whether frames of this reply are to be dropped; 0 belongs to no reply and never is."""
        return 0 < reply <= self.void
