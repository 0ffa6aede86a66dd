"""The exports of the tourism association: dates put together, and what a partner must show."""

import asyncio
import gzip
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.feeds.admin import NewFeed, add
from app.feeds.connector import Cursor, Stop
from app.feeds.items import Event, Place
from app.feeds.registry import connector
from app.feeds.sync import sync
from app.kit.http import Http, Unreachable
from app.platform.feeds import takers
from app.settings import settings
from tests.feeds.reading import problems, read
from tests.origin import Origin
from tests.village import Village

AT = datetime(2026, 1, 1, tzinfo=UTC)


def export(*fields: str) -> bytes:
    """An export of events, each written as `TAG=text|TAG=text`."""
    rows = "".join(
        "<EVENT>" + "".join(f"<{tag}>{text}</{tag}>" for tag, text in (one.split("=", 1) for one in row.split("|")))
        + "</EVENT>"
        for row in fields
    )  # fmt: skip
    return f"<brandenburgevents>{rows}</brandenburgevents>".encode()


def events(*fields: str, **options: Any) -> list[Event]:
    found = read("tmb", export(*(f"E_TITEL=Fest|E_ID=1|{one}" for one in fields)), **{"nowhere": True} | options)
    return [one for one in found if isinstance(one, Event)]


@pytest.mark.parametrize(
    ("fields", "begin", "end"),
    [
        ("E_DATUM_VON=2026-12-05|E_ZEIT_VON=19:30|E_ZEIT_BIS=22.00", "18:30", "21:00"),
        ("E_DATUM_VON=2026-12-05|E_ZEIT_VON=1900-01-01T19:30:00", "18:30", None),
        ("E_DATUM_VON=2026-12-05|E_ZEIT_VON=00:00|E_ZEIT_BIS=00:00", None, None),
        ("E_DATUM_VON=2026-12-05|E_ZEIT_VON=19:30|E_NODATES=1", None, None),
        ("E_DATUM_VON=2026-12-05|E_ZEIT_VON=10:00|E_DATUM_BIS=2026-12-12|E_ZEIT_BIS=17:00", None, None),
        ("E_DATUM_VON=2026-12-05|E_ZEIT_VON=abends", None, None),
        ("E_DATUM_VON=2026-03-29|E_ZEIT_VON=02:30", "01:30", None),  # the hour that is left out
        ("E_DATUM_VON=2026-10-25|E_ZEIT_VON=02:30|E_ZEIT_BIS=03:30", "00:30", "02:30"),  # the hour that comes twice
    ],
)
def test_times_are_taken_where_they_mean_a_date(fields: str, begin: str | None, end: str | None) -> None:
    [one] = events(fields)

    assert [moment and f"{moment:%H:%M}" for moment in (one.starts_at, one.ends_at)] == [begin, end]
    assert one.all_day is (begin is None)


def test_of_a_series_only_what_is_to_come_is_told() -> None:
    [one] = events("E_DATUM_VON=2026-10-05", "E_DATUM_VON=2026-12-05", "E_DATUM_VON=2026-12-06")
    [past] = events("E_DATUM_VON=2026-10-05")

    assert [date.key for date in one.occurrences] == ["20261205", "20261206"]
    assert [date.first_day for date in past.occurrences] == [date(2026, 10, 5)]


def test_a_picture_is_taken_when_it_is_free_and_a_category_can_be_left_out() -> None:
    row = "E_DATUM_VON=2026-12-05|KATEGORIE_NAME_D=Märkte|IMAGELINK_XL=https://b.example/1.jpg|E_PIC1LICENSE="
    pictures = [events(row + licence)[0].image_url for licence in ("CC0 1.0", "CC BY 4.0", "© TMB", "")]

    assert pictures == ["https://b.example/1.jpg", "", "", ""]
    with pytest.raises(Stop, match="empty"):
        events(row, ignore=["markt", "märkte"])


def test_without_a_point_nothing_is_given_to_a_whole_state() -> None:
    body = export("E_TITEL=Fest|E_ID=1|E_DATUM_VON=2026-12-05")

    found = read("tmb", body)

    assert [one.external_id for one in problems(found)] == ["event/1"]
    assert len(found) == 1


def test_a_point_is_known_whichever_way_it_is_written() -> None:
    def place(system: str, x: str, y: str) -> Place:
        body = (
            f'<result><poi id="1" name="Turm"><addresses><address><coordinates><coordinate cos="{system}"><x>{x}</x>'
            f"<y>{y}</y></coordinate></coordinates></address></addresses></poi></result>"
        )
        [found] = read("tmb", body.encode(), nowhere=True)
        assert isinstance(found, Place)
        return found

    wanted = place("latlng", "52.136844", "12.588990").geo
    assert place("latlng", "12,588990", "52,136844").geo == wanted
    assert place("utm33", "335000", "5779000").geo == wanted
    assert place("utm33", "abc", "0").geo is place("gk4", "4500000", "5779000").geo is None


class _Partner(BaseHTTPRequestHandler):
    """Tells who came."""

    def do_GET(self) -> None:
        shown = dict(pair[0] for pair in self.connection.getpeercert()["subject"])["commonName"]
        body = export(f"E_ID=1|E_TITEL={shown}|E_DATUM_VON=2026-12-05")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def signed(name: str, by: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None) -> tuple[Any, Any, str]:
    """A certificate with its key, and both as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, issuer_key = (by[0].subject, by[1]) if by else (subject, key)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(AT - timedelta(days=400))
        .not_valid_after(AT + timedelta(days=4_000))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, key_cert_sign=by is None, crl_sign=by is None, content_commitment=False,
                key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(issuer_key, hashes.SHA256())
    )  # fmt: skip
    pem = made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made, key, pem.decode()


@pytest.fixture
def partners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """The address of a server that lets only partners in, and a partner's certificate."""
    authority, authority_key, pem = signed("Musterstelle")
    (tmp_path / "authority.pem").write_text(pem)
    (tmp_path / "server.pem").write_text(signed("localhost", (authority, authority_key))[2])
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "authority.pem"))
    context.load_cert_chain(tmp_path / "server.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Partner)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}/x.xml", signed("Gemeinde Musterdorf", (authority, authority_key))[2]
    server.shutdown()
    server.server_close()


def fetched(address: str, certificate: str) -> bytes:
    async def run() -> bytes:
        code = connector("tmb")
        config = code.configured({"url": address, "certificate": certificate})
        hosts = frozenset({address.split("/")[2]})
        async with Http(private_hosts=hosts, tls=ssl.create_default_context()) as http:
            found = await code.fetch(config, http.impatient(), Cursor())
            assert found.path is not None
            body: bytes = found.path.read_bytes()
            found.path.unlink()
            return body

    return asyncio.run(run())


def test_a_partner_shows_its_certificate_and_a_stranger_is_turned_away(
    partners: tuple[str, str], tmp_path: Path
) -> None:
    address, pem = partners
    path = tmp_path / "partner.pem"
    path.write_text(pem)

    for given in (pem, pem.replace("\n", "\\n"), str(path)):
        assert b"Gemeinde Musterdorf" in fetched(address, given)
    with pytest.raises(Unreachable) as refused:
        fetched(address, "")
    assert refused.value.cause in {"partner", "reset"}  # the server's words, unless it hangs up faster


@pytest.mark.parametrize("certificate", ["-----BEGIN CERTIFICATE-----\nabc", "partner.pem", "/nowhere/partner.pem"])
def test_a_certificate_that_is_none_is_said_without_showing_it(certificate: str) -> None:
    with pytest.raises(Stop) as stop:
        fetched("https://localhost:9/x.xml", certificate)

    assert stop.value.code == "certificate"
    assert certificate not in stop.value.text


@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_an_export_is_read_from_a_file_that_goes_with_the_run(belzig: Village, encoding: str) -> None:
    body = export(*(f"E_ID={n}|E_TITEL=Fest {n}|E_DATUM_VON=2027-01-0{n}" for n in range(1, 6)))
    before = set(downloads().glob("*"))
    with Origin() as origin:
        sent = gzip.compress(body) if encoding else body
        origin.file("/x.xml", sent, "application/xml", **({"content_encoding": encoding} if encoding else {}))
        await add(
            "bad-belzig", NewFeed(name="tmb", connector="tmb", url=origin.url("/x.xml"), options={"nowhere": True})
        )
        async with Http(private_hosts=frozenset({origin.host})) as http:
            [first] = await sync("bad-belzig", ["tmb"], takers=takers(), http=http.impatient())
            [again] = await sync("bad-belzig", ["tmb"], takers=takers(), http=http.impatient())
            # Half of an export withdraws nothing.
            origin.file("/x.xml", body[: len(body) // 2], "application/xml")
            [broken] = await sync("bad-belzig", ["tmb"], takers=takers(), http=http.impatient())

    assert (first.new, again.status, broken.status) == (5, "unchanged", "failed")
    titles = [one["title"] for one in (await belzig.json("/api/v1/events", **{"from": "2027-01-01"}))["items"]]
    assert titles == [f"Fest {n}" for n in range(1, 6)]
    assert set(downloads().glob("*")) == before


def downloads() -> Path:
    return settings().data / "downloads"
