"""What the recordings don't show: odd, broken and hostile news feeds."""

import json
from datetime import UTC, datetime
from time import process_time
from typing import Any

import pytest

from app.feeds.connector import InvalidConfig, Stop
from app.feeds.connectors.rss.connector import pace
from app.feeds.connectors.rss.dates import moment
from app.feeds.registry import connector
from tests.feeds.reading import URL, articles, context, entry, feed, problems, read


def test_the_id_falls_back_from_guid_to_link_to_hashes() -> None:
    found = articles(
        feed(
            entry(guid="g-1", link="https://a.example/1"),
            entry(link="http://A.example/2?utm_medium=rss&amp;news=7#top"),
            entry("Ohne Link", pubDate="Fri, 20 Nov 2026 08:15:00 +0100"),
            entry("Ohne alles"),
            entry("Startseite", link="https://a.example/", pubDate="Fri, 20 Nov 2026 09:15:00 +0100"),
        )
    )

    assert [item.external_id for item in found[:2]] == ["g-1", "a.example/2?news=7"]
    assert len({item.external_id for item in found}) == 5
    assert [len(item.external_id) for item in found[2:]] == [40, 40, 40]


def test_entries_that_share_a_link_are_told_apart_by_their_date() -> None:
    link = "https://a.example/news"
    first, second = articles(
        feed(
            entry("Eins", link=link, pubDate="Fri, 20 Nov 2026 08:15:00 +0100"),
            entry("Zwei", link=link, pubDate="Thu, 19 Nov 2026 08:15:00 +0100"),
        )
    )

    assert first.external_id != second.external_id
    assert len(first.external_id) == 40


def test_a_move_to_https_keeps_the_id() -> None:
    before, after = (articles(feed(entry(link=f"{scheme}://a.example/7")))[0] for scheme in ("http", "https"))

    assert before.external_id == after.external_id


def test_an_option_names_the_parameter_that_identifies() -> None:
    items = feed(entry(guid="changes-daily", link="https://a.example/index.php?x=1&amp;news=505"))

    assert articles(items, id_from="news")[0].external_id == "news=505"


def test_of_two_entries_with_one_id_the_first_is_taken_and_the_editor_told() -> None:
    found = read("rss", feed(entry("Eins", guid="same"), entry("Zwei", guid="same"), entry("Drei", guid="x")).encode())

    assert [getattr(one, "title", "") for one in found] == ["Eins", "", "Drei"]
    assert problems(found)[0].external_id == "same"


@pytest.mark.parametrize(
    ("options", "field", "value"),
    [
        ({"strip_title": r"^\d\d\.\d\d\.\d{4}: "}, "title", "Neues"),
        ({"strip_title": ".*"}, "title", "20.11.2026: Neues"),
        ({"teaser_only": True}, "body_html", ""),
        ({"category": "Rathaus"}, "categories", ("Rathaus", "Bau")),
        ({"language": "de-DE"}, "language", "de"),
        ({"licence": "CC-BY-4.0"}, "licence", "CC-BY-4.0"),
        ({"attribution": "Stadt"}, "attribution", "Stadt"),
        ({}, "attribution", "T"),
    ],
)
def test_options(options: dict[str, Any], field: str, value: object) -> None:
    item = articles(feed(entry("20.11.2026: Neues", description="Text", category="Bau")), **options)[0]

    assert getattr(item, field) == value


@pytest.mark.parametrize("options", [{"strip_title": "("}, {"teaser_only": "vielleicht"}, {"farbe": "rot"}])
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfig, match="rss: "):
        connector("rss").configured({"url": URL} | options)


@pytest.mark.parametrize(
    ("text", "expected", "day_only"),
    [
        ("Fri, 20 Nov 2026 08:15:00 +0100", "2026-11-20T07:15:00", False),
        ("20 Nov 26 08:15 GMT", "2026-11-20T08:15:00", False),
        ("Fri, 20 Nov 2026 08:15:00 -0000", "2026-11-20T07:15:00", False),
        ("Fr, 20. Nov 2026 08:15:00 MEZ", "2026-11-20T07:15:00", False),
        ("Mi, 20 Mai 2026 08:15:00 MESZ", "2026-05-20T06:15:00", False),
        ("Do, 05 März 2026 08:15", "2026-03-05T07:15:00", False),
        ("2026-11-20T08:15:00.123+01:00", "2026-11-20T07:15:00", False),
        ("2026-11-20 08:15", "2026-11-20T07:15:00", False),
        ("2026-07-20T08:15:00", "2026-07-20T06:15:00", False),
        ("2026-11-20T08:15:60Z", "2026-11-20T08:15:59", False),
        ("20.11.2026, 8:15 Uhr", "2026-11-20T07:15:00", False),
        ("2026-11-20", "2026-11-19T23:00:00", True),
        ("20.11.2026", "2026-11-19T23:00:00", True),
        ("Fri, 20 Nov 2026", "2026-11-19T23:00:00", True),
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00", False),  # the hour that is left out
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00", False),  # the hour that comes twice
        ("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00", False),
        ("2041-05-06T07:08:09Z", "2041-05-06T07:08:09", False),
    ],
)
def test_dates(text: str, expected: str, day_only: bool) -> None:  # noqa: FBT001  # a parameter
    assert moment(text, context().zone) == (datetime.fromisoformat(expected).replace(tzinfo=UTC), day_only)


@pytest.mark.parametrize(
    "text", ["", "gestern", "2026-13-40", "99.99.2026", "0000-00-00T00:00:00Z", "9" * 90, "20.11."]
)
def test_what_is_no_date_costs_the_date_only(text: str) -> None:
    found = read("rss", feed(entry(pubDate=text)).encode())

    assert getattr(found[0], "published_at", 0) is None
    assert len(problems(found)) == bool(text)


def test_dates_far_away_are_taken_as_published() -> None:
    years = (1970, 2041)
    found = articles(feed(*(entry(str(y), guid=str(y), pubDate=f"01 Feb {y} 00:00:00 GMT") for y in years)))

    assert [item.published_at.year for item in found if item.published_at] == list(years)


@pytest.mark.parametrize(
    ("charset", "declared", "codec"),
    [
        ("", "UTF-8", "utf-8"),
        ("iso-8859-1", "UTF-8", "utf-8"),
        ("", "ISO-8859-1", "utf-8"),
        ("utf-8", "UTF-8", "cp1252"),
        ("", "ISO-8859-1", "cp1252"),
        ("windows-1252", "UTF-8", "cp1252"),
        ("", "ISO-8859-15", "iso-8859-15"),
        ("", "UTF-16", "utf-16"),
        ("no-such-charset", "also-none", "utf-8"),
        ("utf-7", "UTF-8", "utf-8"),
    ],
)
def test_umlauts_survive_a_wrong_declaration(charset: str, declared: str, codec: str) -> None:
    text = feed(entry("Bürgerbüro öffnet früher – 5 €" if codec != "iso-8859-15" else "Bürgerbüro öffnet: 5 €"))

    item = articles(text.replace("1.0", f'1.0" encoding="{declared}', 1).encode(codec), charset)[0]

    assert item.title.startswith("Bürgerbüro öffnet")
    assert item.title.endswith("5 €")


def test_titles_lose_control_and_direction_characters_and_decomposed_umlauts() -> None:
    item = articles(feed(entry("Bu\u0308rger\u202eeilig\u2066 \u00adheute\u0085 frei")))[0]

    assert item.title == "Bürgereilig heute frei"


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE rss [<!ENTITY a "b">]>',
        '<!DOCTYPE rss [<!ENTITY % a SYSTEM "http://127.0.0.1/x.dtd"> %a;]>',
        '<!DOCTYPE rss SYSTEM "x>y" [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!-- <rss> --><!DOCTYPE rss [<!ENTITY a "&a;&a;">]>',
        "<!doctype rss [ ]>",
        "<!DOCTYPE a [<!ELEMENT b ANY>]>",
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
def test_declarations_of_its_own_are_refused_in_any_encoding(prolog: str, codec: str) -> None:
    text = f'<?xml version="1.0"?>{prolog}<rss version="2.0"><channel><item><title>&a;</title></item></channel></rss>'

    with pytest.raises(Stop) as stop:
        read("rss", text.encode(codec))

    assert stop.value.code == "entities"


def test_the_harmless_doctype_of_rss_091_is_fine() -> None:
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://127.0.0.1:9/rss-0.91.dtd">'

    assert articles(feed(entry("Alt")).replace("?>", f"?>{doctype}", 1))[0].title == "Alt"


@pytest.mark.parametrize(
    ("odd", "title"),
    [
        ("<title>M&uuml;ll &amp; mehr &nbsp;neu</title>", "Müll & mehr neu"),
        ("<title>Punkt\x08 raus</title>", "Punkt raus"),
        ("<title><![CDATA[Müll & <b>mehr</b>]]></title>", "Müll & mehr"),
        ("<title>5 &lt; 6 &amp;amp; 7</title>", "5 < 6 & 7"),
    ],
)
def test_what_xml_does_not_know_is_forgiven(odd: str, title: str) -> None:
    assert articles(feed(f"<item>{odd}<guid>1</guid></item>"))[0].title == title


@pytest.mark.parametrize("before", ["\n\n", "<!-- hallo <b> -->", "Warning: Zeile 3\n", "<?php ?>\n"])
def test_what_stands_before_the_feed_is_skipped(before: str) -> None:
    assert articles(before + feed(entry("Neu")))[0].title == "Neu"


def test_a_page_names_the_feed_it_announces() -> None:
    page = (
        '<!DOCTYPE html><html><head><link rel="alternate" type="application/rss+xml" href="/feed?a=1&amp;b=2"></head>'
    )

    with pytest.raises(Stop) as stop:
        read("rss", page.encode())

    assert stop.value.code == "web-page"
    assert stop.value.params["feed"] == "https://www.musterdorf.example/feed?a=1&b=2"
    assert stop.value.text.startswith("Dies ist die Adresse einer Webseite")


def test_a_calendar_in_the_wrong_place_is_recognised() -> None:
    with pytest.raises(Stop, match="connector ics"):
        read("rss", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")


def test_a_feed_without_entries_is_fine() -> None:
    assert read("rss", feed().encode()) == []
    assert read("rss", json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": []}).encode()) == []


@pytest.mark.parametrize(
    "item",
    [
        {"id": None, "title": ["x"], "url": 7},
        {"id": {"a": 1}, "tags": "a,b", "authors": {"name": "x"}},
        {"title": "nur Titel", "date_published": 20261120},
        None,
        [],
        {},
    ],
)
def test_an_odd_json_entry_loses_only_itself(item: object) -> None:
    document = {"version": "https://jsonfeed.org/version/1.1", "items": [item, {"id": "ok", "title": "Gut"}]}

    found = articles(json.dumps(document))

    assert found[-1].external_id == "ok"


@pytest.mark.parametrize("body", ['{"version": NaN}', '{"items": 1}', '{"version": "https://jsonfeed.org/version/1"'])
def test_json_that_is_no_feed_stops(body: str) -> None:
    with pytest.raises(Stop):
        read("rss", body.encode())


@pytest.mark.parametrize(
    ("teaser", "clean"),
    [
        ('Text ... <br>[<a href="/x">mehr</a>]', "<p>Text …</p>"),
        ('<p>Text</p><p><a href="/x">Weiterlesen →</a></p>', "<p>Text</p>"),
        ('<p>Text <a href="/x">[mehr]</a></p>', "<p>Text</p>"),
        ('<p>Mehr <a href="https://x.example/">im Archiv</a></p>', None),
        ('<script>alert(1)</script><p style="x" onclick="y">Gut<iframe src="//e"></iframe></p>', "<p>Gut</p>"),
    ],
)
def test_a_teaser_ends_without_its_link_and_without_danger(teaser: str, clean: str | None) -> None:
    body = articles(feed(entry(description=f"<![CDATA[{teaser}]]>")))[0].body_html

    assert body == clean if clean else "im Archiv</a>" in body


def test_hostile_markup_costs_no_time() -> None:
    parts = ["<a href='" * 20_000, "<img " * 40_000, "<p>" * 60_000, "<" * 200_000, "[<a href=x>mehr" * 20_000]
    hostile = feed(*(entry(guid=str(n), description=f"<![CDATA[{part}]]>") for n, part in enumerate(parts)))
    nested = "<rss><channel>" + "<item>" * 50_000

    started = process_time()
    read("rss", hostile.encode())
    read("rss", nested.encode())
    read("rss", (feed(entry()) + "<!DOCTYPE x" * 50_000).encode())

    assert process_time() - started < 20


def test_more_than_a_thousand_entries_are_cut() -> None:
    found = read("rss", feed(*(entry(guid=str(number)) for number in range(1_003))).encode())

    assert len(found) == 1_001
    assert "1,000" in problems(found)[0].reason


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (feed(head="<ttl>45</ttl>"), 2_700),
        (feed(head="<ttl>0</ttl>"), None),
        (feed(head="<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"), 43_200),
        (feed(), None),
        ("", None),
    ],
)
def test_the_feed_may_name_its_pace(body: str, seconds: int | None) -> None:
    assert pace(body.encode()) == seconds
