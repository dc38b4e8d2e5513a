"""What is sensitive in what is said: found, and replaced by masks such as ``[card]``."""

from appliance.redaction.masked import Masked, Span
from appliance.redaction.redactor import KINDS, MOST_BEFORE, Redactor

__all__ = ["KINDS", "MOST_BEFORE", "Masked", "Redactor", "Span"]
