"""What a capability is told of the feed whose items it takes."""

import msgspec


class Source(msgspec.Struct, frozen=True):
    """A feed, as far as it concerns those who store its items."""

    feed_id: int
    name: str
    title: str
    """The source's name for people, e.g. `Stadt Bad Belzig`."""
    url: str
    provider_id: int | None
    category_id: int | None
    licence: str
    attribution: str
    zone: str = "Europe/Berlin"
    region: str = ""
    """Name of the region that fetches it for many towns; empty for a feed of the town's own."""
    forgets: bool = False
    """No word is kept of what the source takes back."""
