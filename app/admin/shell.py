"""The front-end that piccolo-admin ships, as our own host serves it: no request leaves for anywhere else."""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from markupsafe import escape
from piccolo_admin.translations.data import TRANSLATIONS

from app.identity.person import Person
from app.kit.i18n import gettext_ as _
from app.kit.i18n import language
from app.settings import settings
from app.web.static import shipped

LANGUAGES: Final = ("de", "en")
_ASSET: Final = re.compile(r"[A-Za-z0-9_-]{1,80}\.(js|css)", re.ASCII)
_TYPES: Final = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self' {platform}; base-uri 'none'; frame-ancestors 'none'"
)
"""The front-end sets styles on the elements it draws; everything else comes as a file of ours. The sign-out is a form
that ends on the platform's host."""

COMFORT: Final = """// Beside piccolo-admin's own script: the session is the village's.
(() => {
  "use strict";
  const token = document.querySelector('meta[name="csrf"]').content;
  const send = XMLHttpRequest.prototype.send;
  XMLHttpRequest.prototype.send = function (body) {
    this.setRequestHeader("X-CSRF-Token", token);
    return send.call(this, body);
  };
  const leave = () => {
    sessionStorage.removeItem("village:left");
    const form = document.createElement("form");
    form.method = "post";
    form.action = "/sign-out";
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "_csrf";
    field.value = token;
    form.append(field);
    document.body.append(form);
    form.submit();
  };
  const look = () => {
    if (location.hash.startsWith("#/change-password")) {
      location.assign("/account");
    } else if (location.hash.startsWith("#/login")) {
      location.assign("/sign-in?next=/admin/");
    }
  };
  const open = XMLHttpRequest.prototype.open;
  XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    if (String(address).endsWith("public/logout/")) {
      sessionStorage.setItem("village:left", "yes");
    }
    return open.call(this, method, address, ...rest);
  };
  window.addEventListener("hashchange", look);
  if (sessionStorage.getItem("village:left")) {
    leave();
  } else {
    look();
  }
})();
"""


@cache
def _dist() -> Path:
    found = find_spec("piccolo_admin")
    if found is None or found.origin is None:
        raise RuntimeError("piccolo-admin is not installed.")
    return Path(found.origin).parent / "dist"


@cache
def _assets() -> tuple[str, ...]:
    """The front-end's files as its own page names them."""
    return tuple(re.findall(r"\./assets/([A-Za-z0-9_.-]+)", (_dist() / "index.html").read_text("utf-8")))


def policy() -> str:
    """The Content-Security-Policy of the page."""
    return _POLICY.format(platform=settings().origin)


def page(person: Person, site: str) -> str:
    """The page that begins the front-end."""
    tags = [
        f'<script type="module" src="/admin/assets/{name}"></script>'
        if name.endswith(".js")
        else f'<link rel="stylesheet" href="/admin/assets/{name}">'
        for name in _assets()
    ]
    back = _("Back to your desk")
    return "\n".join(
        (
            f'<!doctype html>\n<html lang="{language()}">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(_('All tables'))} – {escape(site)}</title>",
            f'<meta name="csrf" content="{escape(person.csrf)}">',
            '<script src="/admin/assets/village.js" defer></script>',
            f'<link rel="icon" href="{shipped().url("village.svg")}">',
            *tags,
            "</head>\n<body>",
            f"<noscript><p>{escape(_('This part needs JavaScript. Your desk works without it.'))}</p></noscript>",
            f'<p style="margin:0.5rem 1rem"><a href="/manage">{escape(back)}</a></p>',
            '<div id="app"></div>\n</body>\n</html>\n',
        )
    )


def asset(name: str) -> tuple[bytes, str] | None:
    """A file of the front-end and its media type."""
    found = _ASSET.fullmatch(name)
    if name == "village.js":
        return COMFORT.encode(), _TYPES["js"]
    if found is None or name not in _assets():
        return None
    return (_dist() / "assets" / name).read_bytes(), _TYPES[found[1]]


def translations() -> dict[str, Any]:
    """The languages of the front-end, the reader's first."""
    return {
        "translations": [
            {"language_name": one.language_name, "language_code": one.language_code}
            for one in TRANSLATIONS
            if one.language_code in LANGUAGES
        ],
        "default_language_code": language(),
    }


def translation(code: str) -> dict[str, Any] | None:
    """The words of one language."""
    found = next((one for one in TRANSLATIONS if one.language_code == code and code in LANGUAGES), None)
    return found.model_dump() if found else None
