"""How far functions reach."""

import pytest

from appliance.settings import Settings
from appliance.settings.reach import Reach, is_inside, out_of_reach


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2001:db8::1",
    ],
)
def test_addresses_that_are_not_of_the_internet_lie_within(address: str) -> None:
    assert is_inside(address)
    assert not Reach().covers(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_do_not(address: str) -> None:
    assert not is_inside(address)
    assert Reach().covers(address)


def test_a_network_that_the_settings_allow_may_be_reached_and_no_other() -> None:
    allowed = Reach(["10.1.0.0/16", "127.0.0.1"])
    assert [one for one in ("10.1.9.9", "127.0.0.1", "10.2.0.1", "127.0.0.2", "8.8.8.8") if allowed.covers(one)] == [
        "10.1.9.9",
        "127.0.0.1",
        "8.8.8.8",
    ]


@pytest.mark.parametrize(
    ("url", "allow", "host"),
    [
        ("http://192.168.1.5:8080/{{ day }}", [], "192.168.1.5"),
        ("http://192.168.1.5/", ["192.168.1.0/24"], None),
        ("https://[::1]/x", ["127.0.0.1"], "::1"),
        ("http://LocalHost:1/", [], "localhost"),
        ("http://localhost:1/", ["127.0.0.0/8"], None),
        ("http://localhost:1/", ["localhost"], None),
        ("https://8.8.8.8/", [], None),
        ("https://crm.inside/", [], None),
    ],
)
def test_an_address_tells_by_itself_whether_it_has_to_be_allowed(url: str, allow: list[str], host: str | None) -> None:
    said = out_of_reach(url, Settings.model_validate({"functions": {"allow": allow}}))
    assert said == (host and f"{host} lies within your own network, expected it in the settings' functions.allow")
