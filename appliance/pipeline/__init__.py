"""The pipeline: processors, the inbox that dispatches frames to them, observers, and the abstract transports."""

from appliance.pipeline.direction import FrameDirection
from appliance.pipeline.inbox import Inbox
from appliance.pipeline.observer import BaseObserver, FramePushed
from appliance.pipeline.pipeline import Pipeline
from appliance.pipeline.processor import AudioListener, FrameProcessor
from appliance.pipeline.replies import Replies
from appliance.pipeline.seen import SeenFrames

__all__ = [
    "AudioListener",
    "BaseObserver",
    "FrameDirection",
    "FrameProcessor",
    "FramePushed",
    "Inbox",
    "Pipeline",
    "Replies",
    "SeenFrames",
]
