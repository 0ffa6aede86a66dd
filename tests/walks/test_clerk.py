"""Herr Krause connects a source of the town, and a neighbour gets a village of its own."""

import pytest

from tests.walks import content
from tests.walks.conftest import Town

pytestmark = pytest.mark.browser


def test_herr_krauses_first_sync_says_how_many_are_new_and_the_second_that_nothing_changed(town: Town) -> None:
    (first,), (second,) = town.first["feeds"], town.second["feeds"]

    assert (first["name"], first["status"], first["new"]) == ("demo", "ok", len(content.NEWS))
    assert first["errors"] == []
    assert (second["status"], second["new"], second["changed"]) == ("unchanged", 0, 0)


def test_what_he_synced_stands_on_the_page_and_in_the_api(town: Town) -> None:
    answer = town.running.json("bad-belzig", "/api/v1/news?limit=100")
    status, _, page = town.running.get("bad-belzig", "/news")

    assert [one["title"] for one in answer["items"]] == [one.title for one in content.NEWS]
    assert status == 200
    assert all(one.title in page.decode() for one in content.NEWS[:4])


def test_the_neighbours_new_village_has_none_of_it(town: Town) -> None:
    status, _, page = town.running.get("wiesenburg-mark", "/news")

    assert "Wiesenburg/Mark" in town.greeting
    assert status == 200
    assert "Wiesenburg/Mark" in page.decode()
    assert not [one.title for one in content.NEWS if one.title in page.decode()]
    assert town.running.json("wiesenburg-mark", "/api/v1/news")["items"] == []
    assert town.running.json("wiesenburg-mark", "/api/v1/events")["items"] == []
