"""What a dialogue can call."""

from appliance.functions.registry import FunctionResult, Functions

__all__ = ["FunctionResult", "Functions"]
