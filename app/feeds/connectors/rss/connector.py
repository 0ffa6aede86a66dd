"""News from RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed; which one it is, the bytes tell."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from app.feeds.connector import Cursor, Fetched, Http, ParseContext, SkipItem, Stop
from app.feeds.connectors.rss import jsonfeed, xml
from app.feeds.connectors.rss.entry import Channel, Entry, Options, article, identities, link_of
from app.feeds.connectors.rss.source import text_of, tree_of, undumped
from app.feeds.items import Article, Problem

ACCEPT: Final = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)
MOST_ENTRIES: Final = 1_000
_TTL: Final = re.compile(rb"<ttl>\s*(\d{1,6})\s*</ttl>")
_PERIOD: Final = re.compile(rb"<sy:updatePeriod>\s*(hourly|daily|weekly|monthly|yearly)\s*</sy:updatePeriod>")
_FREQUENCY: Final = re.compile(rb"<sy:updateFrequency>\s*(\d{1,4})\s*</sy:updateFrequency>")
_PERIODS: Final = {b"hourly": 3_600, b"daily": 86_400, b"weekly": 604_800, b"monthly": 2_592_000, b"yearly": 31_536_000}
_HEAD_BYTES: Final = 20_000


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """What an editor may set."""

    url: str
    """Address of the feed."""
    strip_title: str = ""
    """Regular expression; what matches is removed from each title, e.g. a date in front."""
    id_from: str = ""
    """Name of a query parameter of the link that identifies an entry, e.g. `news`; goes before the guid."""
    licence: str = ""
    attribution: str = ""
    """Who must be named; by default the feed's own title."""
    category: str = ""
    """Put before the entry's own categories."""
    language: str = ""
    """Where the feed names none."""
    teaser_only: bool = False
    """Keep title, teaser and link only: for publishers who don't agree to more."""

    def __post_init__(self) -> None:
        """Refuse a pattern that can't be read, with the reason."""
        try:
            re.compile(self.strip_title)
        except re.error as error:
            raise ValueError(f"strip_title is no regular expression: {error}") from error


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The feed's bytes, conditionally."""
    return await http.get(config.url, cursor, accept=ACCEPT)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Article | Problem]:
    """The entries as articles; raises `Stop` when the bytes are no feed at all.

    Dates are taken as published, 1970 and 2041 included: there is no clock here, the store clamps what lies ahead.
    """
    text = text_of(body, context.charset)
    if text[0] in "{[":
        document = jsonfeed.document_of(text)
        channel = jsonfeed.channel_of(document, context.url)
        yield from _articles(jsonfeed.entries(document, channel), channel, config, context)
        return
    root, whole = tree_of(text, context.url)
    if xml.name_of(root).lower().lstrip("?") not in xml.ROOTS:
        raise Stop("The file is not a news feed (RSS, Atom or JSON Feed). Check the address.", code="no-feed")
    channel = xml.channel_of(root, context.url)
    found = list(xml.entries(root, channel))
    if not whole:
        yield Problem(None, "The feed is damaged or incomplete. What could be read was taken.")
        if len(found) > text.count("</item>") + text.count("entry>") // 2:
            found.pop()  # it was cut off in the middle: half a text is worse than tomorrow's whole one
    yield from _articles(found, channel, config, context)


def pace(body: bytes) -> int | None:
    """Seconds between fetches that the feed asks for: RSS `ttl` in minutes, or the syndication module."""
    head = undumped(body)[:_HEAD_BYTES]
    if ttl := _TTL.search(head):
        return int(ttl[1]) * 60 or None
    if period := _PERIOD.search(head):
        often = _FREQUENCY.search(head)
        return _PERIODS[period[1]] // max(1, int(often[1]) if often else 1)
    return None


def _articles(
    entries: Iterable[Entry | None], channel: Channel, config: Config, context: ParseContext
) -> Iterator[Article | Problem]:
    options = Options(
        id_from=config.id_from,
        strip_title=re.compile(config.strip_title) if config.strip_title else None,
        licence=config.licence,
        attribution=config.attribution,
        category=config.category,
        language=config.language,
        teaser_only=config.teaser_only,
        zone=context.zone,
    )
    known = []
    for entry in entries:
        if entry is None:
            yield Problem(None, "An entry can't be read.")
            continue
        link = link_of(entry)
        known.append((entry, link, identities(entry, link, options)))
    # Without a guid the best candidate that no other entry has is taken.
    shared = Counter(one for _, _, candidates in known for one in set(candidates))
    seen: set[str] = set()
    for entry, link, candidates in known[:MOST_ENTRIES]:
        external_id = candidates[0]
        if not entry.guid and not (config.id_from and external_id.startswith(f"{config.id_from}=")):
            external_id = next((one for one in candidates if shared[one] == 1), candidates[-1])
        if external_id in seen:
            yield Problem(external_id, "Two entries have the same id. The first one was taken.")
            continue
        seen.add(external_id)
        try:
            made, remark = article(entry, external_id, link, channel, options)
        except SkipItem as skipped:
            yield Problem(external_id, skipped.reason)
            continue
        yield made
        if remark:
            yield Problem(external_id, remark)
    if len(known) > MOST_ENTRIES:
        yield Problem(None, "The feed has more than 1,000 entries. The rest was left out.")
