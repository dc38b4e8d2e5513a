"""Who can be asked to take a call over."""

import pytest

from appliance.dialplan.destinations import as_destination, is_queue, is_sip


@pytest.mark.parametrize(
    ("text", "destination"),
    [
        ("+1 (555) 555-0177", "+15555550177"),
        ("0015555550177", "+15555550177"),
        ("SIP:Office@Example.com", "sip:Office@Example.com"),
        ("sips:100@10.0.0.5:5061;transport=tls", "sips:100@10.0.0.5:5061;transport=tls"),
        ("sip:a@[2001:db8::1]:5060?x-header=1", "sip:a@[2001:db8::1]:5060?x-header=1"),
        (" queue:Support_2 ", "queue:Support_2"),
    ],
)
def test_numbers_sip_addresses_and_queues_are_destinations(text: str, destination: str) -> None:
    assert as_destination(text) == destination
    assert (is_queue(destination), is_sip(destination)) == (
        destination.startswith("queue"),
        destination.startswith("sip"),
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sip:office", "'sip:office', expected a SIP address such as sip:support@example.com"),
        ("sip:@example.com", "'sip:@example.com', expected a SIP address such as sip:support@example.com"),
        ("sip:a b@example.com", "'sip:a b@example.com', expected a SIP address such as sip:support@example.com"),
        ("sip:a@h</Sip>", "'sip:a@h</Sip>', expected a SIP address such as sip:support@example.com"),
        ("sip:a@" + "h" * 300, f"'sip:a@{'h' * 74}', expected a SIP address such as sip:support@example.com"),
        ("queue:", "'queue:', expected a queue such as queue:support (up to 64 of A-Z, 0-9, _, . and -)"),
        ("queue:a b", "'queue:a b', expected a queue such as queue:support (up to 64 of A-Z, 0-9, _, . and -)"),
        (
            "5550177",
            "'5550177', expected a telephone number with + and country code such as +15555550100, "
            "a SIP address such as sip:support@example.com, or a queue such as queue:support",
        ),
    ],
)
def test_anything_else_is_refused_with_what_was_expected(text: str, why: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        as_destination(text)
    assert str(caught.value) == why
