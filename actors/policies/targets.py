"""Where a webhook may be sent: the guard against requests that others have us make (SSRF).

Two steps, both pure. `target_of` reads an endpoint's URL; `refusal_of` looks at what its host resolves to. Both are
asked when an endpoint is registered and again at each delivery, whose connection is then made to the address that
was looked at, and not to the name: a name that resolves to something else a moment later (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

URL_AT_MOST = 2_048
# Ports that may be spoken to. In a sandbox, on loopback, any that needs no privilege.
PORTS = frozenset({443, 8443})
UNPRIVILEGED = 1_024

_HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?", re.IGNORECASE
)
_LITERAL6 = re.compile(r"[0-9a-f:.]{2,45}", re.IGNORECASE)
# Printable ASCII without what means something else to one reader of URLs than to another.
_PLAIN = re.compile(r"[!$-;=?-\[\]_a-z~]+")

# The IANA registries of special-purpose addresses, and multicast: nothing of these is a public host.
# https://www.iana.org/assignments/iana-ipv4-special-registry and .../iana-ipv6-special-registry
REFUSED_4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), why)
    for network, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier's customers"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local, where clouds keep their metadata"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "assigned to protocols"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "AMT"),
        ("192.88.99.0/24", "6to4 relays"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved, or broadcast"),
    )
)
# Of IPv6 only this is public at all: loopback, unique local, link-local, mapped IPv4, NAT64 and multicast lie outside.
PUBLIC_6 = IPv6Network("2000::/3")
REFUSED_6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), why)
    for network, why in (
        ("2001::/23", "assigned to protocols, Teredo among them"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4: an IPv4 address in disguise"),
        ("2620:4f:8000::/48", "AS112"),
        ("3fff::/20", "documentation"),
    )
)


class Forbidden(ValueError):
    """Nothing is sent there; the message says why, without repeating the URL."""


class Target(NamedTuple):
    """Where an endpoint is: `path` with its query; `authority` as the Host header has it."""

    secure: bool
    host: str
    port: int
    path: str
    authority: str


def target_of(url: str, *, sandbox: bool, ports: frozenset[int] = PORTS) -> Target:
    """The parts of an endpoint's URL. Raises Forbidden.

    https alone; in a sandbox http too, for loopback, which `refusal_of` sees to.
    """
    if len(url) > URL_AT_MOST or _PLAIN.fullmatch(url) is None or "\\" in url:
        raise Forbidden(f"a URL is up to {URL_AT_MOST} plain ASCII characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Forbidden("this is no URL") from None
    if parts.scheme != "https" and not (sandbox and parts.scheme == "http"):
        raise Forbidden("only https is spoken")
    if "@" in parts.netloc:
        raise Forbidden("no user or password stands in it")
    if "#" in url:
        raise Forbidden("it has no fragment")
    host = parts.hostname or ""
    literal6 = "[" in parts.netloc
    if not (_LITERAL6 if literal6 else _HOST).fullmatch(host):
        raise Forbidden("the host is a name or an address in plain ASCII")
    if port is None:
        port = 443 if parts.scheme == "https" else 80
    if port not in ports and not (sandbox and port >= UNPRIVILEGED):
        raise Forbidden(f"the port is one of {', '.join(map(str, sorted(ports)))}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, port, path, parts.netloc)


def refusal_of(
    target: Target, addresses: Sequence[str], *, sandbox: bool, ports: frozenset[int] = PORTS
) -> str:
    """Why nothing is sent to a target whose host has these addresses, "" where it may be.

    All of them have to be public: which of several is spoken to must make no difference. In a sandbox all of them
    may be loopback instead; only there is http spoken, or a port that is none of `ports`.
    """
    if not addresses:
        return "its host has no address"
    whys = [why_not_public(address) for address in addresses]
    if sandbox and all(is_loopback(address) for address in addresses):
        return ""
    if why := next((why for why in whys if why), ""):
        return f"its host is not public: {why}"
    if not target.secure:
        return "http is spoken to loopback alone"
    if target.port not in ports:
        return f"the port is one of {', '.join(map(str, sorted(ports)))}"
    return ""


def why_not_public(address: str) -> str:
    """Of which special kind an address is, "" for one that is public. What is no address is not public."""
    try:
        found = ip_address(address)
    except ValueError:
        return "no address"
    if isinstance(found, IPv4Address):
        return next((why for network, why in REFUSED_4 if found in network), "")
    if found.scope_id is not None or found not in PUBLIC_6:
        return _kind_6(found)
    return next((why for network, why in REFUSED_6 if found in network), "")


def is_loopback(address: str) -> bool:
    """127.0.0.0/8 or ::1, written as such."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return (
        found in IPv4Network("127.0.0.0/8") if isinstance(found, IPv4Address) else found == IPv6Address("::1")
    )


def _kind_6(address: IPv6Address) -> str:
    if address.ipv4_mapped is not None:
        return "an IPv4 address in disguise"
    if address.is_loopback:
        return "loopback"
    if address.is_link_local or address.scope_id is not None:
        return "link-local"
    if address in IPv6Network("fc00::/7"):
        return "unique local"
    if address in IPv6Network("64:ff9b::/96") or address in IPv6Network("64:ff9b:1::/48"):
        return "NAT64: an IPv4 address in disguise"
    return "outside of what is public"
