"""The village as an app: manifest, icons and service worker of each town, and what pages say about being kept."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

from app.web import pwa
from app.web.pwa_icons import KINDS, icon
from app.web.site import Site, Theme
from app.web.static import shipped
from tests import cast
from tests.village import Village

HTML = {"accept": "text/html"}
MARKER = re.compile(r'<meta name="offline" content="(\w+)">')


async def manifest(village: Village) -> dict[str, Any]:
    answer = await village.get("/manifest.webmanifest")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/manifest+json")
    found: dict[str, Any] = answer.json()
    return found


async def test_each_town_is_an_app_of_its_own(belzig: Village, wiesenburg: Village) -> None:
    one, two = await manifest(belzig), await manifest(wiesenburg)

    assert one["name"] == "Bad Belzig"
    assert len(one["short_name"]) <= 12
    assert (one["start_url"], one["scope"], one["display"], one["lang"]) == ("/", "/", "standalone", "de")
    assert re.fullmatch("#[0-9a-f]{6}", one["theme_color"])
    assert {"192x192", "512x512"} == {each["sizes"] for each in one["icons"]}
    assert {"any", "maskable"} == {each["purpose"] for each in one["icons"]}
    assert one["id"] == "/"
    assert one["shortcuts"][-1]["url"] == "/saved"
    assert two["name"] != one["name"]


async def test_icons_are_pictures_of_their_size(belzig: Village) -> None:
    told = await manifest(belzig)
    for each in told["icons"]:
        answer = await belzig.get(each["src"])
        with Image.open(BytesIO(answer.content)) as picture:
            assert (picture.format, f"{picture.width}x{picture.height}") == ("PNG", each["sizes"])
        assert "immutable" in answer.headers["cache-control"]
        assert len(answer.content) < 20_000
    assert (await belzig.get("/icons/other.png")).status_code == 404


@pytest.mark.parametrize("name", ["Ö", "Bad Belzig", "12", "Wiesenburg/Mark"])
@pytest.mark.parametrize("kind", KINDS)
def test_any_name_makes_an_icon(name: str, kind: str) -> None:
    site = Site(kind="tenant", slug="x", name=name, host="x", origin="http://x", theme=Theme("#ffee00"))

    with Image.open(BytesIO(icon(site, kind))) as opened:
        picture = opened.convert("RGBA")
    corner, colours = picture.getpixel((0, 0)), len(picture.getcolors(1_000_000) or ())
    assert isinstance(corner, tuple)
    assert (corner[3] == 255) == (KINDS[kind][0] == "maskable")
    assert colours > 1


async def test_the_service_worker_knows_its_village_and_changes_with_it(belzig: Village) -> None:
    answer = await belzig.get("/sw.js")
    [told] = re.findall(r"^const SHIPPED = (\{.*\});$", answer.text, re.MULTILINE)
    shipped_files = msgspec.json.decode(told)

    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert len(shipped_files["version"]) == 12
    assert (shipped_files["name"], shipped_files["news"][:19]) == ("Bad Belzig", "Es gibt etwas Neues")
    assert "/mine/device" in answer.text
    for path in (*shipped_files["files"], shipped_files["icon"], shipped_files["badge"]):
        assert (await belzig.get(path)).status_code == 200, path
    for path in shipped_files["pages"]:
        assert (await belzig.get(path, headers=HTML)).status_code == 200, path


def test_another_look_is_another_version() -> None:
    green = Site(kind="tenant", slug="x", name="X", host="x", origin="http://x", theme=Theme("#1f5c45"))
    red = Site(kind="tenant", slug="x", name="X", host="x", origin="http://x", theme=Theme("#aa1122"))

    versions = {re.findall(r'"version":"(\w+)"', pwa.script(site))[0] for site in (green, red, green)}
    assert len(versions) == 2


async def test_a_page_says_who_may_keep_it(belzig: Village) -> None:
    plain = await belzig.get("/", headers=HTML)
    mine = await belzig.get("/", headers=HTML | {"cookie": "mine=eyJoaWRkZW4iOlsibmV3cyJdfQ"})
    try:
        signed_in = await (await (await cast.person("eva")).at(belzig)).get("/")
    finally:
        await cast.away()

    assert MARKER.findall(plain.text) == ["yes"]
    assert MARKER.findall(mine.text) == ["mine"]
    assert MARKER.findall(signed_in.text) == []
    assert mine.headers["cache-control"] == signed_in.headers["cache-control"] == "private, no-store"


async def test_what_is_private_without_a_session_is_not_kept_either(belzig: Village) -> None:
    for path in ("/notifications", "/notifications/off?t=x"):
        assert MARKER.findall((await belzig.get(path, headers=HTML)).text) == []


async def test_the_platform_s_own_pages_are_no_app(platform: Village) -> None:
    page = (await platform.get("/", headers=HTML)).text

    assert "manifest.webmanifest" not in page
    assert "offline.js" not in page
    assert (await platform.get("/sw.js")).status_code == 404


async def test_the_page_without_a_network_is_there(belzig: Village) -> None:
    answer = await belzig.get("/offline", headers=HTML)

    assert answer.status_code == 200
    assert "Gerade kein Netz" in answer.text
    assert MARKER.findall(answer.text) == ["yes"]


async def test_all_scripts_of_a_page_stay_small(belzig: Village) -> None:
    page = (await belzig.get("/notifications", headers=HTML)).text
    scripts = re.findall(r'<script src="([^"]+)"', page)
    sizes = [len((await belzig.get(path, headers={"accept-encoding": "gzip"})).content) for path in scripts]
    packed = [shipped().get(path, "gzip") for path in scripts]

    assert len(scripts) == 3
    assert all(packed)
    assert sum(len(answer[2]) for answer in packed if answer) <= 30_000
    assert sum(sizes) > 0


def test_no_script_speaks_to_another_host() -> None:
    folder = Path(pwa.__file__).parent / "js"
    for name in (*pwa.WORKER, "offline.js", "push.js", "village.js"):
        assert not re.search(r"https?://", (folder / name).read_text("utf-8"))
