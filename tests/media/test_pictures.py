"""Pictures of a town: uploaded at the desk, shown to everyone, kept apart from other towns'."""

from collections.abc import Iterator

import httpx2
import pytest

from app.tenancy import tenant, transaction
from app.tenancy.keys import media_folder
from tests import cast, loop
from tests.factories import provider_id
from tests.media.drawing import SVG, photo_with_exif, picture
from tests.village import Village


@pytest.fixture(autouse=True)
def swept(belzig: Village, wiesenburg: Village) -> Iterator[None]:
    yield
    loop.run(cast.away())
    loop.run(belzig.sweep("bad-belzig", ["article", "event", "media"]))
    for path in media_folder("bad-belzig").glob("*"):
        path.unlink()


async def names() -> list[str]:
    async with tenant("bad-belzig") as scope:
        return [row["name"] for row in await scope.fetch("SELECT name FROM media ORDER BY id")]


async def upload(visitor: cast.Visitor, body: bytes, **fields: str) -> httpx2.Response:
    return await visitor.post(
        "/manage/pictures",
        data={"alt": "Der Marktplatz", "credit": "Ada"} | fields,
        files={"file": ("IMG_1.jpg", body, "image/jpeg")},
    )


async def test_an_editor_s_picture_is_shown_to_everyone(belzig: Village) -> None:
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)

    answer = await upload(eva, photo_with_exif())

    assert answer.status_code == 303
    [name] = await names()
    shown = await belzig.get(f"/media/{name}")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert b"Kamerawerk" not in shown.content
    listed = (await eva.get("/manage/pictures")).text
    assert f"/media/{name}" in listed
    assert "Der Marktplatz" in listed


async def test_a_refused_file_leaves_nothing_behind_and_the_words_stay(belzig: Village) -> None:
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)

    answer = await upload(eva, SVG, alt="Ein Plan der Altstadt")

    assert answer.status_code == 422
    assert "SVG" in answer.text
    assert "Ein Plan der Altstadt" in answer.text
    assert await names() == []
    assert not list(media_folder("bad-belzig").glob("*"))


async def test_a_picture_needs_a_description(belzig: Village) -> None:
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)

    answer = await upload(eva, picture(), alt=" ")

    assert answer.status_code == 422
    assert await names() == []


async def test_a_picture_of_one_town_is_none_of_another_s(belzig: Village, wiesenburg: Village) -> None:
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)
    await upload(eva, picture())
    [name] = await names()

    assert (await wiesenburg.get(f"/media/{name}")).status_code == 404
    assert (await belzig.get("/media/..%2fwiesenburg-mark%2fx.webp")).status_code == 404
    assert (await belzig.get("/media/.upload-x")).status_code == 404


async def test_a_provider_changes_only_pictures_of_their_own(belzig: Village) -> None:
    async with tenant("bad-belzig"), transaction():
        await provider_id("coconat")
        await provider_id("feuerwehr")
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)
    paul = await (await cast.person("paul", {"bad-belzig": ["provider"]}, provider="coconat")).at(belzig)
    await upload(eva, picture())
    async with tenant("bad-belzig") as scope:
        number = await scope.fetchval("SELECT id FROM media")

    refused = await paul.post(f"/manage/pictures/{number}", data={"do": "remove"})

    assert refused.status_code == 404
    assert len(await names()) == 1
    assert "Marktplatz" not in (await paul.get("/manage/pictures")).text

    own = await upload(paul, picture("PNG", (300, 300)), alt="Das Gut")
    assert own.status_code == 303
    assert "Das Gut" in (await paul.get("/manage/pictures")).text


async def test_a_deleted_picture_is_gone_with_its_file(belzig: Village) -> None:
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)
    await upload(eva, picture())
    [name] = await names()
    async with tenant("bad-belzig") as scope:
        number = await scope.fetchval("SELECT id FROM media")

    await eva.post(f"/manage/pictures/{number}", data={"do": "remove"})

    assert await names() == []
    assert not (media_folder("bad-belzig") / name).exists()
    assert (await belzig.get(f"/media/{name}")).status_code == 404


async def test_nobody_uploads_without_a_role(belzig: Village) -> None:
    citizen = await (await cast.person("carl")).at(belzig)

    assert (await upload(citizen, picture())).status_code == 403
    assert (await belzig.post("/manage/pictures", files={"file": ("x.jpg", picture())})).status_code == 401
    assert await names() == []


async def test_an_upload_without_the_form_s_token_is_refused(belzig: Village) -> None:
    eva = await (await cast.person("eva", {"bad-belzig": ["editor"]})).at(belzig)

    answer = await belzig.post(
        "/manage/pictures", data={"alt": "x"}, files={"file": ("x.jpg", picture())}, headers={"cookie": eva.cookie}
    )

    assert answer.status_code == 403
    assert await names() == []
