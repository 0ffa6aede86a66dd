"""A Leistung as a service."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from app.feeds.connector import SkipItem
from app.feeds.connectors.xzufi.tree import Element, child, children, code, id_of, line, moment, name_of, spoken
from app.feeds.items import Block, Link, Service, short_id
from app.kit.richtext import absolute, clean_line, plain, sanitise, shortened

TEXTS: Final = {
    "05": "summary",
    "24": "summary",
    "06": "text",
    "07": "legal",
    "08": "required_documents",
    "09": "requirements",
    "11": "procedure",
    "14": "forms",
    "15": "more",
    "16": "hints",
    "25": "remedy",
}
"""Code list `leistungstextmodulleika` → kind of our block; 02 and 03 are names."""
MODULES: Final = {"modulKosten": "fees", "modulFrist": "deadlines", "modulBearbeitungsdauer": "duration"}
_UNITS: Final = {
    "min": ("Minute", "Minuten"),
    "std": ("Stunde", "Stunden"),
    "tag": ("Tag", "Tage"),
    "woche": ("Woche", "Wochen"),
    "monat": ("Monat", "Monate"),
    "jahr": ("Jahr", "Jahre"),
}
_MARKUP: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
ORDER: Final = (
    "text requirements required_documents fees deadlines duration procedure forms legal remedy hints more".split()
)


def service_of(element: Element, offices: Sequence[str], online: Sequence[Link], base: str, ags: str) -> Service:
    """A service; raises `SkipItem` when it has neither id nor name."""
    id_ = id_of(child(element, "id"), "LB")
    found: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    links: list[Link] = list(online)
    for module in children(element, "modulText"):
        which = code(module, "leikaTextmodul")
        if which in ("02", "03"):
            names[which] = clean_line(spoken(module, "inhalt"))
        elif kind := TEXTS.get(which):
            html = _html(spoken(module, "inhalt"), base) + (_further(module, base) if kind != "forms" else "")
            if html:
                found.setdefault(kind, []).append(html)
            links += _links(module, kind, base)
    for module in element:
        if kind := MODULES.get(name_of(module), ""):
            html = "".join(_structured(module, base))
            if html:
                found.setdefault(kind, []).append(html)
    title = shortened(names.get("03") or names.get("02") or _name(element), 300)
    if not id_ or not title:
        raise SkipItem("A service has no name.")
    summaries = found.pop("summary", [])
    first = next((found[kind][0] for kind in ORDER if kind in found), "")
    return Service(
        external_id=short_id(id_),
        title=title,
        url=_portal(element, base),
        language="de",
        updated_at=moment(line(element, "versionsinformation", "geaendertDatumZeit")),
        # The teaser (24) is written for people, the short text (05) often for the register.
        summary=plain(summaries[-1] if summaries else first, 400),
        leika=next((key for key in (code(one) for one in children(element, "referenzLeiKa")) if len(key) == 14), ""),
        blocks=tuple(Block(kind=kind, html=html) for kind in ORDER for html in found.get(kind, ())),
        links=tuple({link.url: link for link in links}.values()),
        offices=tuple(offices),
        life_situations=tuple(dict.fromkeys(_situations(element)))[:20],
        synonyms=tuple(dict.fromkeys(_synonyms(element)))[:30],
        local=bool(ags) and any(_key(area).startswith(ags) for area in children(element, "gueltigkeitGebietID")),
    )


def online_links(element: Element, base: str) -> list[Link]:
    """The ways to an online service (Onlinedienst)."""
    name = clean_line(spoken(element, "bezeichnung"))
    found = []
    for link in children(element, "link"):
        url = absolute(line(link, "link") or line(link, "uri") or clean_line(link.text or ""), base)
        if url:
            found.append(Link(title=shortened(line(link, "titel") or name, 200), url=url, kind="online"))
    return found


def _key(element: Element) -> str:
    return clean_line(element.text or "")


def _name(element: Element) -> str:
    return clean_line(spoken(element, "bezeichnung") or spoken(element, "leistungsbezeichnung"))


def _html(text: str, base: str) -> str:
    if not _MARKUP.search(text):
        text = "".join(f"<p>{one.strip()}</p>" for one in text.split("\n") if one.strip())
    return sanitise(text, base)


def _further(module: Element, base: str) -> str:
    """The links under a text module as a list."""
    rows = []
    for link in children(module, "weiterfuehrenderLink"):
        url = absolute(line(link, "uri") or line(link, "link"), base)
        if url:
            rows.append(f'<li><a href="{_quoted(url)}">{_quoted(line(link, "titel") or url)}</a></li>')
    return sanitise(f"<ul>{''.join(rows)}</ul>", base) if rows else ""


def _quoted(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _links(module: Element, kind: str, base: str) -> Iterator[Link]:
    if kind == "forms":
        for link in children(module, "weiterfuehrenderLink"):
            if url := absolute(line(link, "uri") or line(link, "link"), base):
                yield Link(title=shortened(line(link, "titel"), 200), url=url, kind="form")


def _structured(module: Element, base: str) -> Iterator[str]:
    """Fees, deadlines, duration: a text in words and then single figures."""
    if told := _html(spoken(module, "beschreibung"), base):
        yield told
    for one in module:
        if name_of(one) not in {"kosten", "gebuehr", "frist", "fristTyp", "bearbeitungsdauer"}:
            continue
        words = _html(spoken(one, "beschreibung"), base)
        figures = _figures(one)
        if figures:
            yield f"<p>{_quoted(figures)}</p>"
        if words:
            yield words


def _figures(element: Element) -> str:
    amount = line(element, "betrag") or line(element, "kostenFix", "betrag")
    if amount:
        shown = f"{amount.replace('.', ',')} Euro"
        return f"{line(element, 'typ', 'name')}: {shown}" if line(element, "typ", "name") else shown
    spans: list[tuple[int, str]] = []
    for side in ("dauer", "dauerMin", "minimum", "dauerMax", "maximum"):
        span = child(element, side)
        number = line(span, "dauer") or (clean_line(span.text or "") if span is not None else "")
        unit = (line(span, "einheit", "name") or code(span, "einheit") or code(element, "einheit")).casefold()
        if number.isdigit():
            spans.append((int(number), unit))
    if not spans:
        return ""
    (least, first), (most, last) = spans[0], spans[-1]
    if (least, first) == (most, last):
        return f"{least} {_unit(first, least)}".strip()
    return f"{least} {_unit(first, least) if first != last else ''} bis {most} {_unit(last, most)}".replace(
        "  ", " "
    ).strip()


def _unit(unit: str, number: int) -> str:
    one, many = next((names for key, names in _UNITS.items() if unit.startswith(key)), (unit.title(), unit.title()))
    return one if number == 1 else many


def _situations(element: Element) -> Iterator[str]:
    """Names of the categories that are life situations (Lebenslagen) of citizens or firms."""
    for category in children(element, "kategorie"):
        if "lage" in (line(category, "klasse", "bezeichnung") + line(category, "klasse", "id")).casefold() or not line(
            category, "klasse"
        ):
            name = clean_line(spoken(category, "bezeichnung"))
            if name:
                yield name[:80]


def _synonyms(element: Element) -> Iterator[str]:
    for module in children(element, "modulBegriffImKontext"):
        for term in children(module, "begriffImKontext"):
            name = clean_line(spoken(term, "begriff"))
            if name:
                yield name[:80]


def _portal(element: Element, base: str) -> str:
    for module in children(element, "modulUrsprungsportal"):
        if url := absolute(line(module, "uri"), base):
            return url
    return ""
