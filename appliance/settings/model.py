"""All settings in one tree."""

from pathlib import Path

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from appliance.settings.dialplans import DialplanSettings
from appliance.settings.engine_names import EngineName
from appliance.settings.engines import DeepgramSettings, OpenAISTTSettings, OpenAITTSSettings
from appliance.settings.functions import FunctionSettings, Secrets
from appliance.settings.limits import LimitSettings
from appliance.settings.llm import LLMSettings
from appliance.settings.log import LogSettings
from appliance.settings.mail import MailSettings
from appliance.settings.named_engines import Engine
from appliance.settings.notices import NoticeSettings
from appliance.settings.recordings import RecordingSettings
from appliance.settings.roles import Roles
from appliance.settings.server import ServerSettings
from appliance.settings.speech import SpeechSettings
from appliance.settings.supervision import SupervisionSettings
from appliance.settings.twilio import TwilioSettings


class Settings(BaseSettings):
    """All settings. Without arguments: the defaults, whatever the environment says (``load_settings`` asks it)."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    data_dir: Path = Path("var")
    """The directory for records, recordings, tokens and caches."""

    server: ServerSettings = ServerSettings()
    """Where the appliance listens and how it stops."""

    twilio: TwilioSettings = TwilioSettings()
    """The carrier's account and how strictly its requests are checked."""

    speech: SpeechSettings = SpeechSettings()
    """Which engines listen and speak."""

    openai_stt: OpenAISTTSettings = OpenAISTTSettings()
    """Any server of OpenAI's transcriptions, for `speech.transcriber = "openai"`."""

    openai_tts: OpenAITTSSettings = OpenAITTSSettings()
    """Any server of OpenAI's speech, for `speech.synthesizer = "openai"`."""

    deepgram: DeepgramSettings = DeepgramSettings()
    """Deepgram's streaming transcription, for `speech.transcriber = "deepgram"`."""

    llm: LLMSettings = LLMSettings()
    """The language model that dialplans' `llm` steps talk with."""

    engines: dict[EngineName, Engine] = {}
    """Further engines, by name."""

    dialplans: DialplanSettings = DialplanSettings()
    """Where the dialplans are."""

    functions: FunctionSettings = FunctionSettings()
    """Where functions of dialplans may reach to."""

    secrets: Secrets = {}
    """What functions send to their servers, by name; nobody sees or hears it."""

    supervision: SupervisionSettings = SupervisionSettings()
    """How many may watch, and how patiently we feed them."""

    roles: Roles = {}
    """What supervisors may see and do."""

    recordings: RecordingSettings = RecordingSettings()
    """How much sound of calls is kept, and for how long."""

    notices: NoticeSettings = NoticeSettings()
    """How others are told of messages."""

    mail: MailSettings = MailSettings()
    """The server that takes mail about messages."""

    log: LogSettings = LogSettings()
    """What is written to standard error."""

    limits: LimitSettings = LimitSettings()
    """What one machine accepts."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing but the arguments: where values come from is ``load_settings``'s business."""
        return (init_settings,)
