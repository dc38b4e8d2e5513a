"""RTVI's own frames."""

from dataclasses import dataclass
from typing import Any

from appliance.frames import DataFrame, SystemFrame
from appliance.rtvi.levels import ReportLevels
from appliance.rtvi.service_messages import RTVIActionRun
from appliance.rtvi.ui_messages import UIJobGroupData, UITree
from appliance.rtvi.viewer import Viewer


@dataclass(slots=True)
class RTVIServerMessageFrame(SystemFrame):
    """Send this to all viewers as ``server-message``."""

    data: Any


@dataclass(slots=True)
class RTVIClientMessageFrame(SystemFrame):
    """A viewer's ``client-message``; answer it with an RTVIServerResponseFrame that holds this frame."""

    msg_id: str
    type: str
    data: Any = None
    viewer: Viewer | None = None


@dataclass(slots=True)
class RTVIServerResponseFrame(SystemFrame):
    """The answer to a ``client-message``, for the viewer that sent it; with ``error`` an ``error-response``."""

    client_msg: RTVIClientMessageFrame
    data: Any = None
    error: str | None = None


@dataclass(slots=True)
class RTVIConfigureObserverFrame(SystemFrame):
    """Changes the observer's parameters; what is None stays as it is."""

    function_call_report_level: ReportLevels | None = None
    vad_user_speaking_enabled: bool | None = None


@dataclass(slots=True)
class RTVIUICommandFrame(SystemFrame):
    """Send ``ui-command`` to all viewers."""

    command: str
    payload: Any = None


@dataclass(slots=True)
class RTVIUIJobGroupFrame(SystemFrame):
    """Send ``ui-job-group`` to all viewers."""

    data: UIJobGroupData


@dataclass(slots=True)
class RTVIUIEventFrame(SystemFrame):
    """A viewer's ``ui-event``."""

    msg_id: str
    event: str
    payload: Any = None
    viewer: Viewer | None = None


@dataclass(slots=True)
class RTVIUISnapshotFrame(SystemFrame):
    """A viewer's ``ui-snapshot``."""

    msg_id: str
    tree: UITree
    viewer: Viewer | None = None


@dataclass(slots=True)
class RTVIUICancelJobGroupFrame(SystemFrame):
    """A viewer's ``ui-cancel-job-group``."""

    msg_id: str
    job_id: str
    reason: str | None = None
    viewer: Viewer | None = None


@dataclass(slots=True)
class RTVIActionFrame(DataFrame):
    """Run this action (protocol 0.3). With ``message_id`` its result is sent as ``action-response``."""

    rtvi_action_run: RTVIActionRun
    message_id: str | None = None
