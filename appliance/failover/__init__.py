"""Several engines for the same work: which of them is well, and which is asked next."""

from appliance.failover.health import Health, State
from appliance.failover.lineup import GaveUp, Lineup, Member, Serving, Share

__all__ = ["GaveUp", "Health", "Lineup", "Member", "Serving", "Share", "State"]
