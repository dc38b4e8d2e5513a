"""What a dialplan wants in its calls' records."""

from pathlib import Path

import pytest

from appliance.dialogue.metadata import metadata_of
from tests.dialplan.stories import ask

TEXTS = (
    'metadata: {topic: refunds, about: "order {{ order }}", odd: "{{ 1 / (order | int) }}"}\nvariables: {order: "0"}'
)


def test_texts_are_filled_and_one_that_cannot_be_is_left_out_with_a_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plan = ask(tmp_path, "yes_no: {yes: end, no: end}", TEXTS).plan
    assert metadata_of(plan, {"order": "4"}) == {"topic": "refunds", "about": "order 4", "odd": "0.25"}
    assert caplog.messages == []
    assert metadata_of(plan, {"order": "0"}) == {"topic": "refunds", "about": "order 0"}
    (line,) = caplog.messages
    assert line.startswith("metadata.odd is not in the record: ")
