"""UI messages, both ways: what a client's page shows and does, and what the bot wants of it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from appliance.rtvi.envelope import FromClient, FromServer, Open


class UIEventData(BaseModel):
    """Something happened on the client's page."""

    event: str
    payload: Any = None


class UIEventMessage(FromClient):
    """``ui-event``."""

    type: Literal["ui-event"] = "ui-event"
    data: UIEventData


class UINode(Open):
    """An element of an accessibility tree; unknown keys are kept."""

    ref: str
    role: str
    name: str | None = None
    value: Any = None
    state: list[str] | None = None
    level: int | None = None
    colcount: int | None = None
    rowcount: int | None = None
    children: list["UINode"] | None = None


class UITree(Open):
    """A page as an accessibility tree, captured at that many ms since the epoch."""

    root: UINode
    captured_at: int | float
    selection: Any = None


class UISnapshotData(BaseModel):
    """What the client's page shows."""

    tree: UITree


class UISnapshotMessage(FromClient):
    """``ui-snapshot``."""

    type: Literal["ui-snapshot"] = "ui-snapshot"
    data: UISnapshotData


class UICancelJobGroupData(BaseModel):
    """Which group of jobs is to be given up."""

    job_id: str
    reason: str | None = None


class UICancelJobGroupMessage(FromClient):
    """``ui-cancel-job-group``."""

    type: Literal["ui-cancel-job-group"] = "ui-cancel-job-group"
    data: UICancelJobGroupData


class UICommandData(BaseModel):
    """What the client's page is to do."""

    command: str
    payload: Any = None


class UICommandMessage(FromServer):
    """``ui-command``."""

    type: Literal["ui-command"] = "ui-command"
    data: UICommandData


class UIJobGroupStartedData(BaseModel):
    """Jobs have begun. ``at`` is in ms since the epoch, as in all four."""

    kind: Literal["group_started"] = "group_started"
    job_id: str
    workers: list[str] | None = None
    label: str | None = None
    cancellable: bool = True
    at: int | float = 0


class UIJobUpdateData(BaseModel):
    """A worker has something to say."""

    kind: Literal["job_update"] = "job_update"
    job_id: str
    worker_name: str
    data: Any = None
    at: int | float = 0


class UIJobCompletedData(BaseModel):
    """A worker is done."""

    kind: Literal["job_completed"] = "job_completed"
    job_id: str
    worker_name: str
    status: str
    response: Any = None
    at: int | float = 0


class UIJobGroupCompletedData(BaseModel):
    """All workers are done."""

    kind: Literal["group_completed"] = "group_completed"
    job_id: str
    at: int | float = 0


UIJobGroupData = Annotated[
    UIJobGroupStartedData | UIJobUpdateData | UIJobCompletedData | UIJobGroupCompletedData,
    Field(discriminator="kind"),
]


class UIJobGroupMessage(FromServer):
    """``ui-job-group``."""

    type: Literal["ui-job-group"] = "ui-job-group"
    data: UIJobGroupData
