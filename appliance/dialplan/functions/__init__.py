"""What a dialplan may say of its functions: what they are told, what kind they are, and what each kind needs."""

from appliance.dialplan.functions.arguments import Arguments, MisfitError, kind_of
from appliance.dialplan.functions.function import KINDS, Filler, Function
from appliance.dialplan.functions.http import Http
from appliance.dialplan.functions.kind import Kind
from appliance.dialplan.functions.parameter import Parameter, Schema
from appliance.dialplan.functions.supervised import APPROVED, REFUSED, Supervised

__all__ = [
    "APPROVED",
    "KINDS",
    "REFUSED",
    "Arguments",
    "Filler",
    "Function",
    "Http",
    "Kind",
    "MisfitError",
    "Parameter",
    "Schema",
    "Supervised",
    "kind_of",
]
