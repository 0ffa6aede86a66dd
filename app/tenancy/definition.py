"""Towns, templates and regions as data: what `tenants/` says, checked and put together.

A town's own files win over its template's: a list (categories, providers, feeds) as a whole, a page by its name,
options and theme key by key; what neither says comes from the register of municipalities.
"""

from pathlib import Path

import msgspec

from app.kit.errors import InvalidInput
from app.settings import settings
from app.tenancy import definition_region, definition_template
from app.tenancy import municipality as register
from app.tenancy.definition_check import RESERVED, slug_problem, valid_slug
from app.tenancy.definition_file import did_you_mean
from app.tenancy.definition_shape import (
    Category,
    DefinitionError,
    FeedDefinition,
    Page,
    Provider,
    Region,
    Template,
    TenantDefinition,
    ThemeDefinition,
)
from app.tenancy.definition_town import NO_TOWNS, Misfit, TownFile, read_town, together
from app.tenancy.municipality import Municipality

__all__ = [
    "RESERVED",
    "TENANTS",
    "Category",
    "DefinitionError",
    "FeedDefinition",
    "Page",
    "Provider",
    "Region",
    "Template",
    "TenantDefinition",
    "ThemeDefinition",
    "compose",
    "definition",
    "regions",
    "regions_of",
    "slug_problem",
    "slugs",
    "suggested",
    "template",
    "templates",
    "valid_slug",
]

TENANTS = Path(__file__).parent.parent.parent / "tenants"


def slugs(root: Path = TENANTS) -> tuple[str, ...]:
    """The towns that have a folder, sorted."""
    folders = (path for path in root.iterdir() if path.is_dir() and path.name not in NO_TOWNS)
    return tuple(sorted(path.name for path in folders if not path.name.startswith((".", "_"))))


def templates(root: Path = TENANTS) -> dict[str, Template]:
    """All templates by name; raises `DefinitionError`."""
    return {name: template(name, root) for name in definition_template.template_names(root)}


def template(name: str, root: Path = TENANTS) -> Template:
    """The template of this name; raises `InvalidInput` when there is none, `DefinitionError` when it has a mistake."""
    return definition_template.template(name, root)


def regions(root: Path = TENANTS) -> dict[str, Region]:
    """All regions by name, each with the whole area it covers; raises `DefinitionError`.

    A file of the deployment, `<VILLAGE_DATA>/regions/<name>.toml`, adds a region or replaces one of `tenants/`.
    """
    return definition_region.regions(*region_roots(root))


def region_roots(root: Path = TENANTS) -> tuple[Path, ...]:
    """The folders that hold a folder `regions`, the stronger one last."""
    return (root, settings().data) if root == TENANTS else (root,)


def regions_of(ags: str, root: Path = TENANTS) -> tuple[Region, ...]:
    """The regions that a municipality belongs to, the smallest area first."""
    found = [one for one in regions(root).values() if one.covers(ags)]
    return tuple(sorted(found, key=lambda one: (-max(len(part) for part in one.area), len(one.area), one.name)))


def suggested(population: int, root: Path = TENANTS) -> Template:
    """The template made for one municipality of this size."""
    fitting = (one for one in templates(root).values() if one.kind == "municipality" and one.fits(population))
    return next(fitting)


def definition(slug: str, root: Path = TENANTS) -> TenantDefinition | None:
    """The town that has a folder of this name; `None` when it has none."""
    if not valid_slug(slug) or slug in NO_TOWNS or not (root / slug).is_dir():
        return None
    file, town = read_town(slug, root)
    if town.template not in definition_template.template_names(root):
        hint = did_you_mean(town.template, definition_template.template_names(root))
        raise DefinitionError(file, "template", f'"{town.template}" is no template {hint}')
    if not register.is_ags(town.ags):
        raise DefinitionError(file, "ags", f'must be 8 digits, the first two from 01 to 16, not "{town.ags}"')
    facts = register.by_ags(town.ags)
    if facts is None:
        raise DefinitionError(file, "ags", f'"{town.ags}" is in no line of tenants/register/municipalities.tsv')
    try:
        return together(slug, template(town.template, root), town, facts, root)
    except Misfit as misfit:
        raise DefinitionError(file, misfit.key, str(misfit)) from misfit


def compose(
    slug: str, template: str, municipality: Municipality, name: str | None = None, root: Path = TENANTS
) -> TenantDefinition:
    """A new town from a template and the register; a folder of the town, where there is one, wins over the template.

    Raises `InvalidInput` for a slug, a template or a municipality that don't go together.
    """
    if problem := slug_problem(slug):
        raise InvalidInput(problem, None, slug=slug)
    plan = definition_template.template(template, root)
    town = TownFile(template=template, ags=municipality.ags)
    if (root / slug).is_dir() and slug not in NO_TOWNS:
        file, town = read_town(slug, root)
        for key, said, asked in (("template", town.template, template), ("ags", town.ags, municipality.ags)):
            if said != asked:
                raise DefinitionError(file, key, f'is "{said}", but the town was to be made with "{asked}"')
    if name:
        town = msgspec.structs.replace(town, name=name.strip(), official=town.official)
    try:
        return together(slug, plan, town, municipality, root)
    except Misfit as misfit:
        raise InvalidInput(
            "%(slug)s can't be made: %(key)s %(problem)s.", None, slug=slug, key=misfit.key, problem=str(misfit)
        ) from misfit
