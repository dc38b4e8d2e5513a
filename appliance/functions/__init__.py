"""What a dialogue can call."""

from appliance.functions.executor import Executor
from appliance.functions.registry import Functions
from appliance.functions.surroundings import Means, Surroundings

__all__ = ["Executor", "Functions", "Means", "Surroundings"]
