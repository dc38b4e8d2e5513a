"""What is sensitive in one call: what its dialplan names, and the number of who calls."""

from appliance.dialplan.redaction import Redaction
from appliance.dialplan.schema import Dialplan
from appliance.redaction import Redactor
from appliance.redaction.literals import forms


def redactor_of(plan: Dialplan | None, caller: str) -> Redactor:
    """Finds what supervisors who may not see sensitive data must not see in a call from ``caller``; without a ``plan``
    nothing but the number is looked for.

    The caller's number is masked wherever it is said; "anonymous" and short extensions are not: they are words and
    numbers like others. Without both nothing is sensitive.
    """
    redaction = plan.redaction if plan else Redaction()
    is_telling = bool(forms(caller)) or "@" in caller
    return Redactor(redaction.kinds, redaction.patterns.items(), redaction.fields, [caller] if is_telling else [])


def recorded_by(plan: Dialplan, caller: str) -> Redactor:
    """Finds what must not be in the call's record: nothing, where the dialplan names nothing."""
    return Redactor() if plan.redaction.names_nothing else redactor_of(plan, caller)
