"""The news as programs read them."""

import pytest

from tests.factories import make_article
from tests.village import Village

FIELDS = {
    "id",
    "title",
    "teaser",
    "body_html",
    "language",
    "author",
    "tags",
    "category",
    "provider",
    "source",
    "licence",
    "attribution",
    "published_at",
    "published_day_only",
    "changed_at",
    "url",
}


async def test_a_program_reads_every_field(belzig: Village) -> None:
    article = await make_article(
        title="Markt", body_html="<p>Frisch.</p>", provider="rathaus", category="verkehr", tags=["Obst"], author="Ada"
    )

    item = await belzig.json(f"/api/v1/news/{article.id}")

    assert set(item) == FIELDS
    assert item["category"]["slug"] == "verkehr"
    assert item["provider"]["slug"] == "rathaus"
    assert item["tags"] == ["Obst"]
    assert item["teaser"] == "Frisch."
    assert item["published_at"].endswith("Z")
    assert item["url"] == f"http://bad-belzig.localhost:8000/news/{article.id}-markt"
    assert (await belzig.json("/api/v1/news"))["items"] == [item]


async def test_an_article_without_provider_and_category_says_null(belzig: Village) -> None:
    await make_article()

    item = (await belzig.json("/api/v1/news"))["items"][0]

    assert item["category"] is None
    assert item["provider"] is None
    assert item["source"] == {"name": "", "url": ""}


async def test_a_program_pages_by_cursor(belzig: Village) -> None:
    made = [(await make_article()).id for _number in range(5)]

    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        part = await belzig.json("/api/v1/news", limit=2, cursor=cursor)
        seen += [item["id"] for item in part["items"]]
        cursor = part["next"]

    assert sorted(seen) == made


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "viele"}, "limit"),
        ({"cursor": "kaputt"}, "cursor"),
        ({"cursor": "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwxXQ"}, "cursor"),
        ({"cursor": "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwxXQ"}, "cursor"),
        ({"cursor": "WyIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsOTIyMzM3MjAzNjg1NDc3NTgwOF0"}, "cursor"),
        ({"category": "' OR 1=1"}, "category"),
        ({"provider": "<script>"}, "provider"),
        ({"category": "\x00"}, "category"),
        ({"from": "morgen"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"from": "0001-01-01"}, "from"),
        ({"from": "2026-12-05", "to": "2026-12-01"}, "to"),
        ({"q": "x" * 201}, "q"),
    ],
)
async def test_a_parameter_that_cannot_be_read_is_named(belzig: Village, query: dict[str, str], parameter: str) -> None:
    answer = await belzig.get("/api/v1/news", params=query)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert list(answer.json()["errors"]) == [parameter]


@pytest.mark.parametrize(
    ("number", "status"), [("abc", 422), ("0", 422), ("9" * 30, 422), ("-1", 422), ("123456789", 404)]
)
async def test_an_article_that_is_not_there(belzig: Village, number: str, status: int) -> None:
    assert (await belzig.get(f"/api/v1/news/{number}")).status_code == status


async def test_the_description_of_the_interface_knows_the_fields(belzig: Village) -> None:
    document = await belzig.json("/api/schema")

    operation = document["paths"]["/api/v1/news"]["get"]
    assert {one["name"] for one in operation["parameters"]} == {
        "limit",
        "cursor",
        "category",
        "provider",
        "from",
        "to",
        "q",
    }
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    entry = document["components"]["schemas"][schema]["properties"]["items"]["items"]["$ref"].rpartition("/")[2]
    assert set(document["components"]["schemas"][entry]["properties"]) == FIELDS
