"""What the town itself says: a clerk writes it at the desk, publishes it, and takes it back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.identity import audit
from app.identity.person import Role
from app.kit import clock
from app.tenancy import tenant
from tests import cast, loop
from tests.capabilities.notices.given import SLUG, Warner, announced, listed, page, warning
from tests.village import Village

FORM = {
    "do": "publish",
    "title": "Dorfstraße gesperrt",
    "kind": "traffic",
    "severity": "minor",
    "instruction": "Fahren Sie über den Mühlenweg.",
    "description": "Die Straße bekommt einen neuen Belag.",
    "place": "Ortsteil Dippmannsdorf",
    "provider": "town",
}


@pytest.fixture(autouse=True)
def swept(village: Village) -> Iterator[None]:
    yield
    loop.run(cast.away())


async def signed_in(village: Village, *roles: Role) -> cast.Visitor:
    return await (await cast.person("eva", {SLUG: list(roles)})).at(village)


async def rows() -> list[dict[str, Any]]:
    async with tenant(SLUG) as scope:
        return [dict(row) for row in await scope.fetch("SELECT * FROM notice ORDER BY id")]


async def test_an_editor_closes_a_road_and_opens_it_again(village: Village) -> None:
    eva = await signed_in(village, "editor")

    saved = await eva.post("/manage/notices", data=FORM)

    [one] = await listed(village)
    assert saved.headers["location"] == f"/notices/{one['id']}-dorfstrasse-gesperrt"
    assert (one["own"], one["kind"], one["areas"]) == (True, "traffic", ["Ortsteil Dippmannsdorf"])
    shown = await page(village, saved.headers["location"])
    assert "Fahren Sie über den Mühlenweg." in shown
    assert "Unverändert übernommen" not in shown
    assert "Dorfstraße gesperrt" in await page(village, "/")
    assert await announced() == []  # advice is not sent

    await eva.post(f"/manage/notices/{one['id']}/state", data={"do": "withdraw"})

    assert await listed(village) == []
    assert [entry.action for entry in await audit.entries(SLUG, limit=2)] == ["notices.withdraw", "notices.publish"]


async def test_boil_the_water_is_told_and_told_to_be_over(village: Village) -> None:
    eva = await signed_in(village, "editor")
    await eva.post("/manage/notices", data=FORM | {"severity": "moderate", "title": "Wasser abkochen"})
    [one] = await listed(village)
    await eva.post(f"/manage/notices/{one['id']}/state", data={"do": "withdraw"})

    assert [said["title"] for said in await announced()] == ["Wasser abkochen", "Gilt nicht mehr: Wasser abkochen"]


async def test_a_draft_is_seen_by_nobody_until_it_is_published(village: Village) -> None:
    eva = await signed_in(village, "editor")
    await eva.post("/manage/notices", data=FORM | {"do": "save", "severity": "moderate"})
    [draft] = await rows()

    assert await listed(village) == []
    assert (await village.get(f"/notices/{draft['id']}")).status_code == 404
    assert "Dorfstraße gesperrt" in (await eva.get("/manage/notices")).text
    assert "Dorfstraße gesperrt" in (await eva.get("/manage")).text
    await eva.post(f"/manage/notices/{draft['id']}", data=FORM | {"severity": "moderate"})
    assert len(await listed(village)) == len(await announced()) == 1


async def test_only_an_owner_warns_of_great_danger(village: Village) -> None:
    eva = await signed_in(village, "editor")
    refused = await eva.post("/manage/notices", data=FORM | {"severity": "extreme"})

    assert refused.status_code == 422
    assert "darf nur die Verwaltung" in refused.text
    assert await rows() == []
    assert "Extreme Gefahr" not in (await eva.get("/manage/notices/new")).text

    otto = await (await cast.person("otto", {SLUG: ["owner"]})).at(village)
    await otto.post("/manage/notices", data=FORM | {"severity": "extreme", "title": "Blindgänger: bitte gehen"})
    assert 'class="band"' in await page(village, "/news")
    assert [one["urgency"] for one in await announced()] == [0]
    [one] = await rows()
    kept = await eva.post(f"/manage/notices/{one['id']}", data=FORM | {"do": "save", "severity": "extreme"})
    assert kept.status_code == 303  # she may correct its words


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "  "}, "title"), ({"kind": "ufo"}, "kind"), ({"severity": "furchtbar"}, "severity"),
        ({"starts_at": "2030-01-02T10:00", "ends_at": "2030-01-02T10:00"}, "ends_at"), ({"ends_at": "bald"}, "ends_at"),
        ({"ends_at": "2020-01-02T10:00"}, "ends_at"), ({"provider": "999999"}, "provider"),
    ],
)  # fmt: skip
async def test_mistakes_are_named_and_what_was_typed_stays(
    village: Village, changes: dict[str, str], field: str
) -> None:
    eva = await signed_in(village, "editor")

    answer = await eva.post("/manage/notices", data=FORM | changes)

    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert "Fahren Sie über den Mühlenweg." in answer.text
    assert await rows() == []


async def test_it_goes_by_itself_at_its_end(village: Village) -> None:
    eva = await signed_in(village, "editor")
    await eva.post("/manage/notices", data=FORM | {"ends_at": "2040-06-01T10:00"})
    [one] = await rows()
    assert one["gone_at"].isoformat() == "2040-06-01T08:00:00+00:00"
    with clock.at(one["gone_at"] - timedelta(seconds=1)):
        assert len(await listed(village)) == 1
    with clock.at(one["gone_at"]):
        assert await listed(village) == []


async def test_official_warnings_cannot_be_touched(village: Village) -> None:
    await Warner().sends(warning(severity="minor"))
    [official] = await rows()
    eva = await signed_in(village, "editor")

    for answer in (
        await eva.get(f"/manage/notices/{official['id']}"),
        await eva.post(f"/manage/notices/{official['id']}", data=FORM),
        await eva.post(f"/manage/notices/{official['id']}/state", data={"do": "withdraw"}),
    ):
        assert answer.status_code == 409
    assert await rows() == [official]
    assert "Hochwasser an der Plane" not in (await eva.get("/manage/notices")).text


async def test_what_was_taken_back_stays_so(village: Village) -> None:
    eva = await signed_in(village, "editor")
    await eva.post("/manage/notices", data=FORM)
    [one] = await rows()
    await eva.post(f"/manage/notices/{one['id']}/state", data={"do": "withdraw"})

    assert (await eva.post(f"/manage/notices/{one['id']}", data=FORM)).status_code == 422
    assert "wurde zurückgenommen" in (await eva.get(f"/manage/notices/{one['id']}")).text
    assert await listed(village) == []


@pytest.mark.parametrize("role", ["provider", "moderator"])
async def test_others_publish_no_warnings(village: Village, role: Role) -> None:
    paul = await signed_in(village, role) if role == "moderator" else await (
        await cast.person("paul", {SLUG: [role]}, provider="feuerwehr")
    ).at(village)  # fmt: skip

    assert (await paul.post("/manage/notices", data=FORM)).status_code == 403
    assert await rows() == []
