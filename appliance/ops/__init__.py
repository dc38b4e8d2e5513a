"""What keeps the appliance running: logging, metrics, systemd."""

from appliance.ops.logging import PERSONAL, configure_logging
from appliance.ops.metrics import Counter, Gauge, Histogram, Registry
from appliance.ops.systemd import Notifier

__all__ = ["PERSONAL", "Counter", "Gauge", "Histogram", "Notifier", "Registry", "configure_logging"]
