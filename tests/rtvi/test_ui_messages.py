"""UI messages, both ways."""

import pytest
from pydantic import ValidationError

from appliance.rtvi import ui_messages
from appliance.rtvi.ui_messages import UIJobGroupCompletedData, UIJobGroupMessage
from tests.rtvi.examples import Example, check

NODE = {
    "ref": "e1",
    "role": "grid",
    "name": "Orders",
    "value": "3",
    "state": ["focused"],
    "level": 1,
    "colcount": 2,
    "rowcount": 3,
    "x-own": {"kept": True},
    "children": [{"ref": "e2", "role": "cell"}],
}
EXAMPLES: list[Example] = [
    {"type": "ui-event", "id": "1", "data": {"event": "clicked", "payload": {"ref": "e2"}}},
    {
        "type": "ui-snapshot",
        "id": "1",
        "data": {"tree": {"root": NODE, "captured_at": 1.5, "selection": {"ref": "e2"}, "more": 1}},
    },
    {"type": "ui-cancel-job-group", "id": "1", "data": {"job_id": "j", "reason": "late"}},
    {"type": "ui-command", "data": {"command": "toast", "payload": {"text": "hi"}}},
    {
        "type": "ui-job-group",
        "data": {
            "kind": "group_started",
            "job_id": "j",
            "workers": ["w"],
            "label": "look up",
            "cancellable": False,
            "at": 1.0,
        },
    },
    {"type": "ui-job-group", "data": {"kind": "job_update", "job_id": "j", "worker_name": "w", "data": [1], "at": 2.0}},
    {
        "type": "ui-job-group",
        "data": {
            "kind": "job_completed",
            "job_id": "j",
            "worker_name": "w",
            "status": "ok",
            "response": {"n": 1},
            "at": 3.0,
        },
    },
    {"type": "ui-job-group", "data": {"kind": "group_completed", "job_id": "j", "at": 4.0}},
]


def test_every_message_comes_back_as_it_was() -> None:
    check(ui_messages, EXAMPLES, apart=set())


def test_a_group_can_be_cancelled_unless_it_says_otherwise() -> None:
    message = UIJobGroupMessage.model_validate({"data": {"kind": "group_started", "job_id": "j", "at": 1}})
    assert message.content()["data"] == {"kind": "group_started", "job_id": "j", "cancellable": True, "at": 1}


def test_a_time_stays_the_number_that_it_was_and_need_not_be_given() -> None:
    groups = [UIJobGroupCompletedData(job_id="j", at=at) for at in (1_700_000_000_000, 0.5)]
    assert [repr(group.at) for group in [*groups, UIJobGroupCompletedData(job_id="j")]] == ["1700000000000", "0.5", "0"]


def test_a_job_group_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValidationError):
        UIJobGroupMessage.model_validate({"data": {"kind": "other", "job_id": "j", "at": 1}})
