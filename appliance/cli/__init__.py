"""The command line: `appliance COMMAND`."""


def main() -> int:
    """Runs the command named on the command line and returns its exit status."""
    return 2
