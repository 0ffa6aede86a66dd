"""Where we go and where we don't: the guard against server-side request forgery.

An address is checked twice. `checked` reads the URL of each hop. `Guard` is the only way to a socket: it resolves
the name once, vets every address it got and connects to exactly those, so that a name which changes its mind between
check and connection (DNS rebinding) gains nothing. Host header, SNI and certificate stay with the name.

On somebody's own computer (`localhost`) nothing is fetched from outside, unless they say so: there the guard ends
before it asks for a name, because that question would already be a packet.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

import httpcore2
import httpx2

from app.kit.http.errors import Refused, StaysHome, Unreachable
from app.settings import settings

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Name and port → addresses as text."""

PORTS: Final = frozenset({80, 443})
_SHARED: Final = IPv4Network("100.64.0.0/10")
_METADATA: Final = frozenset({IPv4Address("169.254.169.254"), IPv4Address("100.100.100.200")})
_RELAY: Final = IPv4Network("192.88.99.0/24")
_GLOBAL_V6: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL: Final = IPv6Network("64:ff9b:1::/48")
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")
_V4_IN_V6: Final = (IPv6Network("::ffff:0:0/96"), IPv6Network("::ffff:0:0:0/96"), IPv6Network("::/96"))
_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}")
_LONGEST_URL: Final = 4_000
_MOST_ADDRESSES: Final = 6


def checked(url: str | httpx2.URL, allowed: frozenset[str] = frozenset()) -> httpx2.URL:
    """The URL, read; raises `Refused`. `allowed` are `host:port` pairs that may have another port."""
    shown = str(url)
    try:
        parsed = httpx2.URL(url)
        host = parsed.raw_host.decode("ascii")
        port = parsed.port or (443 if parsed.scheme == "https" else 80)
    except (httpx2.InvalidURL, UnicodeError, ValueError, TypeError) as error:
        raise Refused("url", url=shown) from error
    if parsed.userinfo or "@" in parsed.netloc.decode("ascii"):
        raise Refused("credentials")
    if parsed.scheme not in {"http", "https"}:
        raise Refused("scheme")
    if not _HOST.fullmatch(host) or len(shown) > _LONGEST_URL:
        raise Refused("url", url=shown)
    if port not in PORTS and f"{host}:{port}" not in allowed:
        raise Refused("port", port=port)
    return parsed


def rule_against(address: str) -> str | None:
    """The rule that forbids an IP address, or None when it is globally routable."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        return _against_v6(ip)
    return _against_v4(ip)


def _against_v4(ip: IPv4Address) -> str | None:
    rules: tuple[tuple[bool, str], ...] = (
        (ip in _METADATA, "metadata"),
        (ip.is_loopback, "loopback"),
        (ip.is_unspecified, "unspecified"),
        (ip.is_link_local, "link-local"),
        (ip.is_multicast, "multicast"),
        (ip in _SHARED, "shared"),
        (ip.is_reserved or ip in _RELAY, "reserved"),
        (not ip.is_global, "private"),
    )
    return next((rule for applies, rule in rules if applies), None)


def _against_v6(ip: IPv6Address) -> str | None:
    if (inner := _v4_inside(ip)) is not None:
        # It leads to the IPv4 address it carries. Only translators' forms may lead anywhere at all.
        return _against_v4(inner) or (None if ip in _NAT64 or ip in _SIX_TO_FOUR else "reserved")
    rules: tuple[tuple[bool, str], ...] = (
        (ip.is_loopback, "loopback"),
        (ip.is_unspecified, "unspecified"),
        (ip.is_link_local, "link-local"),
        (ip.is_multicast, "multicast"),
        (ip in _NAT64_LOCAL or (ip.is_private and not ip.is_global), "private"),
        # `is_global` is true for much that nobody has been given: only 2000::/3 is in use.
        (not ip.is_global or ip not in _GLOBAL_V6, "reserved"),
    )
    return next((rule for applies, rule in rules if applies), None)


def _v4_inside(ip: IPv6Address) -> IPv4Address | None:
    number = int(ip)
    if ip in _SIX_TO_FOUR:
        return IPv4Address(number >> 80 & 0xFFFFFFFF)
    if ip in _NAT64 or (number > 1 and any(ip in network for network in _V4_IN_V6)):
        return IPv4Address(number & 0xFFFFFFFF)
    return None


def is_loopback(host: str) -> bool:
    """Whether a host is this computer, as far as one sees without asking anybody."""
    name = host.strip("[]").rstrip(".").lower()
    try:
        return rule_against(name) == "loopback"
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def stays_home(url: str) -> bool:
    """Whether this deployment does not ask this address by itself: it is on `localhost`, the address is outside.

    What can't be read is not asked either. An empty address says nothing.
    """
    if settings().reaches_out or not url:
        return False
    try:
        parsed = httpx2.URL(url)
        host = parsed.raw_host.decode("ascii")
    except (httpx2.InvalidURL, UnicodeError, ValueError, TypeError):
        return True
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    return not is_loopback(host) and f"{host}:{port}" not in settings().feed_private_hosts


async def resolve_by_system(host: str, port: int) -> list[str]:
    """Ask the system's resolver; raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _at_home(host: str) -> Refused | StaysHome:
    """Why an address is not even looked up on `localhost`; what is forbidden anywhere is called so here too."""
    if is_loopback(host):
        return Refused("loopback", host=host)
    try:
        rule = rule_against(host)
    except ValueError:
        rule = None
    return Refused(rule, host=host) if rule else StaysHome(host)


class Guard(httpcore2.AsyncNetworkBackend):
    """The connect step: resolves, vets every address, connects to a vetted one."""

    def __init__(
        self,
        allowed: frozenset[str],
        resolve: Resolve = resolve_by_system,
        connect: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        """Only `allowed` (`host:port`) may be inside, and on `localhost` nothing else may be at all."""
        self._allowed = allowed
        self._resolve = resolve
        self._connect = connect or httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the interface of httpcore2
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to a vetted address of `host`; raises `Refused` or `Unreachable`."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self.vetted(host, port)
                return await self._first_that_answers(addresses, host, port, local_address, socket_options)
        except TimeoutError as error:
            raise Unreachable("connect", host) from error

    async def vetted(self, host: str, port: int) -> list[str]:
        """All addresses of `host`, every one of them allowed."""
        if not settings().reaches_out and f"{host}:{port}" not in self._allowed:
            raise _at_home(host)
        try:
            addresses = list(dict.fromkeys(await self._resolve(host, port)))
        except (OSError, UnicodeError) as error:
            raise Unreachable("name", host) from error
        if not addresses:
            raise Unreachable("name", host)
        if f"{host}:{port}" not in self._allowed:
            for address in addresses:
                if rule := rule_against(address):
                    raise Refused(rule, host=host)
        return addresses[:_MOST_ADDRESSES]

    async def _first_that_answers(
        self, addresses: list[str], host: str, port: int, local: str | None, options: Iterable[Any] | None
    ) -> httpcore2.AsyncNetworkStream:
        for address in addresses:
            try:
                return await self._connect.connect_tcp(address, port, local_address=local, socket_options=options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout, OSError):
                continue
        raise Unreachable("connect", host)

    async def connect_unix_socket(self, *_: object, **__: object) -> httpcore2.AsyncNetworkStream:
        """Never: a path is no web address."""
        raise Refused("scheme")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
