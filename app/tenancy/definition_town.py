"""Reads a town's folder and puts it together with its template and the register."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from app.tenancy import definition_check as check
from app.tenancy import municipality as register
from app.tenancy.definition_file import did_you_mean, read, shown
from app.tenancy.definition_page import filled, filled_pages, page_names, read_pages
from app.tenancy.definition_shape import (
    Category,
    DefinitionError,
    FeedDefinition,
    Page,
    Provider,
    Template,
    TenantDefinition,
    ThemeDefinition,
)
from app.tenancy.definition_template import page_folders, switched_on
from app.tenancy.municipality import Municipality

NO_TOWNS = frozenset({"templates", "regions", "register"})
"""Folders of `tenants/` that are no towns."""
_TOWN_FILES = frozenset({"tenant.toml", "providers.toml", "categories.toml", "feeds.toml"})
_CODE = frozenset({".py", ".pyc", ".pyi", ".sh", ".so", ".js", ".php"})


class TownFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`tenant.toml`: only template and AGS are needed."""

    template: str
    ags: str
    ars: str = ""
    name: str = ""
    official: str = ""
    population: int | None = None
    district: str = ""
    state: str = ""
    postcode: str = ""
    lat: float | None = None
    lon: float | None = None
    members: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    zone: str = ""
    website: str = ""
    tagline: str = ""
    tagline_en: str = ""
    theme: ThemeDefinition = ThemeDefinition()
    capabilities: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    pages: tuple[str, ...] | None = None


class _ProvidersFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    provider: tuple[Provider, ...] = ()


class _CategoriesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    category: tuple[Category, ...] = ()


class _FeedsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    feed: tuple[FeedDefinition, ...] = ()


class Misfit(ValueError):
    """A town's facts contradict its template or the register."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(problem)
        self.key = key


def read_town(slug: str, root: Path) -> tuple[str, TownFile]:
    """The name of the town's main file and what it says."""
    folder = root / slug
    for path in sorted(folder.rglob("*")):
        if path.suffix in _CODE:
            raise DefinitionError(shown(path, root), "", "is code; a town is data only")
        if path.parent == folder and path.suffix == ".toml" and path.name not in _TOWN_FILES:
            hint = did_you_mean(path.name, _TOWN_FILES)
            raise DefinitionError(shown(path, root), "", f"is no file of a town {hint}")
    path = folder / "tenant.toml"
    file = shown(path, root)
    town = read(path, TownFile, root)
    check.check_theme(file, town.theme, folder)
    check.check_capabilities(file, town.capabilities)
    check.check_hosts(file, town.hosts)
    check.check_url(file, "website", town.website)
    check.check_place(file, "", town.lat, town.lon)
    if town.zone:
        check.check_zone(file, town.zone)
    if town.population is not None and town.population < 0:
        raise DefinitionError(file, "population", "must not be below 0")
    return file, town


def together(slug: str, plan: Template, town: TownFile, one: Municipality, root: Path) -> TenantDefinition:
    """The town's own values over the template's over the register's."""
    place = _place(plan, town, one)
    name = town.name or place.name
    official = town.official or _official(plan.kind, name, place)
    district = town.district or place.district
    state = town.state or place.state
    postcode = town.postcode or place.postcode
    population = place.population if town.population is None else town.population
    facts = {
        "name": name,
        "official": official,
        "slug": slug,
        "district": district,
        "state": state,
        "region": state if district == name else f"{district}, {state}",
        "population": f"{population:,}".replace(",", ".") if population else "",
        "postcode": postcode,
        "ags": one.ags,
        "ars": town.ars or place.ars,
        "nina": one.ags[:5] + "0000000",
    }
    folder = root / slug
    providers, categories, feeds = _lists(plan, folder, root, facts)
    return TenantDefinition(
        slug=slug,
        name=name,
        template=plan.name,
        kind=plan.kind,
        official=official,
        ags=one.ags,
        ars=facts["ars"],
        population=population,
        area_ha=place.area_ha,
        district=district,
        state=state,
        postcode=postcode,
        lat=place.lat if town.lat is None else town.lat,
        lon=place.lon if town.lon is None else town.lon,
        members=_members(plan, town, one),
        hosts=town.hosts,
        zone=town.zone or plan.zone,
        website=town.website,
        tagline=town.tagline or filled(plan.tagline, facts),
        tagline_en=town.tagline_en or filled(plan.tagline_en, facts),
        theme=ThemeDefinition(
            colour=town.theme.colour or plan.theme.colour,
            # A dark shade goes with its own colour only.
            colour_dark=town.theme.colour_dark or ("" if town.theme.colour else plan.theme.colour_dark),
            arms=town.theme.arms,
        ),
        capabilities=switched_on(plan.capabilities, town.capabilities),
        categories=categories,
        providers=providers,
        pages=filled_pages(_pages(plan, town, folder, root), facts),
        feeds=feeds,
    )


def _lists(
    plan: Template, folder: Path, root: Path, facts: Mapping[str, str]
) -> tuple[tuple[Provider, ...], tuple[Category, ...], tuple[FeedDefinition, ...]]:
    """Providers, categories and feeds: the town's file where there is one, else the template's list."""
    categories = plan.categories
    providers = tuple(filled(one, facts) for one in plan.providers)
    feeds = tuple(filled(one, facts) for one in plan.feeds)
    if (path := folder / "providers.toml").is_file():
        providers = read(path, _ProvidersFile, root).provider
        check.check_providers(shown(path, root), providers)
    if (path := folder / "categories.toml").is_file():
        categories = read(path, _CategoriesFile, root).category
        check.check_categories(shown(path, root), categories)
    file = f"tenants/templates/{plan.name}/template.toml"
    if (path := folder / "feeds.toml").is_file():
        file = shown(path, root)
        feeds = read(path, _FeedsFile, root).feed
        check.check_feeds(file, feeds)
    check.check_references(file, feeds, {one.name for one in providers}, {one.name for one in categories})
    return providers, categories, feeds


def _place(plan: Template, town: TownFile, one: Municipality) -> Municipality:
    """What the register says about the tenant: the municipality itself, or the sum of its members."""
    if plan.kind == "district":
        found = one if one.is_district else register.bundled().district(one.ags[:5])
        if found is None:
            raise Misfit("ags", f"names no Landkreis: {one.ags[:5]} is in no line of tenants/register/districts.tsv")
        return found
    if one.is_district:
        raise Misfit("ags", f"is that of a district ({one.name}), which takes a template for districts")
    if plan.kind == "municipality":
        return one
    if not town.name:
        raise Misfit("name", "is missing; an Amt has no AGS of its own, so it must be named")
    members = [found for ags in _members(plan, town, one) if (found := register.by_ags(ags))]
    return msgspec.structs.replace(
        one,
        name=town.name,
        ars=f"{one.association}000",
        population=sum(member.population for member in members),
        area_ha=sum(member.area_ha for member in members),
    )


def _members(plan: Template, town: TownFile, one: Municipality) -> tuple[str, ...]:
    if plan.kind == "municipality":
        if town.members:
            raise Misfit("members", "are for an Amt or a Landkreis; this template is for one municipality")
        return ()
    for ags in town.members:
        member = register.by_ags(ags)
        if member is None or member.is_district:
            raise Misfit("members", f'holds "{ags}", which is no municipality of the register')
    prefix = one.ags[:5] if plan.kind == "district" else one.association
    members = town.members or tuple(member.ags for member in register.bundled().members(prefix))
    if plan.kind == "association" and len(members) <= 1:
        raise Misfit("members", f"is missing; {one.name} belongs to no Amt, so the AGS of the members must be listed")
    return members


def _official(kind: str, name: str, place: Municipality) -> str:
    """The name with what it is: `Stadt Bad Belzig`, `Landkreis Potsdam-Mittelmark`."""
    if kind == "association":
        return name
    word = "Stadt" if place.type in {"41", "42", "61", "62", "63"} else place.kind
    said = name.lower()
    if any(part in said for part in (word.lower(), "kreis", "stadt ", "gemeinde ", "region ")):
        return name
    return f"{word} {name}"


def _pages(plan: Template, town: TownFile, folder: Path, root: Path) -> tuple[Page, ...]:
    own = folder / "pages"
    if town.pages is not None:
        file = shown(folder / "tenant.toml", root)
        return read_pages(file, town.pages, [own, *page_folders(plan.name, root)], root)
    if not own.is_dir():
        return plan.pages
    names = list(dict.fromkeys(page.name for page in plan.pages))
    names += [name for name in page_names(own) if name not in names]
    return read_pages(shown(folder, root), names, [own, *page_folders(plan.name, root)], root)
