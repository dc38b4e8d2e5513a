"""RTVI: a call's events for its viewers, and what viewers may do, at protocol 2.1.0, 1.x and 0.3."""

from appliance.rtvi.actions import RTVIAction, RTVIActionArgument
from appliance.rtvi.frames import (
    RTVIActionFrame,
    RTVIClientMessageFrame,
    RTVIConfigureObserverFrame,
    RTVIServerMessageFrame,
    RTVIServerResponseFrame,
    RTVIUICancelJobGroupFrame,
    RTVIUICommandFrame,
    RTVIUIEventFrame,
    RTVIUIJobGroupFrame,
    RTVIUISnapshotFrame,
)
from appliance.rtvi.levels import RTVIFunctionCallReportLevel
from appliance.rtvi.observer import RTVIObserver
from appliance.rtvi.params import BotOutputTransformResult, RTVIObserverParams
from appliance.rtvi.processor import RTVIProcessor
from appliance.rtvi.service_messages import (
    RTVIActionRun,
    RTVIConfig,
    RTVIServiceConfig,
    RTVIServiceOptionConfig,
)
from appliance.rtvi.services import RTVIService, RTVIServiceOption

__all__ = [
    "BotOutputTransformResult",
    "RTVIAction",
    "RTVIActionArgument",
    "RTVIActionFrame",
    "RTVIActionRun",
    "RTVIClientMessageFrame",
    "RTVIConfig",
    "RTVIConfigureObserverFrame",
    "RTVIFunctionCallReportLevel",
    "RTVIObserver",
    "RTVIObserverParams",
    "RTVIProcessor",
    "RTVIServerMessageFrame",
    "RTVIServerResponseFrame",
    "RTVIService",
    "RTVIServiceConfig",
    "RTVIServiceOption",
    "RTVIServiceOptionConfig",
    "RTVIUICancelJobGroupFrame",
    "RTVIUICommandFrame",
    "RTVIUIEventFrame",
    "RTVIUIJobGroupFrame",
    "RTVIUISnapshotFrame",
]
