"""`/admin`: the same account, only the tables and rows that the role may see, every write by the house's actions."""

from collections.abc import Iterator
from typing import Any

import httpx2
import msgspec
import pytest

from app.identity import audit
from app.tenancy import tenant, transaction
from tests import cast, loop
from tests.factories import make_article, provider_id
from tests.village import Village


@pytest.fixture(autouse=True)
def swept(belzig: Village, wiesenburg: Village) -> Iterator[None]:
    yield
    loop.run(cast.away())
    loop.run(belzig.sweep("bad-belzig", ["article", "event", "media"]))


async def api(visitor: cast.Visitor, path: str, method: str = "GET", **given: Any) -> httpx2.Response:
    """As the front-end asks."""
    headers = {"accept": "application/json, text/plain, */*", "accept-language": "en"}
    return await visitor.request(method, f"/admin/api{path}", headers=headers, **given)


async def tables(visitor: cast.Visitor) -> set[str]:
    return set((await api(visitor, "/tables/grouped/")).json()["ungrouped"])


async def stored(id_: int) -> dict[str, Any]:
    async with tenant("bad-belzig") as scope:
        rows = await scope.fetch("SELECT * FROM article WHERE id = $1", [id_])
    return dict(rows[0])


async def test_nobody_enters_without_a_role(belzig: Village) -> None:
    carl = await (await cast.person("carl")).at(belzig)

    away = await belzig.get("/admin/", headers={"accept": "text/html"})
    assert away.status_code == 303
    assert away.headers["location"].startswith("/sign-in?next=/admin")
    assert (await belzig.get("/admin/api/tables/", headers={"accept": "application/json"})).status_code == 401
    assert (await carl.get("/admin/")).status_code == 403
    assert (await api(carl, "/tables/")).status_code == 403


async def test_an_owner_needs_the_second_factor(belzig: Village) -> None:
    olga = await cast.person("olga", {"bad-belzig": ["owner"]})

    assert (await (await olga.at(belzig, strong=False)).get("/admin/")).status_code == 403
    assert (await (await olga.at(belzig)).get("/admin/")).status_code == 200


async def test_the_page_and_its_files_come_from_our_own_host(belzig: Village) -> None:
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)

    answer = await eva.get("/admin/", headers={"accept-language": "de"})

    assert answer.status_code == 200
    assert 'lang="de"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "'unsafe-eval'" not in policy
    assert "script-src 'self';" in policy
    assert answer.headers["cache-control"] == "private, no-store"
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    sources = [part.split('"')[0] for part in answer.text.replace("href=", "src=").split('src="')[1:]]
    for source in (one for one in sources if "assets" in one):
        assert (await eva.get(source)).status_code == 200
    for gone in (
        "/admin/assets/../index.html",
        "/admin/assets/x.js",
        "/admin/docs/",
        "/admin/api/docs/",
        "/admin/openapi.json",
    ):
        assert (await eva.get(gone)).status_code == 404


async def test_roles_decide_which_tables_there_are(belzig: Village) -> None:
    seen = {
        role: await tables(await (await cast.person(role, {"bad-belzig": [role]}, provider="rathaus")).at(belzig))
        for role in ("owner", "editor", "moderator", "provider")
        if await ready()
    }

    town = {"pages", "documents_for_apps", "places", "tours", "sources"}
    assert seen["owner"] == town | {"news", "events", "pictures", "providers", "categories"}
    assert seen["editor"] == seen["owner"]
    assert seen["provider"] == {"news", "events", "places", "pictures", "providers", "categories"}
    assert seen["moderator"] == {"providers", "categories"}


async def ready() -> bool:
    async with tenant("bad-belzig"), transaction():
        await provider_id("rathaus")
        await provider_id("coconat")
    return True


async def test_an_editor_changes_an_article_and_the_page_shows_it(belzig: Village) -> None:
    article = await make_article(title="Brücke gesperrt", body_html="<p>alt</p>", author="Ada")
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)
    assert "alt" in (await belzig.get(f"/news/{article.id}-bruecke-gesperrt")).text

    answer = await api(
        eva, f"/tables/news/{article.id}/", "PATCH", json={"body_html": "neu **heute** <script>x</script>"}
    )

    assert answer.status_code == 200, answer.text
    assert (await stored(article.id))["body_html"] == "<p>neu <strong>heute</strong> &lt;script&gt;x&lt;/script&gt;</p>"
    belzig.edge.cache.empty("bad-belzig")
    assert "neu" in (await belzig.get(f"/news/{article.id}-bruecke-gesperrt")).text
    [entry] = await audit.entries("bad-belzig", target=f"article:{article.id}")
    assert (entry.action, entry.actor_name) == ("news.change", "Eva")
    assert entry.detail == {"fields": ["body_html"], "at": "admin"}


async def test_the_whole_form_is_sent_but_only_what_differs_is_written(belzig: Village) -> None:
    article = await make_article(title="Brücke gesperrt", body_html="<p>alt</p>\n<ul>\n<li>eins</li>\n</ul>")
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)
    row = (await api(eva, f"/tables/news/{article.id}/?__readable=true")).json()
    form = {name: value for name, value in row.items() if not name.endswith("_readable")}

    answer = await api(eva, f"/tables/news/{article.id}/", "PATCH", json=form | {"author": "Ben"})

    assert answer.status_code == 200, answer.text
    assert (await stored(article.id))["author"] == "Ben"
    [entry] = await audit.entries("bad-belzig", target=f"article:{article.id}")
    assert entry.detail["fields"] == ["author"]


async def test_the_house_s_rules_hold_here_too(belzig: Village) -> None:
    article = await make_article(title="Brücke gesperrt")
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)

    async def refused(values: dict[str, Any]) -> int:
        return (await api(eva, f"/tables/news/{article.id}/", "PATCH", json=values)).status_code

    before = await stored(article.id)
    assert await refused({"title": "Brücke offen"}) == 422
    assert await refused({"source_name": "Wir"}) == 422
    assert await refused({"withdrawn_by": ""}) == 422
    assert await refused({"payload": "{}"}) == 422
    assert await refused({"search": "x"}) == 422
    assert await refused({"provider_id": 987654}) == 422
    assert await refused({"published_at": "gestern"}) == 422
    assert await stored(article.id) == before
    assert await audit.entries("bad-belzig", target=f"article:{article.id}") == []


async def test_an_article_is_written_published_later_and_taken_back(belzig: Village) -> None:
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)

    made = await api(
        eva, "/tables/news/", "POST", json={"title": "Markt am Sonntag", "published_at": "2099-01-01T10:00:00Z"}
    )

    assert made.status_code == 201, made.text
    id_ = made.json()[0]["id"]
    assert (await stored(id_))["published_at"].year == 2099
    assert (await belzig.get(f"/news/{id_}-markt-am-sonntag")).status_code == 404
    assert (await api(eva, f"/tables/news/{id_}/", "DELETE")).status_code == 204
    assert (await stored(id_))["withdrawn_by"] == "editor"
    assert (await api(eva, f"/tables/news/{id_}/", "DELETE")).status_code == 422


async def test_a_provider_s_people_reach_only_their_own_rows(belzig: Village) -> None:
    await ready()
    theirs = await make_article(title="Aus dem Rathaus", provider="rathaus")
    own = await make_article(title="Aus dem Gut", provider="coconat")
    paul = await (await cast.person("paul", {"bad-belzig": ["provider"]}, provider="coconat")).at(belzig)
    before = await stored(theirs.id)

    listed = (await api(paul, "/tables/news/")).json()["rows"]
    assert [row["id"] for row in listed] == [own.id]
    assert (await api(paul, "/tables/news/count/")).json()["count"] == 1
    assert (await api(paul, "/tables/news/ids/")).json() == {str(own.id): "Aus dem Gut"}
    assert (await api(paul, "/tables/news/?provider_id=1&title=Rathaus")).json()["rows"] == []
    for method, given in (
        ("GET", {}),
        ("PATCH", {"json": {"author": "x"}}),
        ("PUT", {"json": {"author": "x"}}),
        ("DELETE", {}),
    ):
        assert (await api(paul, f"/tables/news/{theirs.id}/", method, **given)).status_code == 404, method
    assert await stored(theirs.id) == before

    taken = await api(paul, f"/tables/news/{own.id}/", "PATCH", json={"provider_id": before["provider_id"]})
    assert taken.status_code == 422
    assert (await stored(own.id))["provider_id"] != before["provider_id"]
    made = await api(paul, "/tables/news/", "POST", json={"title": "Offene Tür"})
    assert made.status_code == 201, made.text
    assert (await stored(made.json()[0]["id"]))["provider_id"] == (await stored(own.id))["provider_id"]
    assert (await api(paul, "/tables/providers/")).json()["rows"][0]["name"] == "Coconat"
    assert (await api(paul, "/tables/categories/", "POST", json={"name": "x", "capability": "news"})).status_code == 403


async def test_a_role_that_was_taken_away_is_gone_at_once(belzig: Village) -> None:
    article = await make_article()
    player = await cast.person("eva", {"bad-belzig": ["editor"]})
    eva = await player.at(belzig)
    assert (await api(eva, "/tables/news/")).status_code == 200

    from app.identity import memberships

    [member] = [one for one in await memberships.members("bad-belzig") if one.account_id == player.id]
    await memberships.revoke(member.id, "bad-belzig")

    assert (await api(eva, f"/tables/news/{article.id}/", "PATCH", json={"author": "x"})).status_code == 403
    assert (await stored(article.id))["author"] == ""


async def test_an_owner_of_one_town_is_nobody_in_the_other(belzig: Village, wiesenburg: Village) -> None:
    olga = await cast.person("olga", {"bad-belzig": ["owner"]})
    there = await olga.at(wiesenburg)

    for path in ("/tables/", "/tables/news/", "/tables/sources/", "/user/"):
        assert (await api(there, path)).status_code == 403, path


async def test_a_write_without_the_token_is_refused(belzig: Village) -> None:
    article = await make_article()
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)

    forged = await belzig.request(
        "PATCH", f"/admin/api/tables/news/{article.id}/", json={"author": "x"}, headers={"cookie": eva.cookie}
    )

    assert forged.status_code == 403
    assert (await stored(article.id))["author"] == ""


async def test_rubbish_gets_an_answer_and_never_a_crash(belzig: Village) -> None:
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)
    asked: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("GET", "/tables/news/99999999999999999999/", {}),
        ("GET", "/tables/news/0/", {}),
        ("GET", "/tables/news/x/", {}),
        ("GET", "/tables/nothing/", {}),
        ("GET", "/tables/news/?__order=body_search", {}),
        ("GET", "/tables/news/?__order=provider_id.name", {}),
        ("GET", "/tables/news/?__page_size=999999", {}),
        ("GET", "/tables/news/?id=abc", {}),
        ("GET", "/tables/news/?withdrawn_by=editor", {}),
        ("GET", "/tables/news/?title__operator=boom", {}),
        ("POST", "/tables/news/", {"content": b"{"}),
        ("POST", "/tables/news/", {"content": b"[]"}),
        ("POST", "/tables/news/", {"json": {"title": ""}}),
        ("POST", "/tables/news/", {"json": {"title": "x" * 2_000_000}}),
        ("DELETE", "/tables/news/", {}),
        ("POST", "/media/", {"content": b""}),
        ("POST", "/change-password/", {"content": b""}),
    )

    for method, path, given in asked:
        answer = await api(eva, path, method, **given)
        assert 400 <= answer.status_code < 500, (method, path, answer.status_code, answer.text)


async def test_pages_providers_categories_and_sources_are_kept_here(belzig: Village) -> None:
    olga = await (await cast.person("olga", {"bad-belzig": ["owner"]})).at(belzig)

    page = await api(olga, "/tables/pages/", "POST", json={"title": "Freibad", "body_html": "Offen\n\n- bis 20 Uhr"})
    assert page.status_code == 201, page.text
    assert "<li>bis 20 Uhr</li>" in (await belzig.get("/pages/freibad")).text
    assert (await api(olga, f"/tables/pages/{page.json()[0]['id']}/", "DELETE")).status_code == 204
    [imprint] = [
        row for row in (await api(olga, "/tables/pages/?slug=impressum")).json()["rows"] if row["language"] == "de"
    ]
    assert (await api(olga, f"/tables/pages/{imprint['id']}/", "DELETE")).status_code == 422

    provider = await api(olga, "/tables/providers/", "POST", json={"name": "Angelverein Lütte"})
    assert provider.status_code == 201, provider.text
    id_ = provider.json()[0]["id"]
    assert (await belzig.get("/providers/angelverein-luette")).status_code == 200
    assert (
        await api(olga, f"/tables/providers/{id_}/", "PATCH", json={"url": "javascript:alert(1)"})
    ).status_code == 422
    assert (await api(olga, f"/tables/providers/{id_}/", "DELETE")).status_code == 204
    belzig.edge.cache.empty("bad-belzig")
    assert (await belzig.get("/providers/angelverein-luette")).status_code == 404

    twice = await api(
        olga, "/tables/categories/", "POST", json={"name": "Sport", "slug": "sport", "capability": "news"}
    )
    again = await api(
        olga, "/tables/categories/", "POST", json={"name": "Sport", "slug": "sport", "capability": "news"}
    )
    assert {twice.status_code, again.status_code} <= {201, 422}
    assert again.status_code == 422

    source = await api(
        olga,
        "/tables/sources/",
        "POST",
        json={"name": "markt", "title": "Markt", "connector": "rss", "url": "https://a.example/f.xml"},
    )
    assert source.status_code == 201, source.text
    number = source.json()[0]["id"]
    assert (await api(olga, f"/tables/sources/{number}/", "PATCH", json={"enabled": False})).status_code == 200
    assert (await api(olga, f"/tables/sources/{number}/", "PATCH", json={"connector": "ics"})).status_code == 422
    assert (
        await api(olga, f"/tables/sources/{number}/", "PATCH", json={"url": "file:///etc/passwd"})
    ).status_code == 422
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)
    assert (await api(eva, f"/tables/sources/{number}/", "PATCH", json={"note": "x"})).status_code == 403


async def test_words_are_german_for_who_reads_german(belzig: Village) -> None:
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)
    german = {"accept-language": "de", "accept": "application/json"}

    names = (await eva.get("/admin/api/tables/", headers=german)).json()
    town = {"seiten", "dokumente_fuer_apps", "orte", "touren", "quellen"}
    assert set(names) - town == {"aktuelles", "termine", "anbieter", "rubriken", "bilder"}
    assert {"seiten", "orte", "touren", "quellen"} < set(names)
    schema = (await eva.get("/admin/api/tables/aktuelles/schema/", headers=german)).json()
    assert schema["properties"]["title"]["title"] == "Überschrift"
    assert schema["properties"]["provider_id"]["extra"]["foreign_key"]["to"] == "anbieter"
    assert "payload" not in schema["properties"]
    assert "withdrawn_by" not in msgspec.json.encode(schema).decode()
    listed = (await eva.get("/admin/public/translations/", headers=german)).json()
    assert listed["default_language_code"] == "de"
    words = (await eva.get("/admin/public/translations/de/", headers=german)).json()
    assert words["language_code"] == "de"
    assert words["translations"]
