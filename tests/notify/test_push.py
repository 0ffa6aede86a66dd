"""One push: encrypted for one browser, signed by the deployment, sent only where the guard lets it."""

import base64
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpcore2
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from app.kit import clock
from app.kit.http.raw import RawHttp
from app.notify import encryption, push
from app.notify.encryption import NotKeys, b64, encrypted, keys_of, point, unb64
from app.notify.push import Device, Push, send
from app.notify.vapid import Vapid, vapid
from app.settings import settings, use
from app.tenancy import control
from tests.push_service import Browser, PushService

# RFC 8291, appendix A.
OURS = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
THEIRS = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
TOLD = Push(title="Hochwasser", body="Meiden Sie den Bach.", href="/notices/1", tag="warning:1", urgent=True)


def device(browser: Browser, made: datetime | None = None) -> Device:
    told = browser.fields
    return Device(1, told["endpoint"], told["p256dh"], told["auth"], made or clock.now())


def test_the_example_of_the_standard_comes_out() -> None:
    own = derive_private_key(int.from_bytes(unb64(OURS), "big"), SECP256R1())
    body = encrypted(b"When I grow up, I want to be a watermelon", THEIRS, AUTH, own=own, salt=unb64(SALT))

    assert b64(body) == BODY


@given(st.text(max_size=600), st.text(max_size=200))
def test_a_push_is_never_too_large_for_a_service(body: str, title: str) -> None:
    told = push._fitting(Push(title=title, body=body * 20, href="/", tag="x"))

    assert len(told) <= encryption.LONGEST_BYTES
    assert msgspec.json.decode(told)["title"] == title


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [("", AUTH), (THEIRS, ""), (THEIRS[:-2], AUTH), ("ä" * 87, AUTH), (THEIRS, AUTH + "AA"), (b64(b"\4" * 65), AUTH)],
)
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(NotKeys):
        keys_of(p256dh, auth)


async def test_the_deployment_s_key_is_made_once_and_sealed() -> None:
    one, two = await vapid(), await vapid()
    async with control() as connection:
        rows = await connection.fetch("SELECT public_key, private_key FROM vapid_key")

    assert one == two
    assert [row["public_key"] for row in rows] == [one.public]
    assert "PRIVATE" not in rows[0]["private_key"]
    assert len(unb64(one.public)) == 65


async def test_a_browser_gets_it_and_its_service_sees_who_sends() -> None:
    key = await vapid()
    with PushService() as service:
        phone = service.browser("phone")
        async with RawHttp(private_hosts=frozenset({service.host})) as http:
            result = await send(http, key, device(phone), TOLD, 0, clock.now() + timedelta(hours=1))

    assert result.outcome == "taken"
    assert phone.shown == [msgspec.to_builtins(TOLD)]
    [told] = phone.headers
    assert told["content-encoding"] == "aes128gcm"
    assert told["urgency"] == "high"
    assert 3590 <= int(told["ttl"]) <= 3600
    assert len(told["topic"]) == 32
    token, _, public = told["authorization"].removeprefix("vapid t=").partition(", k=")
    raw = unb64(public)
    jwk: dict[str, str | list[str]] = {"kty": "EC", "crv": "P-256", "x": b64(raw[1:33]), "y": b64(raw[33:])}
    claims = jwt.decode(token, ECKey.import_key(jwk), algorithms=["ES256"]).claims
    assert public == key.public
    assert claims["aud"] == f"http://{service.host}"
    assert time.time() < claims["exp"] <= time.time() + 24 * 3600
    assert claims["sub"] == "mailto:postmaster@localhost"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "taken"), (404, "gone"), (410, "gone"), (429, "later"), (503, "later"), (413, "never"), (403, "never")],
)
async def test_what_a_service_says_is_understood(status: int, outcome: str) -> None:
    with PushService() as service:
        phone = service.browser("phone")
        phone.statuses, phone.retry_after = [status], 90
        async with RawHttp(private_hosts=frozenset({service.host})) as http:
            result = await send(http, await vapid(), device(phone), TOLD, 1, None)

    assert result.outcome == outcome
    assert result.wait_seconds == (90 if outcome == "later" else 0)


async def test_a_device_that_knew_another_key_of_ours_is_gone() -> None:
    with PushService() as service:
        phone = service.browser("phone")
        phone.statuses = [403]
        async with RawHttp(private_hosts=frozenset({service.host})) as http:
            old = device(phone, datetime(2020, 1, 1, tzinfo=UTC))
            result = await send(http, await vapid(), old, TOLD, 1, None)

    assert result.outcome == "gone"


class Recorder(httpcore2.AsyncNetworkBackend):
    """Stands where a connection would be made: nothing may come as far as here."""

    def __init__(self) -> None:
        self.wanted: list[str] = []

    async def connect_tcp(self, host: str, *_: object, **__: object) -> httpcore2.AsyncNetworkStream:
        self.wanted.append(host)
        raise httpcore2.ConnectError


@pytest.fixture
def reaching_out() -> Iterator[None]:
    """As a deployment of its own name: on localhost the guard would not even ask for a name."""
    before = settings()
    use(msgspec.structs.replace(before, feed_outside=True))
    yield
    use(before)


@pytest.mark.usefixtures("reaching_out")
@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example/abc",
        "https://127.0.0.1/abc",
        "https://10.0.0.7/abc",
        "https://169.254.169.254/latest",
        "https://[::1]/abc",
        "https://push.example:8443/abc",
        "https://user@push.example/abc",
        "ftp://push.example/abc",
        "gopher://push.example:70/1",
        "https://inside.example/abc",
        "nonsense",
    ],
)
async def test_an_address_that_leads_inside_is_never_asked(endpoint: str) -> None:
    recorder = Recorder()

    async def inside(_host: str, _port: int) -> list[str]:
        return [_host.strip("[]")] if _host[0] in "0123456789[:" else ["192.168.1.1"]

    with PushService() as service:
        told = msgspec.structs.replace(device(service.browser("phone")), endpoint=endpoint)
        async with RawHttp(private_hosts=frozenset(), resolve=inside, connect=recorder) as http:
            result = await send(http, await vapid(), told, TOLD, 0, None)

    assert result.outcome == "gone"
    assert recorder.wanted == []


@pytest.mark.usefixtures("reaching_out")
async def test_a_service_that_does_not_answer_is_tried_later() -> None:
    recorder = Recorder()

    async def outside(_host: str, _port: int) -> list[str]:
        return ["203.0.113.9", "8.8.8.8"][1:]

    with PushService() as service:
        told = msgspec.structs.replace(device(service.browser("phone")), endpoint="https://push.example/abc")
        async with RawHttp(private_hosts=frozenset(), resolve=outside, connect=recorder) as http:
            results = [await send(http, await vapid(), told, TOLD, 0, None) for _ in range(7)]

    assert {one.outcome for one in results} == {"later"}
    # After five failures the host rests: nobody waits for it with every device.
    assert len(recorder.wanted) == 5
    assert results[-1].wait_seconds > 0


def test_base64_is_the_one_of_addresses() -> None:
    assert b64(b"\xfb\xff") == base64.urlsafe_b64encode(b"\xfb\xff").decode().rstrip("=")
    assert unb64(b64(point(derive_private_key(7, SECP256R1()).public_key())))[0] == 4


def test_signing_once_an_hour_is_enough() -> None:
    made = derive_private_key(9, SECP256R1())
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    key = Vapid(b64(point(made.public_key())), private, clock.now())
    with clock.at(datetime(2026, 11, 22, 12, 5, tzinfo=UTC)):
        one = key.authorization("https://push.example/a")
        two = key.authorization("https://push.example/b")
        other = key.authorization("https://other.example/a")

    assert one == two != other
