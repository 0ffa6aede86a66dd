"""Names of what is not SQL: Redis keys and media files carry their tenant, and no tenant's name can reach another's."""

from pathlib import Path

from app.kit.errors import NotFound
from app.settings import settings
from app.tenancy import scope


def redis_key(*parts: str) -> str:
    """A key of the current tenant, e.g. `t:bad-belzig:limit:login`; colons inside parts are escaped."""
    return ":".join(("t", scope.current_slug(), *(part.replace("%", "%25").replace(":", "%3A") for part in parts)))


def media_folder(slug: str) -> Path:
    """Where a tenant's media lie."""
    return settings().data / "media" / slug


def raw_folder(slug: str) -> Path:
    """Where the last answers of a tenant's feeds lie: no media of its own, left out of an export, deleted with it."""
    return settings().data / "feeds" / slug


def region_raw_folder(name: str) -> Path:
    """Where the last answers of a region's feeds lie."""
    return settings().data / "regions" / name / "feeds"


def media_path(name: str) -> Path:
    """A file of the current tenant; raises `NotFound` for a name that leads out of its folder."""
    folder = media_folder(scope.current_slug())
    path = folder / name
    if not name or name.startswith("/") or "\\" in name or ".." in Path(name).parts or "\0" in name:
        raise NotFound("There is no such file.")
    if path.is_symlink() or not path.resolve().is_relative_to(folder.resolve()):
        raise NotFound("There is no such file.")
    return path
