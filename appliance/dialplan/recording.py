"""The recording of calls: what is said before it begins, and the steps that leave something out."""

from typing import Annotated, Literal

from pydantic import AfterValidator

from appliance.dialplan.fields import Part, StepId, is_template


class Recording(Part):
    """Calls are recorded."""

    announce: Annotated[str, AfterValidator(is_template)] = "This call is recorded."
    """What the caller hears before the recording begins; may be empty where somebody else has said it."""

    stereo: bool = True
    """Whether caller and bot are kept apart: the caller left, the bot right."""


class RecordingStep(Part):
    """Leaves something out of the recording, such as the number of a card."""

    recording: Literal["pause", "resume"]
    """From pause to resume silence is recorded."""

    next: StepId
    """The step that follows."""
