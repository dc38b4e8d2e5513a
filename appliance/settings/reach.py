"""How far functions reach: to the Internet, and within the operator's own network to what the settings allow."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from appliance.settings.model import Settings

NOT_ALLOWED = "lies within your own network, expected it in the settings' functions.allow"

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_inside(address: str) -> bool:
    """Whether an address is no public one of the Internet: loopback, private, link-local, multicast, reserved.

    What is wrapped in an IPv6 address (mapped, 6to4, Teredo, NAT64) is looked at, too.
    """
    return any(not one.is_global or one.is_multicast for one in _unwrapped(ipaddress.ip_address(address)))


def _unwrapped(address: IPAddress) -> Iterable[IPAddress]:
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            yield address.ipv4_mapped
        if address.sixtofour:
            yield address.sixtofour
        if address.teredo:
            yield from address.teredo
        if address in _NAT64:
            yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


class Reach:
    """``allow`` are the hosts and networks within that may be reached, as in the settings."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._hosts: set[str] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for place in allow:
            try:
                self._networks.append(ipaddress.ip_network(place))
            except ValueError:
                self._hosts.add(place)

    def trusts(self, host: str) -> bool:
        """Whether a host is allowed by its name, wherever that leads."""
        return host.lower() in self._hosts

    def covers(self, address: str) -> bool:
        """Whether an address is public, or allowed."""
        return not is_inside(address) or any(ipaddress.ip_address(address) in network for network in self._networks)

    def covers_host(self, host: str) -> bool:
        """The same for a host, as far as can be told without asking anybody where its name leads."""
        if self.trusts(host):
            return True
        try:
            return self.covers("127.0.0.1" if host.lower() == "localhost" else host)
        except ValueError:
            return True


def out_of_reach(url: str, settings: Settings) -> str | None:
    """What is wrong with a server's address for which ``functions.allow`` would be needed; None for any other."""
    host = urlsplit(url).hostname or ""
    return None if Reach(settings.functions.allow).covers_host(host) else f"{host} {NOT_ALLOWED}"
