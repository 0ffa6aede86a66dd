"""Reads `tenants/templates/`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from app.kit.errors import InvalidInput
from app.tenancy import definition_check as check
from app.tenancy.definition_file import did_you_mean, read, shown
from app.tenancy.definition_page import check_placeholders, read_pages
from app.tenancy.definition_shape import (
    Category,
    DefinitionError,
    FeedDefinition,
    Provider,
    Template,
    ThemeDefinition,
)


class _TemplateFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    title_en: str = ""
    description: str
    kind: Literal["municipality", "association", "district"] = "municipality"
    population_from: int = 0
    population_to: int | None = None
    tagline: str = ""
    tagline_en: str = ""
    zone: str = "Europe/Berlin"
    theme: ThemeDefinition
    capabilities: dict[str, dict[str, Any]]
    pages: tuple[str, ...]
    category: tuple[Category, ...]
    provider: tuple[Provider, ...]
    feed: tuple[FeedDefinition, ...] = ()


def template_names(root: Path) -> tuple[str, ...]:
    """The folders with a `template.toml`, sorted."""
    return tuple(sorted(path.parent.name for path in root.glob("templates/*/template.toml")))


def page_folders(template: str, root: Path) -> list[Path]:
    """Where a template's pages lie: its own folder, then what all templates share."""
    return [root / "templates" / template / "pages", root / "templates" / "pages"]


def switched_on(*layers: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The capabilities that stay on when later layers win key by key."""
    merged: dict[str, dict[str, Any]] = {}
    for layer in layers:
        for name, options in layer.items():
            merged[name] = {**merged.get(name, {}), **options}
    return {
        name: {key: value for key, value in options.items() if key != "enabled"}
        for name, options in merged.items()
        if options.get("enabled", True)
    }


def template(name: str, root: Path) -> Template:
    """The template of this name; raises `InvalidInput` when there is none, `DefinitionError` when it has a mistake."""
    if name not in template_names(root):
        raise InvalidInput(
            "There is no template %(name)s %(hint)s.", None, name=name, hint=did_you_mean(name, template_names(root))
        )
    path = root / "templates" / name / "template.toml"
    file = shown(path, root)
    raw = read(path, _TemplateFile, root)
    if raw.population_from < 0 or (raw.population_to is not None and raw.population_to < raw.population_from):
        raise DefinitionError(file, "population_to", "must not be below population_from, and both not below 0")
    check.check_zone(file, raw.zone)
    check.check_theme(file, raw.theme, None)
    if not raw.theme.colour:
        raise DefinitionError(file, "theme.colour", "is missing")
    check.check_capabilities(file, raw.capabilities)
    check.check_categories(file, raw.category)
    check.check_providers(file, raw.provider)
    check.check_feeds(file, raw.feed)
    check.check_references(file, raw.feed, {one.name for one in raw.provider}, {one.name for one in raw.category})
    check_placeholders(file, msgspec.json.encode((raw.tagline, raw.tagline_en, raw.provider, raw.feed)).decode())
    return Template(
        name=name,
        title=raw.title,
        title_en=raw.title_en or raw.title,
        description=raw.description,
        kind=raw.kind,
        population_from=raw.population_from,
        population_to=raw.population_to,
        tagline=raw.tagline,
        tagline_en=raw.tagline_en,
        zone=raw.zone,
        theme=raw.theme,
        capabilities=switched_on(raw.capabilities),
        categories=raw.category,
        providers=raw.provider,
        pages=read_pages(file, raw.pages, page_folders(name, root), root),
        feeds=raw.feed,
    )
