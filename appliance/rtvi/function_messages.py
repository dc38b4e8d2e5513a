"""Messages about function calls; what is absent is what the report level withholds."""

from typing import Any, Literal

from pydantic import BaseModel

from appliance.rtvi.envelope import FromServer


class LLMFunctionCallStartMessageData(BaseModel):
    """A function is to be called."""

    function_name: str | None = None


class LLMFunctionCallStartMessage(FromServer):
    """``llm-function-call-started``."""

    type: Literal["llm-function-call-started"] = "llm-function-call-started"
    data: LLMFunctionCallStartMessageData


class LLMFunctionCallInProgressMessageData(BaseModel):
    """A function runs."""

    tool_call_id: str
    function_name: str | None = None
    arguments: dict[str, Any] | None = None


class LLMFunctionCallInProgressMessage(FromServer):
    """``llm-function-call-in-progress``."""

    type: Literal["llm-function-call-in-progress"] = "llm-function-call-in-progress"
    data: LLMFunctionCallInProgressMessageData


class LLMFunctionCallStoppedMessageData(BaseModel):
    """A function has ended. At FULL a result of None is sent as ``null``, the one exception to leaving out."""

    tool_call_id: str
    cancelled: bool
    function_name: str | None = None
    result: Any = None


class LLMFunctionCallStoppedMessage(FromServer):
    """``llm-function-call-stopped``."""

    type: Literal["llm-function-call-stopped"] = "llm-function-call-stopped"
    data: LLMFunctionCallStoppedMessageData

    def content(self) -> dict[str, Any]:
        """As ever, but a result that was given stays, even if it is None."""
        content = super().content()
        if "result" in self.data.model_fields_set:
            content["data"]["result"] = self.data.model_dump(mode="json")["result"]
        return content


class LLMFunctionCallMessageData(BaseModel):
    """A function that the client is to execute (deprecated)."""

    function_name: str
    tool_call_id: str
    args: dict[str, Any]


class LLMFunctionCallMessage(FromServer):
    """``llm-function-call`` (deprecated)."""

    type: Literal["llm-function-call"] = "llm-function-call"
    data: LLMFunctionCallMessageData


class LLMFunctionCallStartEventData(BaseModel):
    """A function is to be called (0.3)."""

    function_name: str


class LLMFunctionCallStartEvent(FromServer):
    """``llm-function-call-start`` (0.3)."""

    type: Literal["llm-function-call-start"] = "llm-function-call-start"
    data: LLMFunctionCallStartEventData


class SearchResultData(BaseModel):
    """A hit."""

    text: str
    confidence: list[float]


class SearchOriginData(BaseModel):
    """A site and its hits."""

    site_uri: str | None = None
    site_title: str | None = None
    results: list[SearchResultData]


class BotLLMSearchResponseData(BaseModel):
    """What a searching dialogue engine found."""

    search_result: str | None = None
    rendered_content: str | None = None
    origins: list[SearchOriginData]


class BotLLMSearchResponseMessage(FromServer):
    """``bot-llm-search-response``."""

    type: Literal["bot-llm-search-response"] = "bot-llm-search-response"
    data: BotLLMSearchResponseData
