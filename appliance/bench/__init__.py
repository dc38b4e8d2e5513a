"""Load and latency, measured from outside: the service in one process, its callers in another, each on its own core."""
