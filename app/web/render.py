"""Templates: looked up file by file (town, web, capability), compiled once, every value escaped."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from app.identity import rights
from app.identity.person import current_person
from app.kit import clock, i18n
from app.web import days, device, form_key, names, theme, typed, words
from app.web.band import over
from app.web.mine import mine
from app.web.site import Site, current_site, current_visit, path_with
from app.web.static import Assets, shipped

_APP = Path(__file__).parent.parent
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
EXTENSIONS = ("jinja2.ext.i18n",)


class _Now:
    """Stands for the site of the request in macros, whose globals are bound when they are loaded."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(current_site(), name)


def safe_html(sanitised: str) -> Markup:
    """Text of a column that was sanitised when it was stored, shown as HTML. For nothing else."""
    return Markup(sanitised)  # noqa: S704 the one door through which stored HTML reaches a page; see the docstring


def _text(message: str, /, **values: object) -> Markup:
    """`_()` and `{% trans %}`: as Jinja's own, at a third of its cost; a page has about thirty."""
    text = Markup(i18n.gettext_(message))  # noqa: S704 catalogues are ours; values are escaped by Markup's `%`
    return text % values if values or "%" in text else text


def _in_zone(words_of: Callable[..., str]) -> Callable[..., str]:
    """The filter in the zone of the site that is shown; nothing for no time."""

    def filtered(moment: Any, *rest: Any) -> str:
        return words_of(moment, *rest, zone=current_site().zone) if moment is not None else ""

    return filtered


def _icons(env: Environment) -> Callable[[str], Markup]:
    """Every symbol made once: a page has dozens of them, and a macro costs twenty times as much as a look-up."""
    drawn: Any = env.get_template("icons.html").module
    symbols = {name: Markup(drawn.frame % shape) for name, shape in drawn.shapes.items()}  # noqa: S704 a file of ours
    return lambda name: symbols.get(name, symbols["info"])


class Renderer:
    """Renders templates of a folder tree; a town's own files come first."""

    def __init__(self, assets: Assets, *, tenants: Path, capabilities: Path) -> None:
        self._assets = assets
        self._tenants = tenants
        shared = [FileSystemLoader(Path(__file__).parent / "templates")]
        folders = {path.parent.name: path for path in sorted(capabilities.glob("*/templates")) if path.is_dir()}
        self._loaders = (*shared, PrefixLoader({name: FileSystemLoader(path) for name, path in folders.items()}))
        self._shared = self._environment(Environment, ())
        self._own: dict[str, Environment] = {}

    def _environment(self, kind: type[Environment], first: tuple[FileSystemLoader, ...]) -> Environment:
        env = kind(
            loader=ChoiceLoader([*first, *self._loaders]),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=EXTENSIONS,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        env.install_gettext_callables(i18n.gettext_, i18n.ngettext_, newstyle=True)  # type: ignore[attr-defined]
        env.globals |= {"gettext": _text, "_": _text}
        env.filters |= {
            "when": _in_zone(words.when),
            "age": _in_zone(words.age),
            "date_long": _in_zone(words.date_long),
            "date_medium": _in_zone(words.date_medium),
            "plain": words.plain,
            "upfirst": words.upfirst,
            "month_short": days.month_short,
            "safe_html": safe_html,
            "marked": names.marked,
        }
        env.globals |= {
            "site": _Now(),
            "visit": current_visit,
            "person": current_person,
            "bands": over,
            "mine": mine,
            "owner": device.owner,
            "once": form_key.field,
            "typed": typed.texts,
            "may": lambda action: rights.may(current_person(), action),
            "language": i18n.language,
            "locale": i18n.locale,
            "asset": self._assets.url,
            "theme_url": lambda: theme.url_for(current_site()),
            "path_with": path_with,
            "today": lambda: clock.today(current_site().timezone),
            "hour": lambda: clock.now().astimezone(current_site().timezone).hour,
            "weekday_names": days.weekday_names,
        }
        env.globals["icon"] = _icons(env)
        return env

    def environment(self, slug: str) -> Environment:
        """The environment of a town; the shared one when it has no templates of its own."""
        if slug not in self._own:
            folder = self._tenants / slug / "templates"
            if not _SLUG.fullmatch(slug) or not folder.is_dir():
                # Not remembered: names come from outside and may be many.
                return self._shared
            # A town's file is data: it may look different, it may not reach into the program.
            self._own[slug] = self._environment(ImmutableSandboxedEnvironment, (FileSystemLoader(folder),))
        return self._own[slug]

    def render(self, site: Site, name: str, context: Mapping[str, Any]) -> str:
        """The page as text; raises `jinja2.TemplateNotFound` and `jinja2.UndefinedError`."""
        env = self.environment(site.slug) if site.kind == "tenant" else self._shared
        return env.get_template(name).render(context)


def icon_names() -> list[str]:
    """Every symbol that a template may draw."""
    drawn: Any = renderer()._shared.get_template("icons.html").module  # noqa: SLF001 - our own
    return sorted(drawn.shapes)


@cache
def renderer() -> Renderer:
    """The renderer of this process."""
    return Renderer(shipped(), tenants=_APP.parent / "tenants", capabilities=_APP / "capabilities")


def render(name: str, /, **context: object) -> str:
    """Render a template for the current site, e.g. `render("news/list.html", articles=…)`."""
    return renderer().render(current_site(), name, context)
