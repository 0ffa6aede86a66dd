"""A town leaves in one file and comes back from it whole; a foreign file is not believed; a move loses nothing."""

import asyncio
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from app.kit.errors import NotFound, VillageError
from app.platform import towns
from app.settings import settings
from app.tenancy import cells, control, current, lifecycle, registry, tenant, transaction, transfer, transfer_move
from app.tenancy.errors import TenancyError
from app.tenancy.keys import media_folder
from app.tenancy.provisioning import CellsFull, NameTaken
from app.tenancy.transfer_archive import BadArchive
from tests import loop
from tests.tenancy import archives
from tests.tenancy.apart import SECOND, Apart, add_second, deployment, everything, leftovers

HOME = "heimat"


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    with deployment("transfer", tmp_path_factory.mktemp("transfer")) as found:
        loop.run(add_second(found))
        loop.run(furnished())
        yield found


async def furnished() -> None:
    """A town with something of each kind in it."""
    await towns.create(HOME, "village", "12069665", owner="ada@example.de")
    async with tenant(HOME), transaction():
        await current().fetch(
            "INSERT INTO feed (name, connector, url, options, enabled)"
            " VALUES ('amtsblatt', 'rss', 'https://example.de/a.xml', '{\"a\": [1, null, \"ü\"]}', true)"
        )
        await current().fetch(
            "INSERT INTO feed_item (feed_id, external_id, kind, content_hash)"
            " SELECT id, 'item ' || n, 'article', md5(n::text) FROM feed, generate_series(1, 300) n"
            " WHERE name = 'amtsblatt'"
        )
        await current().fetch(
            "INSERT INTO article (feed_item_id, title, body_html, tags, payload, published_at)"
            " SELECT id, 'Brücke' || chr(9) || 'Zeile' || chr(10) || '\\N \\.', '<p>Süß &amp; „gut“</p>',"
            " ARRAY['a,b', 'ein \"Wort\"', ''], '{\"x\": 1.50}', now() FROM feed_item"
        )
        await current().fetch("INSERT INTO event (title, latitude) VALUES ('Fest', 52.1234567890123)")
        await current().fetch("DELETE FROM article WHERE id = (SELECT max(id) FROM article)")
    folder = media_folder(HOME)
    (folder / "2026").mkdir(parents=True)
    (folder / "2026" / "straße.jpg").write_bytes(bytes(range(256)) * 3000)
    (folder / "leer.txt").write_bytes(b"")
    (folder / "link").symlink_to("/etc/passwd")
    async with control() as connection:
        await connection.execute("INSERT INTO host (name, tenant) VALUES ('heimat.example.de', $1)", HOME)
        await connection.execute("INSERT INTO feed_due (tenant, feed, due_at) VALUES ($1, 'amtsblatt', now())", HOME)


@pytest.fixture(scope="module")
def archive(apart: Apart, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "heimat.village"
    loop.run(transfer.export(HOME, path))
    return path


def media(slug: str) -> dict[str, bytes]:
    folder = media_folder(slug)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


async def test_a_town_comes_back_under_another_name_with_every_row(apart: Apart, archive: Path) -> None:
    slug = await transfer.import_(archive, "zwilling")

    assert slug == "zwilling"
    assert await everything("zwilling") == await everything(HOME)
    assert media("zwilling") == media(HOME)
    assert set(media("zwilling")) == {"2026/straße.jpg", "leer.txt"}
    first, second = await lifecycle.show(HOME), await lifecycle.show("zwilling")
    assert (second.name, second.ags, second.owner, second.state) == (first.name, first.ags, first.owner, "active")
    assert second.hosts == ("zwilling.localhost",)
    async with tenant("zwilling"), transaction():
        [row] = await current().fetch("INSERT INTO article (title) VALUES ('neu') RETURNING id")
        [highest] = await current().fetch("SELECT max(id) AS id FROM article WHERE title <> 'neu'")
    assert row["id"] == highest["id"] + 2  # the deleted one's number is not given again
    async with control() as connection:
        assert await connection.fetchval("SELECT feed FROM feed_due WHERE tenant = 'zwilling'") == "amtsblatt"
    await lifecycle.delete("zwilling")
    assert await leftovers("zwilling") == []


async def test_a_town_comes_back_under_its_own_name_with_its_hosts(apart: Apart, archive: Path) -> None:
    before, files = await everything(HOME), media(HOME)
    with pytest.raises(NameTaken, match="--slug"):
        await transfer.import_(archive)

    await lifecycle.delete(HOME)
    assert await leftovers(HOME) == []
    await transfer.import_(archive)

    assert await everything(HOME) == before
    assert media(HOME) == files
    assert set((await lifecycle.show(HOME)).hosts) == {"heimat.example.de", "heimat.localhost"}


async def test_a_file_holds_no_secret_of_the_deployment(apart: Apart, archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        body = b"".join(opened.read(name) for name in opened.namelist())
        names = opened.namelist()

    runtime, password = cells.runtime_login(settings().database_url)
    for secret in (settings().secret_key, settings().database_url, settings().redis_url, runtime, password):
        assert secret.encode() not in body
    assert "media/link" not in names
    assert archive.stat().st_mode & 0o077 == 0  # noqa: ASYNC240 - nobody else waits here


async def test_an_older_town_is_brought_up_to_date(apart: Apart, archive: Path, tmp_path: Path) -> None:
    older = archives.rewritten(archive, tmp_path / "older", archives.third_version)

    await transfer.import_(older, "aelter")

    town = await lifecycle.show("aelter")
    assert town.schema_version == (await lifecycle.show(HOME)).schema_version
    assert (town.counts["event"], town.counts["article"]) == (0, 299)
    await lifecycle.delete("aelter")


HOSTILE: dict[str, tuple[Callable[[Path, Path], Path], str]] = {
    "truncated": (archives.truncated, "cut off"),
    "bit-flip": (archives.bit_flip, "damaged|not what its manifest says|cut off|plain file"),
    "symlink": (archives.with_link, "no plain file"),
    "traversal": (archives.with_entry("media/../../evil"), "never has"),
    "absolute": (archives.with_entry("/etc/evil"), "never has"),
    "backslash": (archives.with_entry("media/..\\evil"), "never has"),
    "below-a-file": (archives.with_entry("media/leer.txt/x"), "never has"),
    "unknown-folder": (archives.with_entry("code/x.py"), "never has"),
    "bomb": (archives.bomb, "grow"),
    "unlisted": (archives.changed(lambda _, entries: entries.update({"media/more": b"x"})), "disagree"),
    "missing": (archives.changed(archives.without("rows/page.copy")), "disagree"),
    "wrong-sum": (
        archives.changed(key_page := archives.rows("page", b""), true_sums=False),
        "not what its manifest says",
    ),
    "wrong-count": (archives.changed(key_page), "has 0 rows"),
    "newer": (archives.changed(archives.newer), "newer or another version"),
    "newer-format": (archives.changed(archives.key("format", value=2)), "newer version"),
    "foreign-table": (
        archives.changed(
            archives.key("tables", "pg_authid", value={"columns": [], "rows": 0, "size": 0, "sha256": ""})
        ),
        "disagree",
    ),
    "foreign-column": (
        archives.changed(archives.key("tables", "setting", "columns", value=["key", "value", 'x" FROM y'])),
        "columns of setting",
    ),
    "bad-rows": (archives.changed(archives.rows("category", b"1\tnews\n")), "rows of category don't fit"),
    "orphan-rows": (
        archives.changed(archives.rows("feed_problem", b"1\t999\t\\N\tx\t2026-01-01\n")),
        "rows of feed_problem don't fit",
    ),
    "script-in-colour": (
        archives.changed(archives.key("site", "theme", value={"colour": "red;}</style><script>"})),
        "site.theme",
    ),
    "foreign-arms": (archives.changed(archives.key("site", "arms", value="//evil.example/x.png")), "site.arms"),
    "no-zone": (archives.changed(archives.key("site", "zone", value="../../etc/passwd")), "site"),
    "bad-host": (archives.changed(archives.key("hosts", value=["evil host"])), "hosts"),
    "bad-ags": (archives.changed(archives.key("ags", value="1 OR 1=1")), "ags"),
    "no-manifest-fields": (archives.changed(archives.key("tables", value=7), true_sums=False), "manifest"),
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_foreign_file_is_refused_and_leaves_nothing(
    apart: Apart, archive: Path, tmp_path: Path, kind: str
) -> None:
    make, says = HOSTILE[kind]
    if kind == "no-manifest-fields":
        with zipfile.ZipFile(tmp_path / kind, "w") as opened:
            opened.writestr("manifest.json", json.dumps({"format": 1, "tables": 7}))
        spoiled = tmp_path / kind
    else:
        spoiled = make(archive, tmp_path / kind)

    with pytest.raises(VillageError, match=says):
        await transfer.import_(spoiled, "opfer")

    assert await leftovers("opfer") == []
    assert not (settings().data.parent / "evil").exists()


async def test_foreign_html_is_made_safe(apart: Apart, archive: Path, tmp_path: Path) -> None:
    def spoil(_: object, entries: dict[str, bytes]) -> None:
        entries["rows/article.copy"] = entries["rows/article.copy"].replace("<p>Süß".encode(), b"<script>x()</script>")

    await transfer.import_(archives.rewritten(archive, tmp_path / "html", spoil), "html")

    async with tenant("html") as scope:
        assert await scope.fetchval("SELECT count(*) FROM article WHERE body_html LIKE '%script%'") == 0
        assert await scope.fetchval("SELECT count(*) FROM article") == 299
    await lifecycle.delete("html")


@pytest.mark.parametrize("step", ["requested", "rows", "media", "hosts"])
async def test_a_killed_import_is_taken_away_and_can_be_repeated(apart: Apart, archive: Path, step: str) -> None:
    slug = f"import-{step}"
    apart.killed("import", step, archive, slug)
    assert (await lifecycle.show(slug)).state == ("active" if step == "hosts" else "provisioning")
    if step == "rows":
        # The command itself takes away what is left …
        await transfer.import_(archive, slug)
        assert await everything(slug) == await everything(HOME)
    elif step != "hosts":
        # … and so does the next start.
        assert await towns.resume_unfinished() == [slug]
        assert await leftovers(slug) == []
        return
    await lifecycle.delete(slug)
    assert await leftovers(slug) == []


async def test_a_town_moves_to_another_database_and_back(apart: Apart) -> None:
    before, state = await everything(HOME), await lifecycle.show(HOME)

    assert await transfer_move.move(HOME, SECOND) is True

    assert await everything(HOME) == before
    assert (await lifecycle.show(HOME)).cell == SECOND
    async with tenant(HOME) as scope:
        assert await scope.fetchval("SELECT current_database()") == apart.second.rpartition("/")[2]
    assert await leftovers(HOME) == ["row", "host", "role", f"schema in {SECOND}", HOME]
    assert await transfer_move.move(HOME, SECOND) is False
    assert await transfer_move.move(HOME, cells.MAIN) is True
    assert await everything(HOME) == before
    now = await lifecycle.show(HOME)
    assert (now.cell, now.state, now.step, now.counts) == (cells.MAIN, state.state, "", state.counts)
    async with tenant(HOME) as scope:
        assert await scope.fetchval("SELECT count(*) FROM article") == 299


@pytest.mark.parametrize(
    ("step", "cell"), [("asked", cells.MAIN), ("copied", cells.MAIN), ("suspended", cells.MAIN), ("dropped", SECOND)]
)
async def test_a_killed_move_is_undone_or_finished(apart: Apart, step: str, cell: str) -> None:
    before = await everything(HOME)
    apart.killed("move", step, HOME, SECOND)
    registry.forget()

    assert await towns.resume_unfinished() == [HOME]

    town = await lifecycle.show(HOME)
    assert (town.cell, town.state, town.step) == (cell, "active", "")
    assert await everything(HOME) == before
    assert await leftovers(HOME) == ["row", "host", "role", f"schema in {cell}", HOME]
    await transfer_move.move(HOME, cells.MAIN)
    assert await everything(HOME) == before


async def test_no_write_is_lost_while_a_town_moves(apart: Apart) -> None:
    written: list[str] = []
    moving = True

    async def write() -> None:
        number = 0
        while moving or number < 3:
            number += 1
            try:
                async with tenant(HOME), transaction():
                    await current().fetch("INSERT INTO page (slug, title) VALUES ($1, 'X')", [f"w-{number}"])
            except (asyncpg.PostgresError, TenancyError):
                await asyncio.sleep(0.01)  # it has just moved away
            else:
                written.append(f"w-{number}")

    writer = asyncio.create_task(write())
    await transfer_move.move(HOME, SECOND)
    await transfer_move.move(HOME, cells.MAIN)
    moving = False
    await writer

    async with tenant(HOME), transaction():
        rows = await current().fetch("DELETE FROM page WHERE slug LIKE 'w-%' RETURNING slug")
    assert sorted(row["slug"] for row in rows) == sorted(written)
    assert len(written) > 2


async def test_what_can_not_be_moved_stays_as_it_is(apart: Apart) -> None:
    with pytest.raises(cells.CellUnknown):
        await transfer_move.move(HOME, "nowhere")
    with pytest.raises(NotFound):
        await transfer_move.move("nobody", SECOND)
    async with control() as connection:
        await connection.execute("UPDATE cell SET capacity = 0 WHERE name = $1", SECOND)
    try:
        with pytest.raises(CellsFull):
            await transfer_move.move(HOME, SECOND)
    finally:
        async with control() as connection:
            await connection.execute("UPDATE cell SET capacity = NULL WHERE name = $1", SECOND)

    town = await lifecycle.show(HOME)
    assert (town.cell, town.state, town.step) == (cells.MAIN, "active", "")


async def test_there_is_nothing_to_export_of_nobody(apart: Apart, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        await transfer.export("nobody", tmp_path / "x")

    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - nobody else waits here
    assert issubclass(BadArchive, VillageError)
