"""What a mail says, in both languages and both forms, and what nobody can make it say."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app.identity.outbox import ASKED_FOR, KINDS
from app.notify.letters import Letter, write
from app.notify.templates import Sender, html, message, plain
from tests.notify.post import words

LINK = "http://localhost:8000/identity/confirm?token=abc&next=%2Fnews"
TOLD = {
    "name": "Eva Müller",
    "link": LINK,
    "new_email": "eva.neu@example.org",
    "device": "Firefox auf Linux",
    "at": "2026-11-22T15:44:00+00:00",
    "town": "Bad Belzig",
    "role": "editor",
    "inviter": "Ole Schulz",
    "until": "2026-11-29",
    "closes_on": "2026-12-06",
    "feed": "Amtsblatt",
    "problem": "amtsblatt.example antwortet nicht.",
    "title": "Straße am Bahnhof gesperrt",
    "text": "Bis Freitag fährt der Bus einen Umweg.",
    "off": "http://bad-belzig.localhost:8000/notifications/off?t=abc",
}
BELZIG = Sender("Bad Belzig", "http://bad-belzig.localhost:8000")


def made(kind: str, locale: str = "de", sender: Sender = BELZIG, **told: str) -> EmailMessage:
    letter = write(kind, locale, TOLD | told)
    sent = message(letter, sender, to="eva@example.org", by="noreply@village.example", number=7, locale=locale)
    received = message_from_bytes(sent.as_bytes(), policy=default)
    assert isinstance(received, EmailMessage)
    return received


@pytest.mark.parametrize("locale", ["de", "en", "de-simple"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_worded_alike_as_text_and_html(kind: str, locale: str) -> None:
    letter = write(kind, locale, TOLD)
    received = made(kind, locale)

    text, page = " ".join(words(received).split()), words(received, "html")
    assert received["Subject"] == letter.subject
    for block in (letter.greeting, *letter.before, *letter.after):
        assert " ".join(block.split()) in text
        assert block.replace("&", "&amp;") in page
    assert f'<html lang="{locale[:2]}">' in page
    assert "%(" not in text


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_least_that_a_kind_needs_is_enough(kind: str) -> None:
    letter = write(kind, "de", {key: TOLD[key] for key in KINDS[kind]})

    assert letter.subject
    assert letter.greeting == "Guten Tag,"
    assert bool(letter.link) == ("link" in KINDS[kind])


def test_german_is_german() -> None:
    english = {text for kind in KINDS for text in _texts(write(kind, "en", TOLD))}
    german = {text for kind in KINDS for text in _texts(write(kind, "de", TOLD))}

    told = {TOLD["problem"], TOLD["text"], f"{TOLD['town']}: {TOLD['title']}"}
    assert not (english & german) - told
    assert {"Anmeldung", "Konto"} <= {word.strip(".,:") for text in german for word in text.split()}


def _texts(letter: Letter) -> set[str]:
    return {letter.subject, letter.greeting, *letter.before, *letter.after, letter.label} - {""}


def test_days_and_times_are_said_as_people_say_them() -> None:
    assert "Zeit: 22. November 2026, 16:44 Uhr" in write("new-device", "de", TOLD).before
    assert "Time: 22 November 2026, 16:44" in write("new-device", "en", TOLD).before
    assert "am 6. Dezember 2026" in write("account-closing", "de", TOLD).before[0]
    assert write("new-device", "de", TOLD | {"at": "gerade eben"}).before[2] == "Zeit: gerade eben"


def test_a_link_is_whole_in_the_text() -> None:
    long = LINK + "x" * 300

    text = words(made("confirm", link=long))

    assert f"\n{long}\n" in text
    assert all(len(line) <= 72 or line == long for line in text.splitlines())


@pytest.mark.parametrize("link", ["javascript:alert(1)", "/identity", "http://x\nBcc: y", ""])
def test_a_button_leads_to_a_page_or_is_left_out(link: str) -> None:
    letter = write("reset", "de", {"link": link})

    assert (letter.link, letter.label) == ("", "")


def test_no_answering_machine_answers() -> None:
    received = made("reset")

    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Content-Language"] == "de"
    assert received["Message-ID"].endswith("@village.example>")
    assert received["Message-ID"] == made("reset", locale="en")["Message-ID"]


EVIL = "Bad\r\nBcc: everyone@example.org\r\n\r\n<script>alert(1)</script>"


def test_names_add_no_header_and_no_markup() -> None:
    received = made("invitation", town=EVIL, inviter=EVIL, sender=Sender(EVIL, "http://localhost"))

    assert sorted(received.keys()) == sorted(made("invitation").keys())
    assert received["Bcc"] is None
    assert len(received["From"].addresses) == len(received["To"].addresses) == 1
    assert received["From"].addresses[0].addr_spec == "noreply@village.example"
    assert "\n" not in received["Subject"]
    assert "<script>" not in words(received, "html")
    assert "&lt;script&gt;" in words(received, "html")


@pytest.mark.parametrize("name", ["\u202ebelzig", "Belzig\u2028Bcc: x", "Belzig\x00", "Belzig\x0bBcc"])
def test_invisible_characters_do_not_travel(name: str) -> None:
    received = made("feed-up", feed=name, sender=Sender(name))

    assert str(received["Subject"]).isprintable()
    assert str(received["From"]).isprintable()


def test_nobody_is_advertised_to_by_a_name() -> None:
    spam = ["Gewinn: http://spam.example", "www.spam.example", "x@spam.example", "G" * 61]

    for kind in ASKED_FOR:
        assert [write(kind, "de", TOLD | {"name": name}).greeting for name in spam] == ["Guten Tag,"] * 4
        assert write(kind, "de", TOLD).greeting == "Guten Tag Eva Müller,"


def test_nothing_is_loaded_from_afar() -> None:
    for kind in KINDS:
        page = html(write(kind, "de", TOLD), BELZIG, "de")
        assert not any(part in page for part in ("<img", "<link", "<script", "url(", "@import"))


def test_an_address_with_umlauts_in_its_domain_is_written_for_servers() -> None:
    letter = write("reset", "de", TOLD)

    sent = message(letter, BELZIG, to="eva@straße.example", by="noreply@village.example", number=1, locale="de")

    assert sent["To"] == "eva@xn--strae-oqa.example"


def test_every_line_is_short_and_plain_on_the_way() -> None:
    sent = message(write("feed-down", "de", TOLD), BELZIG, to="e@x.org", by="n@x.org", number=1, locale="de")

    assert sent.as_bytes().isascii()
    assert max(len(line) for line in sent.as_bytes().splitlines()) <= 78


def test_a_signature_stands_apart() -> None:
    text = plain(write("reset", "en", TOLD), BELZIG)

    assert "\n-- \nBad Belzig\nhttp://bad-belzig.localhost:8000\n" in text


def test_the_catalogue_holds_nothing_unused() -> None:
    folder = Path(__file__).parents[2] / "app"
    with (folder / "locale/de/mail.po").open("rb") as source:
        ids = [message.id for message in read_po(source) if message.id]
    sources = [*folder.glob("notify/*.py"), folder / "web/mailbox.py", folder / "identity/outbox.py"]
    pages = [folder / "web/templates/mailbox.html", folder / "web/templates/mail.html"]
    written = "".join(path.read_text() for path in [*sources, *pages])

    used = written.replace("{{ name }}", "%(name)s").replace("{{ address }}", "%(address)s")
    assert [text for text in ids if str(text) not in used] == []
