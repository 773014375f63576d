"""Where we may connect to: the public Internet, and those networks of our own that a destination names.

A name is looked up once and the connection goes to the very address that was checked, so that a name which
answers differently the second time (DNS rebinding) leads nowhere.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): the last 32 bits are an IPv4 address."""


class Forbidden(ValueError):
    """An address to which we do not connect; the message says why."""


def allowed(host: str, port: int, networks: Sequence[Network] = ()) -> list[str]:
    """The addresses of `host` to which we may connect, in the resolver's order.

    Raises Forbidden when one of them is not allowed: a name that leads both outside and inside is not trusted.
    Raises OSError when the name is not known.
    """
    found = list(
        dict.fromkeys(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    )
    for one in found:
        check(one, networks)
    return found


def check(address: str, networks: Sequence[Network] = ()) -> None:
    """Raises Forbidden unless `address` is public or lies in one of `networks`."""
    plain = unwrapped(ipaddress.ip_address(address.split("%")[0]))
    if plain.is_multicast or plain.is_unspecified or plain.is_link_local:
        raise Forbidden(f"{plain} is no address of a server")
    if plain.is_global or any(plain.version == one.version and plain in one for one in networks):
        return
    raise Forbidden(f"{plain} lies in a private network that the destination does not name")


def unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries (mapped, 6to4, Teredo, NAT64), else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)
