"""Messages of protocol 0.3, both ways: services, their configuration, and actions."""

from typing import Any, Literal

from pydantic import BaseModel

from appliance.rtvi.envelope import FromClient, FromServer

OptionType = Literal["bool", "number", "string", "array", "object"]


class RTVIServiceOptionConfig(BaseModel):
    """The value of an option."""

    name: str
    value: Any


class RTVIServiceConfig(BaseModel):
    """Values of a service's options."""

    service: str
    options: list[RTVIServiceOptionConfig]


class RTVIConfig(BaseModel):
    """Values of services' options."""

    config: list[RTVIServiceConfig]


class RTVIUpdateConfig(RTVIConfig):
    """New values; ``interrupt`` cuts the bot off first."""

    interrupt: bool = False


class RTVIActionRunArgument(BaseModel):
    """An argument of an action that is to run."""

    name: str
    value: Any


class RTVIActionRun(BaseModel):
    """An action that is to run."""

    service: str
    action: str
    arguments: list[RTVIActionRunArgument] | None = None


class RTVIOptionDescription(BaseModel):
    """An option, or an action's argument: its name and type."""

    name: str
    type: OptionType


class RTVIServiceDescription(BaseModel):
    """A service and its options."""

    name: str
    options: list[RTVIOptionDescription]


class RTVIActionDescription(BaseModel):
    """An action, its arguments, and the type of its result."""

    service: str
    action: str
    arguments: list[RTVIOptionDescription]
    result: OptionType


class DescribeConfigMessage(FromClient):
    """``describe-config``."""

    type: Literal["describe-config"] = "describe-config"


class GetConfigMessage(FromClient):
    """``get-config``."""

    type: Literal["get-config"] = "get-config"


class UpdateConfigMessage(FromClient):
    """``update-config``."""

    type: Literal["update-config"] = "update-config"
    data: RTVIUpdateConfig


class DescribeActionsMessage(FromClient):
    """``describe-actions``."""

    type: Literal["describe-actions"] = "describe-actions"


class ActionMessage(FromClient):
    """``action``."""

    type: Literal["action"] = "action"
    data: RTVIActionRun


class ConfigAvailableData(BaseModel):
    """All services and their options."""

    config: list[RTVIServiceDescription]


class ConfigAvailable(FromServer):
    """``config-available``."""

    type: Literal["config-available"] = "config-available"
    data: ConfigAvailableData


class ConfigMessage(FromServer):
    """``config``."""

    type: Literal["config"] = "config"
    data: RTVIConfig


class ActionsAvailableData(BaseModel):
    """All actions."""

    actions: list[RTVIActionDescription]


class ActionsAvailable(FromServer):
    """``actions-available``."""

    type: Literal["actions-available"] = "actions-available"
    data: ActionsAvailableData


class ActionResponseData(BaseModel):
    """What an action returned."""

    result: Any = None


class ActionResponse(FromServer):
    """``action-response``."""

    type: Literal["action-response"] = "action-response"
    data: ActionResponseData
