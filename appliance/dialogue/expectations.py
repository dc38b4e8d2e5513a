"""What a scripted dialogue expects of the caller, as the rest of the call sees it."""

from appliance.dialplan import expect as dialplan_expect
from appliance.dialplan.expect import MORE


class AskExpectation:
    """An ask step's expectation, as the rest of the call sees it."""

    def __init__(self, expectation: dialplan_expect.Expectation) -> None:
        self._expectation = expectation
        self.grammar: str | None = expectation.grammar() or None
        self.hints = expectation.hints

    def is_complete(self, text: str) -> bool:
        """Whether the transcript is an expected answer word for word."""
        answer = self._expectation.interpret(text)
        return answer is not None and answer.complete

    def is_begun(self, text: str) -> bool:
        """Whether the transcript is the first part of a number."""
        return self._expectation.is_begun(text)

    def keys_complete(self, keys: str) -> bool:
        """Whether no further key is waited for."""
        return self._expectation.interpret_keys(keys) is not MORE

    def accepts_keys(self, keys: str) -> bool:
        """Whether they are an answer, or the beginning of one."""
        return self._expectation.interpret_keys(keys) is not None


class Patience:
    """While a supervisor is asked the caller answers nothing: silence and words lead to another kind word."""

    def __init__(self, grammar: str | None) -> None:
        self.grammar = grammar
        """That of the question before: an engine that listens for few words hears quicker."""
        self.hints = ()

    def is_complete(self, text: str) -> bool:
        """No transcript is an answer."""
        return False

    def keys_complete(self, keys: str) -> bool:
        """No further key is waited for."""
        return True
