"""A service of the gateway as an item."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.feeds.connector import SkipItem
from app.feeds.connectors.pvog.answers import listed, raw, rich, text
from app.feeds.connectors.pvog.wanted import is_local
from app.feeds.items import Block, Link, Service, short_id
from app.kit.richtext import absolute, clean_line, plain, sanitise, shortened

KINDS: Final = {
    "05": "summary",
    "24": "summary",
    "06": "text",
    "08": "required_documents",
    "09": "requirements",
    "98": "fees",
    "97": "deadlines",
    "95": "duration",
    "11": "procedure",
    "14": "forms",
    "07": "legal",
    "25": "remedy",
    "16": "hints",
    "15": "more",
}
"""Code of a text module (LeiKa; from 93 on the gateway's own) → kind of our block."""
_LINKED: Final = frozenset({"forms"})
"""Their links stand beside the text, as things to take along."""
_NOTHING: Final = re.compile(r"^(?:keine angaben?|nicht angegeben|entfällt|[-–./]*)\.?$", re.IGNORECASE)
_MARKUP: Final = re.compile(r"</?[a-zA-Z][^<>]*>")


def service_of(
    entry: dict[str, Any],
    offices: Sequence[str],
    online: Mapping[str, Sequence[Link]],
    ars: str,
    base: str,
    zone: ZoneInfo,
) -> Service:
    """A service; raises `SkipItem` when it has neither id nor name."""
    id_, title = text(entry, "id", "lbId"), shortened(text(entry, "name", "title"), 300)
    if not id_ or not title:
        raise SkipItem("A service has no name.")
    blocks: list[Block] = []
    links: list[Link] = []
    for module in listed(entry, "details", "modules", "textModules"):
        kind = KINDS.get(text(module, "code", "leikaTextmodul"))
        if kind is None or raw(module, "placeholder") is True:
            continue
        html = _html(module, base, linked=kind not in _LINKED)
        if html:
            blocks.append(Block(kind=kind, html=html))
        if kind in _LINKED:
            links += [link for link in (_link(one, "form", base) for one in listed(module, "links")) if link]
    summaries = [block for block in blocks if block.kind == "summary"]
    rest = [block for block in blocks if block.kind != "summary"]
    keys = [clean_line(str(key)) for key in listed(entry, "leikakeys", "leikaIds", "leikaId", "leika")]
    own = [_link(one, "online", base) for one in listed(entry, "onlineServiceLinks", "onlineServices")]
    links = [link for link in own if link] + [link for key in (id_, *keys) for link in online.get(key, ())] + links
    portals = [absolute(text(one, "uri", "url"), base) for one in listed(entry, "sourcePortals", "originPortals")]
    summary = plain(summaries[0].html, 400) if summaries else plain(next((one.html for one in rest), ""), 400)
    return Service(
        external_id=short_id(id_),
        title=title,
        url=next((portal for portal in portals if portal), ""),
        language="de",
        updated_at=moment(text(entry, "externalLastUpdate", "lastUpdate"), zone),
        summary=summary,
        leika=next((key for key in keys if len(key) == 14 and key.isdigit()), ""),
        blocks=tuple(rest),
        links=tuple({link.url: link for link in reversed(links)}.values())[::-1],
        offices=tuple(offices),
        life_situations=_names(entry, "lifeSituations", "lebenslagen", "categories"),
        synonyms=_names(entry, "synonyms", "keywords", "begriffe"),
        local=is_local(entry, ars),
    )


def online_links(entry: dict[str, Any], base: str) -> tuple[list[str], list[Link]]:
    """The services (by id or LeiKa key) that an online service belongs to, and the ways to it."""
    keys = listed(entry, "leikaIds", "leikakeys", "leikaId") + listed(entry, "lbIds", "serviceDescriptionIds", "lbId")
    candidates = [_link(one, "online", base) for one in listed(entry, "links", "urls")] or [
        _link(entry, "online", base)
    ]
    name = text(entry, "name", "title")
    return [clean_line(str(key)) for key in keys], [
        Link(title=link.title or name, url=link.url, kind="online") for link in candidates if link
    ]


def moment(written: str, zone: ZoneInfo) -> datetime | None:
    """A time of the gateway, with or without an offset."""
    try:
        found = datetime.fromisoformat(written)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _html(module: Any, base: str, *, linked: bool) -> str:
    parts = [_safe(rich(module, "text", "content"), base)]
    for one in listed(module, "details"):
        name, said = text(one, "title", "name"), _safe(rich(one, "text", "content"), base)
        parts.append((f"<p><strong>{sanitise(name.replace('<', ''))}</strong></p>" if name else "") + said)
    listing = [link for link in (_link(one, "page", base) for one in listed(module, "links")) if link]
    if listing and linked:
        shown = "".join(
            f'<li><a href="{_quoted(link.url)}">{_quoted(link.title or link.url)}</a></li>' for link in listing
        )
        parts.append(f"<ul>{shown}</ul>")
    return sanitise("".join(parts), base)


def _safe(html: str, base: str) -> str:
    """The text of a module; what was written without markup keeps its lines, and "no information" is none."""
    if _NOTHING.match(plain(html, 60)):
        return ""
    if not _MARKUP.search(html):
        html = "".join(f"<p>{line.strip()}</p>" for line in html.split("\n") if line.strip())
    return sanitise(html, base)


def _quoted(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _link(entry: Any, kind: Any, base: str) -> Link | None:
    url = absolute(text(entry, "uri", "url", "link", "href"), base)
    return Link(title=shortened(text(entry, "title", "name", "text"), 200), url=url, kind=kind) if url else None


def _names(entry: dict[str, Any], *names: str) -> tuple[str, ...]:
    found = [
        clean_line(one) if isinstance(one, str) else text(one, "name", "title", "text") for one in listed(entry, *names)
    ]
    return tuple(dict.fromkeys(one[:80] for one in found if one))[:20]
