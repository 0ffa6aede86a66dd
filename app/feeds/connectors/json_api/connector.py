"""Items from any JSON that holds a list, by the mapping in the feed's options (see `app.feeds.mapping`)."""

from collections.abc import Iterator
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import msgspec

from app.feeds.bundle import Part, bundled, part_of, unpack
from app.feeds.connector import Cursor, Fetched, Http, ParseContext, Stop, own_headers, web_page
from app.feeds.items import Item, Problem
from app.feeds.mapping import Rule, items_of, names_in, rule_of, text_of, value_of
from app.kit.http.charset import decode
from app.kit.richtext import absolute

ACCEPT: Final = "application/json, */*;q=0.5"
MOST_PAGES: Final = 50
_PACKED: Final = b'[{"name":"page"'


class Config(Rule, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an editor may set, beside the mapping."""

    items: str = ""
    """Path to the list, e.g. `data.results`; empty: the document is the list, or holds only one."""
    next: str = ""
    """Path to the address of the following page, on the same host."""
    pages: int = 10
    """Pages at most."""
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    """Request headers, e.g. a key; a secret is named: `env:NAME`."""
    delivers: Literal["snapshot", "increment"] = "snapshot"
    """`increment`: the list is a window, what is gone from it stays here."""

    def __post_init__(self) -> None:
        """Refuse what can't work, with the key that is wrong."""
        super().__post_init__()
        if not 1 <= self.pages <= MOST_PAGES:
            raise ValueError(f"pages must be 1 to {MOST_PAGES}")
        own_headers(self.headers)


async def fetch(config: Config, http: Http, cursor: Cursor) -> Fetched:
    """The document, conditionally; with `next` also the pages that follow."""
    first = await http.get(config.url, cursor, accept=ACCEPT, headers=config.headers)
    if not config.next or first.status == "not_modified":
        return first
    parts = [part_of("page", first)]
    seen = {first.url}
    while len(parts) < config.pages and (onwards := _next_of(parts[-1], config.next)) and onwards not in seen:
        seen.add(onwards)
        parts.append(part_of("page", await http.get(onwards, accept=ACCEPT, headers=config.headers)))
    return bundled(parts, first)


def parse(body: bytes, config: Config, context: ParseContext) -> Iterator[Item | Problem]:
    """The items of the list; raises `Stop` when there is none, or the mapping leads nowhere."""
    if config.next and body.startswith(_PACKED):
        parts = [(part.body, part.url) for part in unpack(body)]
    else:
        parts = [(body, context.url)]
    rows: list[Any] = []
    for number, (one, url) in enumerate(parts):
        document = _document(one, url, context.charset)
        rows += _rows(document, config.items)
        if number == len(parts) - 1 and config.next and len(parts) >= config.pages:
            yield Problem(None, "The source has more pages than are read. The rest was left out.")
    yield from items_of(rows, rule_of(config), context)


def _document(body: bytes, url: str, charset: str) -> Any:
    text = decode(body, charset).lstrip("\ufeff \t\r\n")
    if not text:
        raise Stop(
            "The address answers with an empty file. Ask the publisher whether the feed still exists.", code="empty"
        )
    if "<html" in text[:5_000].lower():
        raise web_page(text, url)
    try:
        return msgspec.json.decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Stop(
            "The JSON file is damaged or incomplete. Try again later, then ask the publisher.", code="broken"
        ) from error


def _rows(document: Any, path: str) -> list[Any]:
    if path:
        found = value_of(document, path)
    elif isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 else None
    else:
        found = document
    if isinstance(found, list):
        return [one for one in found if isinstance(one, dict)]
    raise Stop(
        "The mapping %(key)s leads to %(path)s, but there is no list. The document has: %(there)s.",
        code="mapping",
        key="items",
        path=path or "–",
        there=", ".join(names_in(document)) or "–",
    )


def _next_of(part: Part, path: str) -> str:
    """The address of the following page, on the same host; empty at the end."""
    try:
        document = msgspec.json.decode(part.body)
    except (msgspec.DecodeError, RecursionError):
        return ""  # told when it is parsed
    address = absolute(text_of(value_of(document, path)), part.url)
    return address if address and urlsplit(address).netloc == urlsplit(part.url).netloc else ""
