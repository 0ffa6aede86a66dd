"""What an archive may say about a town's place, look and hosts: it goes into every page, so it is checked."""

import re
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from app.tenancy import definition_check, municipality
from app.tenancy.definition import TENANTS
from app.tenancy.definition_shape import DefinitionError
from app.tenancy.transfer_archive import BadArchive, Manifest

_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII)
_ARMS = re.compile(r"/town/[A-Za-z0-9][A-Za-z0-9_-]{0,80}\.[a-z0-9]{1,5}", re.ASCII)
_TEXT_KEYS = ("zone", "district", "state", "tagline")
_LONGEST_TEXT = 500


def checked_site(manifest: Manifest, slug: str) -> dict[str, Any]:
    """The site as it may be kept; raises `BadArchive`."""
    site = dict(manifest.site)
    for key in _TEXT_KEYS:
        if not isinstance(site.get(key, ""), str) or len(site.get(key, "")) > _LONGEST_TEXT:
            raise _bad(f"site.{key}")
    try:
        ZoneInfo(site.get("zone", "Europe/Berlin"))
        theme = msgspec.convert(site.get("theme", {}), dict[str, str])
        msgspec.convert(site.get("capabilities", {}), dict[str, dict[str, Any]])
        definition_check.check_hosts(f"{slug}", manifest.hosts)
    except (ZoneInfoNotFoundError, OSError, ValueError, DefinitionError) as error:
        raise BadArchive("The manifest's site can't be used: %(problem)s.", problem=str(error)) from error
    if any(colour and not _COLOUR.fullmatch(colour) for colour in theme.values()):
        raise _bad("site.theme")
    arms = site.get("arms", "")
    if not isinstance(arms, str) or (arms and not _ARMS.fullmatch(arms)):
        raise _bad("site.arms")
    if arms and not (TENANTS / slug / "static" / arms.rpartition("/")[2]).is_file():
        site["arms"] = ""  # a file of the other deployment's folder
    if manifest.ags and not municipality.is_ags(manifest.ags):
        raise _bad("ags")
    if not manifest.name.strip() or len(manifest.name) > _LONGEST_TEXT:
        raise _bad("name")
    return site


def _bad(key: str) -> BadArchive:
    return BadArchive("The manifest's %(key)s can't be used.", key=key)
