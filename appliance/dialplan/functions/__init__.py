"""What a dialplan may say of its functions: what they are told, what kind they are, and what each kind needs."""

from appliance.dialplan.functions.function import KINDS, Filler, Function
from appliance.dialplan.functions.kind import Kind
from appliance.dialplan.functions.parameter import Parameter
from appliance.dialplan.functions.supervised import APPROVED, REFUSED, Supervised

__all__ = ["APPROVED", "KINDS", "REFUSED", "Filler", "Function", "Kind", "Parameter", "Supervised"]
