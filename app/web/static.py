"""Static files from memory: names carry the hash of the content, so that browsers keep them for a year.

`static/dist/` (made by `build.mjs`) is used when it was built from the sources that lie here; without npm, or
when it is stale, the sources themselves are served.
"""

import gzip
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

_WEB = Path(__file__).parent
_TOWN_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}\.([a-z0-9]{2,5})", re.ASCII)
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)

STYLES = (
    "tokens",
    "base",
    "layout",
    "components",
    "forms",
    "lists",
    "calendar",
    "waste",
    "media",
    "notices",
    "places",
    "mobility",
    "account",
    "notify",
)
"""The style sheets in the order they are joined."""
SCRIPTS = ("account.js", "map.js", "near.js", "offline.js", "push.js", "village.js")
"""`village.js` is on every page, `offline.js` on those of villages, the others where they are needed."""
TYPES = {
    "css": b"text/css; charset=utf-8",
    "js": b"text/javascript; charset=utf-8",
    "woff2": b"font/woff2",
    "svg": b"image/svg+xml",
    "png": b"image/png",
    "jpg": b"image/jpeg",
    "jpeg": b"image/jpeg",
    "webp": b"image/webp",
    "avif": b"image/avif",
    "ico": b"image/x-icon",
    "webmanifest": b"application/manifest+json",
}
"""Suffixes that are served; anything else does not exist."""
TOWN_TYPES = frozenset({"svg", "png", "jpg", "jpeg", "webp", "avif", "ico"})
TOWN_FILE_LIMIT = 2_000_000
"""Bytes of a town's picture."""

Headers = tuple[tuple[bytes, bytes], ...]
Answer = tuple[int, Headers, bytes]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_FOREVER = (b"cache-control", b"public, max-age=31536000, immutable")
_DAY = (b"cache-control", b"public, max-age=86400")
_NOSNIFF = (b"x-content-type-options", b"nosniff")
# A town's SVG is opened as a page of its own by whoever calls its address: it may draw and nothing else.
_SVG_POLICY = (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; sandbox")


class Manifest(msgspec.Struct):
    """What `build.mjs` writes."""

    sources: str
    files: dict[str, str]


class _File(msgspec.Struct, frozen=True):
    headers: Headers
    bodies: Mapping[str, bytes]


def mark(body: bytes) -> str:
    """The part of a file's name that changes with its content."""
    return hashlib.sha256(body).hexdigest()[:12]


def _file(suffix: str, bodies: Mapping[str, bytes], *extra: tuple[bytes, bytes]) -> _File:
    vary = ((b"vary", b"accept-encoding"),) if len(bodies) > 1 else ()
    return _File(((b"content-type", TYPES[suffix]), _NOSNIFF, *vary, *extra), bodies)


def sources(web: Path = _WEB) -> dict[str, bytes]:
    """The committed files as they are served without a bundle."""
    parts = [(web / "css" / f"{name}.css").read_bytes() for name in STYLES]
    single = {
        path.name: path.read_bytes() for path in (*(web / "js" / name for name in SCRIPTS), web / "img" / "village.svg")
    }
    return {"village.css": b"\n".join(parts), **single}


def digest(files: Mapping[str, bytes]) -> str:
    """Says whether a bundle was made from these sources."""
    return hashlib.sha256(b"\0".join(files[name] for name in sorted(files))).hexdigest()


class Assets:
    """All static files of the program, and the pictures of towns."""

    def __init__(self, web: Path = _WEB, *, tenants: Path) -> None:
        self._tenants = tenants
        self._files: dict[str, _File] = {}
        self._names: dict[str, str] = {}
        self._towns: dict[str, tuple[int, _File, bytes]] = {}
        own = sources(web)
        if not self._load_bundle(web / "static" / "dist", digest(own)):
            for name, body in own.items():
                self._add(name, {"": body, "gzip": gzip.compress(body, 9, mtime=0)})

    def _add(self, name: str, bodies: Mapping[str, bytes], named: str = "") -> None:
        stem, _, suffix = name.rpartition(".")
        named = named or f"{stem}.{mark(bodies[''])}.{suffix}"
        self._names[name] = f"/static/{named}"
        self._files[f"/static/{named}"] = _file(suffix, bodies, _FOREVER)

    def _load_bundle(self, dist: Path, wanted: str) -> bool:
        try:
            manifest = msgspec.json.decode((dist / "manifest.json").read_bytes(), type=Manifest)
            if manifest.sources != wanted:
                return False
            for name, named in manifest.files.items():
                found = {"": dist / named, "br": dist / f"{named}.br", "gzip": dist / f"{named}.gz"}
                self._add(name, {key: path.read_bytes() for key, path in found.items() if path.exists()}, named)
        except (OSError, KeyError, msgspec.DecodeError):
            self._files.clear()
            self._names.clear()
            return False
        return True

    def url(self, name: str) -> str:
        """The address of a file by its plain name, e.g. `village.css`; raises `KeyError`."""
        return self._names[name]

    def get(self, path: str, accept_encoding: str = "") -> Answer | None:
        """The answer for `/static/…`, in the best encoding the client takes; `None` when there is no such file."""
        found = self._files.get(path)
        return _answer(found, accept_encoding) if found else None

    def town(self, slug: str, name: str, if_none_match: str = "") -> Answer | None:
        """A picture of a town's folder `tenants/<slug>/static/`, served as `/town/<name>`; 304 when unchanged."""
        matched = _TOWN_FILE.fullmatch(name)
        if not matched or matched[1] not in TOWN_TYPES or not _SLUG.fullmatch(slug):
            return None
        folder = self._tenants / slug / "static"
        path = folder / name
        key = f"{slug}/{name}"
        try:
            # A link that leads out of the folder is no file of the town.
            if path.resolve().parent != folder.resolve():
                return None
            stat = path.stat()
            if stat.st_size > TOWN_FILE_LIMIT:
                return None
            held = self._towns.get(key)
            if held is None or held[0] != stat.st_mtime_ns:
                body = path.read_bytes()
                tag = b'"' + mark(body).encode() + b'"'
                policy = (_SVG_POLICY,) if matched[1] == "svg" else ()
                held = (stat.st_mtime_ns, _file(matched[1], {"": body}, _DAY, (b"etag", tag), *policy), tag)
                self._hold(key, held)
        except OSError:
            return None
        if if_none_match and held[2].decode() in if_none_match:
            return 304, (_DAY, (b"etag", held[2])), b""
        return _answer(held[1], "")

    def _hold(self, key: str, held: tuple[int, _File, bytes]) -> None:
        # Arms are small and many towns have some: 500 of them are a few megabytes; pictures are read again.
        if len(held[1].bodies[""]) <= 50_000:
            if len(self._towns) >= 500:
                self._towns.pop(next(iter(self._towns)))
            self._towns[key] = held

    async def __call__(self, scope: Mapping[str, Any], _receive: object, send: Send) -> None:
        """Serve `/static/…` as an ASGI application (GET and HEAD)."""
        wants = next((value for name, value in scope["headers"] if name == b"accept-encoding"), b"")
        answer = self.get(scope["path"], wants.decode("latin-1"))
        if answer is None:
            answer = (404, ((b"content-type", b"text/plain"), (b"content-length", b"0")), b"")
        elif scope["method"] not in {"GET", "HEAD"}:
            answer = (405, ((b"allow", b"GET, HEAD"), (b"content-length", b"0")), b"")
        status, headers, body = answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _answer(found: _File, accept_encoding: str) -> Answer:
    accepted = {part.partition(";")[0].strip() for part in accept_encoding.lower().split(",") if "q=0" not in part[-4:]}
    encoding = next((name for name in ("br", "gzip") if name in accepted and name in found.bodies), "")
    body = found.bodies[encoding]
    more: Headers = ((b"content-encoding", encoding.encode()),) if encoding else ()
    return 200, (*found.headers, *more, (b"content-length", str(len(body)).encode())), body


@cache
def shipped() -> Assets:
    """The static files of this process."""
    return Assets(tenants=_WEB.parent.parent / "tenants")
