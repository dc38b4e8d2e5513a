"""What the installer writes: one model per section, read from a file, the environment and systemd's credentials."""

from appliance.settings.dialplans import DialplanSettings
from appliance.settings.engines import DeepgramSettings, OpenAISTTSettings, OpenAITTSSettings
from appliance.settings.limits import LimitSettings
from appliance.settings.llm import LLMSettings
from appliance.settings.load import load_settings, place_of
from appliance.settings.log import LogSettings
from appliance.settings.mail import MailSettings
from appliance.settings.model import Settings
from appliance.settings.notices import NoticeSettings
from appliance.settings.recordings import RecordingSettings
from appliance.settings.roles import RoleSettings
from appliance.settings.safety import refuse_incomplete, refuse_unsafe
from appliance.settings.server import ServerSettings
from appliance.settings.speech import SpeechSettings
from appliance.settings.supervision import SupervisionSettings
from appliance.settings.twilio import TwilioSettings

__all__ = [
    "DeepgramSettings",
    "DialplanSettings",
    "LLMSettings",
    "LimitSettings",
    "LogSettings",
    "MailSettings",
    "NoticeSettings",
    "OpenAISTTSettings",
    "OpenAITTSSettings",
    "RecordingSettings",
    "RoleSettings",
    "ServerSettings",
    "Settings",
    "SpeechSettings",
    "SupervisionSettings",
    "TwilioSettings",
    "load_settings",
    "place_of",
    "refuse_incomplete",
    "refuse_unsafe",
]
