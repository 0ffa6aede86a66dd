"""What the sources of the walks' town say: news as RSS, dates as iCalendar. All of it is invented."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import NamedTuple
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

LICENCE = "CC BY 4.0"
NEWS_SOURCE = "Stadtanzeiger zum Ausprobieren"
EVENTS_SOURCE = "Kalender zum Ausprobieren"
ZONE = ZoneInfo("Europe/Berlin")


class News(NamedTuple):
    """One entry of the feed."""

    title: str
    teaser: str
    category: str
    body: str = ""


FULL = News(
    "Feuerwehr lädt zum Tag der offenen Tür",
    "Am Samstag zeigen die Kameraden ihre Fahrzeuge. Für Kinder gibt es eine Löschübung mit der Kübelspritze.",
    "Feuerwehr und Vorsorge",
    "<h1>Türen auf!</h1><p onclick='alert(1)'>Die Feuerwehr öffnet ihr <b>Gerätehaus</b> von 10 bis 16 Uhr."
    "</p><ul><li>Fahrzeuge ansehen</li><li>Löschübung für Kinder</li><li>Eintopf aus der Gulaschkanone</li></ul>"
    "<p><img src='https://bilder.example/geraetehaus.jpg' alt='Das Gerätehaus mit offenen Toren'></p><p>Eintritt frei."
    " Mehr steht im <a href='/programm'>Programm</a>.</p><script>document.title='verloren'</script>"
    "<iframe src='https://fremd.example/zaehler'></iframe><style>body{background:url(https://fremd.example/a.png)}</style>",
)
"""Has what a careless publisher puts into a text: a second h1, a handler, a script, a frame, a foreign picture."""

NEWS: tuple[News, ...] = (
    News(
        "Bürgerbüro am Freitag geschlossen",
        "Wegen einer Schulung bleibt das Bürgerbüro am Freitag zu. Ausweise können Sie bis Donnerstag abholen.",
        "Aus dem Rathaus",
    ),
    FULL,
    News(
        "Brücke am Mühlenweg bis Mitte Dezember gesperrt",
        "Die Brücke bekommt einen neuen Belag. Zu Fuß kommen Sie weiter hinüber, Autos fahren über die Dorfstraße.",
        "Verkehr und Baustellen",
    ),
    News(
        "Bibliothek leiht jetzt auch Werkzeug aus",
        "Bohrmaschine, Nähmaschine, Fernglas: 40 Dinge stehen in der neuen Abteilung. Der Leseausweis genügt.",
        "Bildung und Bibliothek",
    ),
    News(
        "Straßenverkehrszulassungsbehörde: Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung neu",
        "Die Rindfleischetikettierungsüberwachungsaufgabenübertragung bleibt, wie sie ist.",
        "Bekanntmachungen",
    ),
    *(
        News(title, teaser, category)
        for title, teaser, category in (
            (
                "Laubsäcke werden zweimal abgeholt",
                "Die nächsten Touren sind am Montag und in zwei Wochen.",
                "Aus dem Rathaus",
            ),
            (
                "Neue Lehrerin für die Musikschule",
                "Ab Januar gibt es wieder Unterricht auf dem Akkordeon.",
                "Kultur und Feste",
            ),
            (
                "Dorfladen sucht Helfer am Samstag",
                "Gesucht werden Menschen, die zwei Stunden Zeit haben.",
                "Aus den Ortsteilen",
            ),
            ("Heizung der Turnhalle läuft wieder", "Der Sport findet ab sofort wie gewohnt statt.", "Sport"),
            (
                "Spielplatz am Stadtpark ist fertig",
                "Rutsche, Wippe und Wasserpumpe warten auf Kinder.",
                "Kinder, Jugend und Familie",
            ),
            (
                "Wanderweg zur Burgwiese ausgeschildert",
                "Zwölf Kilometer, vier Bänke, ein weiter Blick.",
                "Natur und Naturpark",
            ),
            ("Fundfahrräder werden versteigert", "Vierzehn Räder suchen neue Besitzer.", "Aus dem Rathaus"),
            (
                "Chor probt für das Adventskonzert",
                "Neue Stimmen sind willkommen, Noten sind da.",
                "Vereine und Ehrenamt",
            ),
            ("Wasserzähler bitte bis Jahresende ablesen", "Eine Postkarte oder ein Anruf genügt.", "Aus dem Rathaus"),
            (
                "Sprechstunde für ältere Menschen",
                "Jeden Donnerstag beantwortet der Seniorenbeirat Fragen.",
                "Ältere Menschen",
            ),
            (
                "Obstbäume kostenlos abzugeben",
                "Alte Sorten aus dem Fläming, je Haushalt zwei Bäume.",
                "Natur und Naturpark",
            ),
            (
                "Busse fahren am Feiertag nach Sonntagsplan",
                "Der Rufbus kann wie immer bestellt werden.",
                "Verkehr und Baustellen",
            ),
            ("Impftag in der Kurklinik", "Eine Anmeldung ist nicht nötig.", "Gesundheit und Kur"),
            (
                "Schreibtische für einen Tag",
                "Wer auf dem Land arbeiten will, kann am Mittwoch probesitzen.",
                "Arbeiten auf dem Land",
            ),
            (
                "Haushalt 2027 liegt aus",
                "Drei Wochen lang kann jeder den Entwurf lesen und Hinweise geben.",
                "Bekanntmachungen",
            ),
            ("Hochwasser: Wege an der Plane gesperrt", "Bitte bleiben Sie vom Ufer weg.", "Feuerwehr und Vorsorge"),
            ("Kegelmeister stehen fest", "Die Mannschaft gewann mit neun Holz Vorsprung.", "Sport"),
            ("Kita öffnet eine zweite Gruppe", "Fünfzehn Plätze kommen hinzu.", "Kinder, Jugend und Familie"),
            ("Theaterfahrt: Noch sieben Plätze frei", "Der Bus hält an allen Ortsteilen.", "Kultur und Feste"),
            (
                "Imker verkaufen ihren Honig",
                "Sommertracht und Waldhonig, nur solange er reicht.",
                "Vereine und Ehrenamt",
            ),
            ("Sirenen werden geprüft", "Am Mittwoch um 11 Uhr heulen sie eine Minute lang.", "Feuerwehr und Vorsorge"),
        )
    ),
)

LAST = NEWS[-1]
"""The oldest entry; it stands on the second part of the list."""


def rss(news: Sequence[News] = NEWS, now: datetime | None = None) -> bytes:
    """The feed; the first entry is an hour old, each further one some hours older."""
    now = now or datetime.now(UTC)
    entries = "".join(
        f"<item><title>{escape(one.title)}</title><guid isPermaLink='false'>walk-{number}</guid>"
        f"<link>https://anzeiger.example/meldungen/{number}</link><category>{escape(one.category)}</category>"
        f"<pubDate>{format_datetime(now - timedelta(hours=1 + 7 * number))}</pubDate>"
        f"<description>{escape(one.teaser)}</description>"
        f"<content:encoded><![CDATA[{one.body or f'<p>{escape(one.teaser)}</p>'}]]></content:encoded></item>"
        for number, one in enumerate(news)
    )
    return (
        "<?xml version='1.0' encoding='utf-8'?>"
        "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
        f"<title>{NEWS_SOURCE}</title><link>https://anzeiger.example/</link><description>Zum Ausprobieren</description>"
        f"<language>de</language>{entries}</channel></rss>"
    ).encode()


MARKET = "Wochenmarkt auf dem Marktplatz"
"""Takes place each Saturday."""


def today() -> date:
    """The town's date."""
    return datetime.now(UTC).astimezone(ZONE).date()


def saturday(day: date) -> date:
    """The next Saturday after a day."""
    return day + timedelta(days=(5 - day.weekday()) % 7 or 7)


def ics(now: datetime | None = None) -> bytes:
    """The calendar: a market each Saturday, and some dates of the next weeks."""
    day = now.astimezone(ZONE).date() if now else today()
    first = saturday(day) - timedelta(weeks=8)
    dates = (
        (1, 19, 2, "Bürgerversammlung: Wie geht es weiter mit dem Bahnhof?", "Bürgerhaus", "Aus dem Rathaus"),
        (2, 15, 1, "Vorlesestunde für Kinder ab vier Jahren", "Stadtbibliothek", "Bildung und Bibliothek"),
        (4, 17, 3, "Glühwein am Gerätehaus", "Feuerwehrgerätehaus", "Feuerwehr und Vorsorge"),
        (9, 18, 2, "Gemeindekirchenratsvorsitzendenvertreterversammlung", "Gemeindesaal", "Vereine und Ehrenamt"),
        (16, 16, 2, "Adventskonzert des gemischten Chors", "Marienkirche", "Kultur und Feste"),
    )
    events = [
        _event(
            "markt", MARKET, datetime.combine(first, time(8)), 5, "Marktplatz", "Kultur und Feste", "RRULE:FREQ=WEEKLY"
        )
    ]
    events += [
        _event(f"walk-{days}", title, datetime.combine(day + timedelta(days=days), time(hour)), hours, place, category)
        for days, hour, hours, title, place, category in dates
    ]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Smart Village//Walks//DE", *events, "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()


def _event(uid: str, title: str, begins: datetime, hours: int, place: str, category: str, *more: str) -> str:
    ends = begins + timedelta(hours=hours)
    lines = (
        "BEGIN:VEVENT",
        f"UID:{uid}@walks.example",
        f"SUMMARY:{title}",
        f"DTSTART;TZID=Europe/Berlin:{begins:%Y%m%dT%H%M%S}",
        f"DTEND;TZID=Europe/Berlin:{ends:%Y%m%dT%H%M%S}",
        f"LOCATION:{place}\\, 14806 Bad Belzig",
        f"CATEGORIES:{category.replace(',', chr(92) + ',')}",
        "DESCRIPTION:Der Eintritt ist frei. Bitte kommen Sie pünktlich.",
        *more,
        "END:VEVENT",
    )
    return "\r\n".join(lines)
