"""An answer that is said back before it counts."""

from dataclasses import dataclass

from appliance.dialogue.base import Turn, TurnKind
from appliance.dialplan.expect import Answer, Expectation
from appliance.dialplan.steps import AskStep

MOST_UNCLEAR = 3
"""So often yes or no may not be understood; then it is taken for a no."""


@dataclass(slots=True)
class Unconfirmed:
    """What the caller has answered, until the caller says that it was that."""

    step: AskStep
    answer: Answer
    expectation: Expectation
    """Yes and no, and what may be said anywhere."""
    unclear: int = 0

    @property
    def question(self) -> str:
        """What the caller is asked."""
        assert self.step.confirm is not None
        return self.step.confirm.ask

    def asked_again(self, turn: Turn) -> str | None:
        """What is said after a turn that was neither yes nor no; None when there were too many of them."""
        assert self.step.confirm is not None
        self.unclear += 1
        if self.unclear >= MOST_UNCLEAR:
            return None
        return self.question if turn.kind is TurnKind.NO_INPUT else self.step.confirm.no_match


def unconfirmed(step: AskStep, answer: Answer, expectation: Expectation) -> Unconfirmed | None:
    """The answer as something to be confirmed, where the step wants that; what may be said anywhere needs none."""
    is_own = answer.name in step.expect or (step.digits is not None and answer.name == "digits")
    if expectation.confirmation is None or not is_own:
        return None
    return Unconfirmed(step, answer, expectation.confirmation)
