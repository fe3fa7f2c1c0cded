"""Where messages may go: to public addresses, and to networks that the installation names.

Whoever may register an address could otherwise have the service ask what it alone can reach (server-side request
forgery): its own ports, the machine's neighbours, a cloud's metadata.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PORTS = {"https": 443, "http": 80}
# Addresses that stand for the IPv4 address in their last 32 bits (RFC 6052). Those of 64:ff9b:1::/48 (RFC 8215) may
# have it elsewhere: as reserved ones they are refused.
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


class Refused(ValueError):
    """An address to which nothing is sent: the sentence says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart; `path` has the query too."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host, and port where it is not the scheme's own, as the header `Host` has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def networks_of(text: str | None) -> list[Network]:
    """Networks written with commas between them."""
    return [ipaddress.ip_network(part.strip()) for part in (text or "").split(",") if part.strip()]


def target_of(url: str, networks: Sequence[Network]) -> Target:
    """`url` taken apart; what can be told without asking for the host's address is checked.

    Raises `Refused` for what is no https address (or http, where `networks` are named), names a user or a fragment, or
    a host that may not be reached.
    """
    if not url.isascii() or any(character <= " " or character == "\x7f" for character in url):
        raise Refused("expected ASCII without spaces")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused(f"no address: {error}") from error
    schemes = ["https", "http"] if networks else ["https"]
    if parts.scheme not in schemes or not host:
        raise Refused(f"expected {' or '.join(schemes)}://host/path")
    if parts.username is not None or parts.password is not None or "#" in url or "\\" in url or "%" in parts.netloc:
        raise Refused("expected neither user, password, backslash nor fragment")
    if port == 0:
        raise Refused("expected a port from 1 to 65535")
    literal = _literal(host)
    if literal is not None:
        _require(literal, networks, parts.scheme)
    elif (host == "localhost" or host.endswith(".localhost")) and not networks:
        raise Refused(f"{host} is this machine")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], path)


def resolved(target: Target, networks: Sequence[Network]) -> IpAddress:
    """The address to connect to, so that no other name lookup can come between check and connection.

    Raises `Refused` where there is none, or any of the host's addresses may not be reached.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused(f"the name {target.host} has no address") from error
    addresses = [ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found]
    for address in addresses:
        _require(address, networks, target.scheme)
    if not addresses:
        raise Refused(f"the name {target.host} has no address")
    return addresses[0]


def is_permitted(address: IpAddress, networks: Sequence[Network], scheme: str = "https") -> bool:
    """Whether messages may go to `address`: one of `networks`, or by https any public one."""
    plain = _plain(address)
    if any(plain.version == network.version and plain in network for network in networks):
        return True
    is_site_local = plain.version == 6 and plain.is_site_local  # withdrawn (RFC 3879), and so "global" to the library
    return scheme == "https" and plain.is_global and not (plain.is_multicast or plain.is_reserved or is_site_local)


def _require(address: IpAddress, networks: Sequence[Network], scheme: str) -> None:
    if not is_permitted(address, networks, scheme):
        raise Refused(f"{address} may not be reached by {scheme}: expected a public address by https, or one of "
                      "PACESETTER_WEBHOOK_NETWORKS")  # fmt: skip


def _literal(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _plain(address: IpAddress) -> IpAddress:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    teredo = address.teredo
    inner = address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
    if inner is None and address in _TRANSLATED:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address if inner is None else inner
