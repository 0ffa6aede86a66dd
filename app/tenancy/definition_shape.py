"""What a town is made of: the frozen structs that `tenants/` is read into."""

import re
from typing import Any, Literal

import msgspec

from app.kit.errors import InvalidInput

_GAP = re.compile(r"\[bitte ergänzen: ([^\]]+)\]|\[please complete: ([^\]]+)\]")


class DefinitionError(InvalidInput):
    """A file under `tenants/` has a mistake; the text names the file, the key and what is allowed."""

    code = "bad-definition"

    def __init__(self, file: str, key: str, problem: str) -> None:
        """`file` begins with `tenants/`; `key` may be empty; `problem` goes on after the key, without a full stop."""
        super().__init__("%(file)s: %(problem)s.", None, file=file, problem=f"{key} {problem}".strip())
        self.file = file
        self.key = key
        self.problem = problem


class ThemeDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The look of a town: one colour, from which the web derives the rest."""

    colour: str = ""
    """Brand colour as `#rrggbb`, with a contrast of at least 4.5 on white and on the page's light grey."""
    colour_dark: str = ""
    """Brand colour on dark ground; empty means derived."""
    arms: str = ""
    """Coat of arms, a file in the town's folder, e.g. `static/arms.svg`; empty means initials."""


class Category(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What news and events are sorted by."""

    name: str
    """Short key, e.g. `verkehr`: feeds refer to it and it stands in addresses."""
    title: str
    """German, as shown."""
    title_en: str = ""
    capabilities: tuple[str, ...] = ("news", "events")
    """The capabilities that offer it."""


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who publishes: town hall, club, business. What is unknown stays empty."""

    name: str
    """Short key, e.g. `rathaus`: feeds refer to it."""
    title: str
    """As shown, e.g. `Stadt Bad Belzig`."""
    title_en: str = ""
    kind: Literal[
        "authority", "association", "business", "church", "club", "culture", "education", "media", "rescue"
    ] = "club"
    description: str = ""
    """German, one or two sentences."""
    description_en: str = ""
    url: str = ""
    email: str = ""
    phone: str = ""
    street: str = ""
    """With the house number."""
    postcode: str = ""
    place: str = ""
    """The town of the address."""
    lat: float | None = None
    lon: float | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page whose text stands still, e.g. the imprint; Markdown (CommonMark)."""

    name: str
    """File name without ending; it stands in the address."""
    title: str
    """The first heading of the file."""
    body: str
    """The text after that heading."""
    language: str = "de"
    """`de`, or `en` for `<name>.en.md`."""

    @property
    def gaps(self) -> tuple[str, ...]:
        """What a clerk has still to fill in: the texts of `[bitte ergänzen: …]`."""
        return tuple(german or english for german, english in _GAP.findall(self.body))


class FeedDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source that is synced for a town or for a region."""

    name: str
    """Short key, unique in its file."""
    title: str = ""
    """As clerks see it, German; empty means the name."""
    connector: str
    """Folder under `app/feeds/connectors`; one that does not exist yet is allowed while `enabled` is false."""
    url: str = ""
    every_minutes: int = 60
    """Wanted interval, 1 to 10080 minutes; the connector may demand a longer one."""
    options: dict[str, Any] = msgspec.field(default_factory=dict)
    """For the connector, which checks them; a secret is named: `"env:NAME"`."""
    provider: str = ""
    """Name of a provider of the same town: shown as the author."""
    category: str = ""
    """Name of a category of the same town for items that bring none."""
    licence: str = ""
    """SPDX or dl-de identifier, or a short text; shown with each item."""
    attribution: str = ""
    """Source credit as its owner demands it."""
    members: tuple[str, ...] = ()
    """In a region's file only: beginnings of AGS of the towns it is for, e.g. a single one's rubbish calendar; empty
    means all of the region."""
    enabled: bool = True
    note: str = ""
    """For the clerk, German: why it is switched off, what has to be filled in."""


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """What a new tenant is made from; texts still hold `{name}` and the like."""

    name: str
    title: str
    """German, shown to those who choose."""
    title_en: str
    description: str
    kind: Literal["municipality", "association", "district"]
    """Whom it is for: a Gemeinde, an Amt, or a Landkreis. The last two have members."""
    population_from: int
    """Least population it is made for."""
    population_to: int | None
    """Largest population it is made for; `None` means no limit."""
    tagline: str
    tagline_en: str
    zone: str
    theme: ThemeDefinition
    capabilities: dict[str, dict[str, Any]]
    """Switched on, with options that the capability reads."""
    categories: tuple[Category, ...]
    providers: tuple[Provider, ...]
    pages: tuple[Page, ...]
    feeds: tuple[FeedDefinition, ...]

    def fits(self, population: int) -> bool:
        """Whether the template is made for this many inhabitants."""
        return self.population_from <= population and (self.population_to is None or population <= self.population_to)


class TenantDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """All that a town is given when it is made."""

    slug: str
    name: str
    """As people say it, e.g. `Bad Belzig`."""
    official: str
    """With what it is, e.g. `Stadt Bad Belzig`."""
    template: str
    kind: Literal["municipality", "association", "district"]
    ags: str
    """Of the municipality; of an Amt its seat; of a Landkreis its five digits and three zeros."""
    ars: str
    population: int
    area_ha: int
    district: str
    state: str
    postcode: str
    lat: float | None
    lon: float | None
    members: tuple[str, ...]
    """AGS of the municipalities of an Amt or a Landkreis; empty for one municipality."""
    hosts: tuple[str, ...]
    """Own host names besides `<slug>.<domain>`."""
    zone: str
    """IANA time zone."""
    website: str
    tagline: str
    tagline_en: str
    theme: ThemeDefinition
    capabilities: dict[str, dict[str, Any]]
    categories: tuple[Category, ...]
    providers: tuple[Provider, ...]
    pages: tuple[Page, ...]
    feeds: tuple[FeedDefinition, ...]

    def page(self, name: str, language: str = "de") -> Page | None:
        """The page in this language, else in German."""
        found = {page.language: page for page in self.pages if page.name == name}
        return found.get(language) or found.get("de")


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """What towns share feeds by: a state, a district, a transport association."""

    name: str
    title: str
    title_en: str
    kind: Literal["state", "district", "transport"]
    members: tuple[str, ...]
    """Beginnings of AGS that it names itself: 2 digits a state, 5 a district, 8 a municipality."""
    includes: tuple[str, ...]
    """Names of regions that it takes in."""
    area: tuple[str, ...]
    """Beginnings of AGS of itself and of all that it takes in, sorted, none inside another."""
    feeds: tuple[FeedDefinition, ...]
    licence: str
    attribution: str

    def covers(self, ags: str) -> bool:
        """Whether the municipality with this AGS belongs to the region."""
        return ags.startswith(self.area) if self.area else False
