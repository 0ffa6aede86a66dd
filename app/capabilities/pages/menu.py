"""The part of the navigation that the town builds itself: groups of links on the page "more"."""

from typing import Final

import msgspec

from app.kit import richtext
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import lazy as _
from app.tenancy.village import set_setting, setting

KEY: Final = "menu"
"""Of the setting."""
MOST: Final = 60
_NO_TITLE: Final = _("Please enter a title.")
_BAD_TARGET: Final = _("Choose a page, or give an address that begins with / or https://.")
_FULL: Final = _("The menu is full. Remove a link first.")


class MenuLink(msgspec.Struct, frozen=True):
    """A link of the menu."""

    title: str
    href: str
    """A path of this village, or a whole address."""
    title_en: str = ""


class MenuGroup(msgspec.Struct, frozen=True):
    """Links under one heading."""

    title: str
    links: tuple[MenuLink, ...] = ()
    title_en: str = ""


async def menu() -> tuple[MenuGroup, ...]:
    """The current town's menu; empty when it built none."""
    return msgspec.convert(await setting(KEY, []), tuple[MenuGroup, ...])


async def add(group: str, title: str, href: str, *, group_en: str = "", title_en: str = "") -> None:
    """Put a link at the end of a group, which is made when there is none.

    A link of the group that leads to the same place gets the new names instead. An English heading that is left empty
    stays as it was. Raises `InvalidInput`.
    """
    title, group, href = richtext.clean_line(title)[:100], richtext.clean_line(group)[:60], href.strip()
    title_en, group_en = richtext.clean_line(title_en)[:100], richtext.clean_line(group_en)[:60]
    fields: dict[str, str] = {}
    if not title:
        fields["title"] = _NO_TITLE.message
    if not group:
        fields["group"] = _NO_TITLE.message
    inside = href.startswith("/") and not href.startswith(("//", "/\\"))
    if not inside and not richtext.absolute(href, ""):
        fields["href"] = _BAD_TARGET.message
    groups = list(await menu())
    known = any(one.title == group and href in [link.href for link in one.links] for one in groups)
    if not known and sum(len(one.links) for one in groups) >= MOST:
        fields["title"] = _FULL.message
    if fields:
        raise InvalidInput("Please check what you entered.", fields)
    link = MenuLink(title, href, title_en)
    for at, one in enumerate(groups):
        if one.title == group:
            links = [link if old.href == href else old for old in one.links] if known else [*one.links, link]
            groups[at] = MenuGroup(group, tuple(links), group_en or one.title_en)
            break
    else:
        groups.append(MenuGroup(group, (link,), group_en))
    await _keep(groups)


async def move(place: int, step: int) -> None:
    """Move a link, counted over all groups from 0, up (-1) or down (1) within its group. Raises `NotFound`."""
    groups = list(await menu())
    group, link = _found(groups, place)
    links = list(groups[group].links)
    to = max(0, min(len(links) - 1, link + step))
    links.insert(to, links.pop(link))
    groups[group] = msgspec.structs.replace(groups[group], links=tuple(links))
    await _keep(groups)


async def remove(place: int) -> None:
    """Take a link out; a group without links goes with it. Raises `NotFound`."""
    groups = list(await menu())
    group, link = _found(groups, place)
    links = list(groups[group].links)
    del links[link]
    groups[group] = msgspec.structs.replace(groups[group], links=tuple(links))
    await _keep([one for one in groups if one.links])


def _found(groups: list[MenuGroup], place: int) -> tuple[int, int]:
    for number, group in enumerate(groups):
        if 0 <= place < len(group.links):
            return number, place
        place -= len(group.links)
    raise NotFound("There is no such entry.")


async def _keep(groups: list[MenuGroup]) -> None:
    await set_setting(KEY, msgspec.to_builtins(groups))
