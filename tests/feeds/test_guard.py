"""Where the fetcher goes and where it doesn't; a recorder stands in the connect step, nothing leaves this computer."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpcore2
import msgspec
import pytest

from app.feeds import failures
from app.kit.http import FetchError, Http, Refused, StaysHome, Unreachable, stays_home
from app.kit.http.errors import REFUSALS
from app.kit.http.guard import checked, rule_against
from app.kit.i18n import reading_in
from app.settings import settings, use

PUBLIC = "93.184.215.14"


@pytest.fixture(autouse=True)
def reaching_out() -> Iterator[None]:
    """As a deployment of its own name: on localhost the guard would not even ask for a name."""
    before = settings()
    use(msgspec.structs.replace(before, feed_outside=True))
    yield
    use(before)


class Recorder(httpcore2.AsyncNetworkBackend):
    """Stands where TCP would begin and notes who would have been called."""

    def __init__(self) -> None:
        self.called: list[tuple[str, int]] = []
        self.greeted: list[str | None] = []

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        self.called.append((host, port))
        return Line(self)


class Line(httpcore2.AsyncNetworkStream):
    """A connection that notes the name asked for by TLS and then ends."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.written = b""

    async def start_tls(self, *_: Any, server_hostname: str | None = None, **__: Any) -> httpcore2.AsyncNetworkStream:
        self.recorder.greeted.append(server_hostname)
        raise httpcore2.ConnectError("the recorder hangs up")

    async def write(self, buffer: bytes, *_: Any, **__: Any) -> None:
        self.written += buffer

    async def read(self, *_: Any, **__: Any) -> bytes:
        if b"HTTP/1.1\r\n" in self.written and b"/onwards" in self.written:
            self.written = b""
            return b"HTTP/1.1 302 Found\r\nLocation: http://inside.example/\r\nContent-Length: 0\r\n\r\n"
        return b""

    async def aclose(self) -> None:
        return None


def fetch(url: str, *addresses: str, allowed: str = "") -> tuple[FetchError, Recorder, list[str]]:
    """Fetch `url` while every name resolves to `addresses`; names beginning with `inside` to 10.0.0.7."""
    recorder, asked = Recorder(), []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["10.0.0.7"] if host.startswith("inside") else list(addresses)

    async def run() -> FetchError:
        async with Http(private_hosts=frozenset(allowed.split()), resolve=resolve, connect=recorder) as http:
            with pytest.raises(FetchError) as error:
                await http.impatient().get(url)
            return error.value

    return asyncio.run(run()), recorder, asked


REFUSED_ADDRESSES = {
    "127.0.0.1": "loopback",
    "127.8.9.10": "loopback",
    "::1": "loopback",
    "0.0.0.0": "unspecified",  # noqa: S104  # an address under test
    "0.1.2.3": "private",
    "::": "unspecified",
    "10.1.2.3": "private",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.168.178.1": "private",
    "192.0.2.1": "private",
    "198.18.0.1": "private",
    "169.254.1.1": "link-local",
    "169.254.169.254": "metadata",
    "100.100.100.200": "metadata",
    "100.64.0.1": "shared",
    "100.127.255.254": "shared",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "192.88.99.1": "reserved",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:10.0.0.1": "private",
    "::ffff:169.254.169.254": "metadata",
    "::127.0.0.1": "loopback",
    "::8.8.8.8": "reserved",
    "64:ff9b::7f00:1": "loopback",
    "64:ff9b::a9fe:a9fe": "metadata",
    "64:ff9b:1::1": "private",
    "2002:7f00:1::": "loopback",
    "2002:a00:1::1": "private",
    "2001:0:5ef5:79fb::1": "private",
    "2001:db8::1": "private",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "fc00::1": "private",
    "fd00:ec2::254": "private",
    "fec0::1": "reserved",
    "ff02::1": "multicast",
    "4000::1": "reserved",
}


@pytest.mark.parametrize(("address", "rule"), REFUSED_ADDRESSES.items())
def test_an_address_that_is_not_public_is_never_called(address: str, rule: str) -> None:
    error, recorder, _ = fetch("http://town.example/feed", PUBLIC, address)

    assert isinstance(error, Refused)
    assert error.rule == rule
    assert recorder.called == []
    assert failures.of(error).code == f"refused-{rule}"


@pytest.mark.parametrize("address", [PUBLIC, "2a00:1450:4001:82b::200e", "64:ff9b::5db8:d70e", "2002:5db8:d70e::1"])
def test_a_public_address_is_called_as_vetted(address: str) -> None:
    assert rule_against(address) is None
    _, recorder, asked = fetch("http://town.example/feed", address)

    assert set(recorder.called) == {(address, 80)}
    assert len(asked) == len(recorder.called)  # resolved once for each connection, never again


def test_tls_asks_for_the_name_and_not_for_the_address() -> None:
    error, recorder, _ = fetch("https://town.example/feed", PUBLIC)

    assert recorder.called == [(PUBLIC, 443)]
    assert recorder.greeted == ["town.example"]
    assert isinstance(error, Unreachable)
    assert error.cause == "tls"


def test_the_next_hop_is_vetted_too() -> None:
    error, recorder, asked = fetch("http://town.example/onwards", PUBLIC)

    assert isinstance(error, Refused)
    assert error.rule == "private"
    assert recorder.called == [(PUBLIC, 80)]
    assert asked == ["town.example", "inside.example"]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:7f00:1]", "169.254.169.254"])
def test_an_address_in_the_url_is_vetted(host: str) -> None:
    async def run() -> None:
        async with Http(private_hosts=frozenset(), connect=recorder) as http:
            await http.get(f"http://{host}/")

    recorder = Recorder()
    with pytest.raises(Refused):
        asyncio.run(run())
    assert recorder.called == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1"])
def test_an_old_way_to_write_loopback_is_vetted_after_resolving(host: str) -> None:
    error, recorder, _ = fetch(f"http://{host}/", "127.0.0.1")

    assert isinstance(error, Refused)
    assert recorder.called == []


def test_the_allow_list_opens_exactly_that_host_and_port() -> None:
    _, opened, _ = fetch("http://inside.example:8000/", allowed="inside.example:8000")
    other_port, closed, _ = fetch("http://inside.example/", allowed="inside.example:8000")
    other_host, still_closed, _ = fetch("http://inside.two.example:8000/", allowed="inside.example:8000")

    assert set(opened.called) == {("10.0.0.7", 8000)}
    assert isinstance(other_port, Refused)
    assert other_port.rule == "private"
    assert isinstance(other_host, Refused)
    assert other_host.rule == "port"
    assert closed.called == still_closed.called == []


@pytest.mark.parametrize(
    "url",
    [
        "https://town.example/feed",
        f"http://{PUBLIC}/",
        "http://[2a00:1450:4001:82b::200e]/",
        "http://2130706433/",
        "http://town.localhost.example/",
    ],
)
def test_on_localhost_nobody_outside_is_asked_for_not_even_a_name(url: str) -> None:
    use(msgspec.structs.replace(settings(), feed_outside=False, domain="village.localhost"))

    error, recorder, asked = fetch(url, PUBLIC)

    assert isinstance(error, StaysHome)
    assert stays_home(url)
    assert not recorder.called
    assert not asked
    with reading_in("de"):
        assert failures.of(error).text.startswith("Auf diesem Rechner (localhost) holt das Programm nichts von außen.")


@pytest.mark.parametrize("host", ["localhost", "town.localhost", "127.0.0.1", "[::1]"])
def test_on_localhost_this_computer_is_no_more_open_than_elsewhere(host: str) -> None:
    use(msgspec.structs.replace(settings(), feed_outside=False, feed_private_hosts=frozenset({"inside.example:80"})))

    error, recorder, asked = fetch(f"http://{host}/", "127.0.0.1")

    assert isinstance(error, Refused)
    assert error.rule == "loopback"
    assert not recorder.called
    assert not asked
    assert not stays_home(f"http://{host}/")
    assert not stays_home("http://inside.example/")


def test_on_localhost_the_next_hop_stays_at_home_too() -> None:
    use(msgspec.structs.replace(settings(), feed_outside=False))

    error, recorder, asked = fetch("http://inside.example/onwards", allowed="inside.example:80")
    onwards, _, _ = fetch("http://inside.two.example/onwards", PUBLIC, allowed="inside.two.example:80")

    assert asked == ["inside.example"] * len(recorder.called)
    assert isinstance(error, Unreachable)
    assert isinstance(onwards, StaysHome)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("ftp://town.example/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://town.example/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("//town.example/", "scheme"),
        ("", "scheme"),
        ("http://", "url"),
        ("http:///feed", "url"),
        ("https://[::1", "url"),
        ("https://town.example:99999/", "port"),
        ("https://town.example\n.evil.example/", "url"),
        ("https://town.example/" + "x" * 5_000, "url"),
        ("https://ada:secret@town.example/", "credentials"),
        ("https://ada@town.example/", "credentials"),
        ("https://:@town.example/", "credentials"),
        ("http://town.example:22/", "port"),
        ("http://town.example:6379/", "port"),
    ],
)
def test_an_address_that_breaks_a_rule_is_refused(url: str, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        checked(url)

    assert refused.value.rule == rule


def test_hosts_with_umlauts_and_paths_with_spaces_are_fine() -> None:
    url = checked("https://bürger.example/neu es?q=ä")

    assert url.raw_host == b"xn--brger-kva.example"
    assert url.raw_path == b"/neu%20es?q=%C3%A4"


def test_a_name_without_addresses_is_unreachable() -> None:
    error, recorder, _ = fetch("http://town.example/")

    assert isinstance(error, Unreachable)
    assert error.cause == "name"
    assert recorder.called == []


@pytest.mark.parametrize("rule", REFUSALS)
def test_a_refusal_speaks_german_and_hides_the_address(rule: str) -> None:
    failure = failures.of(Refused(rule, url="u", host="town.example", port=22))

    with reading_in("de"):
        text = failure.text
    assert text != str(failure)
    assert "%(" not in text
    assert "10.0.0.7" not in text
