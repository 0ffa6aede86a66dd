"""What a capability hands to pages that are not its own: a card of the start page, a hit of the search."""

from collections.abc import Sequence

import msgspec


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in a card: a title that leads to it, and when, where or from whom."""

    title: str
    href: str
    when: str = ""
    where: str = ""
    source: str = ""
    age: str = ""
    badge: str = ""
    icon: str = ""
    """Name of a symbol in `templates/icons.html`, on the page "more"."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A card of the start page; ends in one action."""

    title: str
    icon: str
    """Name of a symbol in `templates/icons.html`."""
    lines: Sequence[Line] = ()
    empty: str = ""
    """Says why there is nothing and what one can do."""
    action: str
    href: str
    order: int = 50
    aside: bool = False
    """Stands in the second column on wide screens ("near me" and dates)."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A warning as it stands over the pages: who warns, since when, what to do."""

    title: str
    issuer: str
    when: str = ""
    advice: str = ""
    href: str = ""
    severe: bool = True
    """False for what is good to know; it stands on the start page only."""
    extreme: bool = False
    """Danger to life: it never hides behind another one."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was found."""

    title: str
    href: str
    kind: str
    """What it is, in words: `Termin`, `Nachricht`."""
    text: str = ""
    when: str = ""


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A filter that says how many it leaves."""

    label: str
    href: str
    count: int | str | None = None
    """A text where only a part was counted: `20+`."""
    chosen: bool = False


class Crumb(msgspec.Struct, frozen=True):
    """A step of the way to a page."""

    label: str
    href: str = ""


class Fact(msgspec.Struct, frozen=True):
    """A line of the summary list of a detail page."""

    label: str
    value: str
    href: str = ""
    """Where the value leads (a map, a mail address); `tel:` and `mailto:` are fine."""
    icon: str = ""
