"""Static files: names that change with the content, the best encoding, and nothing outside the folders."""

import gzip
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.web import static
from app.web.static import Assets

WEB = Path(static.__file__).parent


@pytest.fixture
def web(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    for name in ("css", "js", "img"):
        shutil.copytree(WEB / name, folder / name)
    return folder


@pytest.fixture
def town(tmp_path: Path) -> Assets:
    folder = tmp_path / "tenants" / "bad-belzig" / "static"
    folder.mkdir(parents=True)
    (folder / "arms.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "notes.txt").write_text("no picture")
    (tmp_path / "tenants" / "secret.png").write_bytes(b"secret")
    (folder / "link.png").symlink_to(tmp_path / "tenants" / "secret.png")
    return Assets(tenants=tmp_path / "tenants")


def bundle(web: Path, content: bytes, **sources: str) -> None:
    dist = web / "static" / "dist"
    dist.mkdir(parents=True)
    (dist / "village.0123456789ab.css").write_bytes(content)
    (dist / "village.0123456789ab.css.br").write_bytes(b"brotli")
    digest = sources.get("digest", static.digest(static.sources(web)))
    files = {"village.css": "village.0123456789ab.css"}
    (dist / "manifest.json").write_text(json.dumps({"sources": digest, "files": files}))


def got(assets: Assets, path: str, accept_encoding: str = "") -> static.Answer:
    answer = assets.get(path, accept_encoding)
    assert answer is not None
    return answer


def picture(assets: Assets, name: str, if_none_match: str = "") -> static.Answer:
    answer = assets.town("bad-belzig", name, if_none_match)
    assert answer is not None
    return answer


def test_without_a_bundle_the_sources_are_served(web: Path, tmp_path: Path) -> None:
    assets = Assets(web, tenants=tmp_path)
    url = assets.url("village.css")

    status, headers, body = got(assets, url)

    assert status == 200
    assert dict(headers)[b"content-type"] == b"text/css; charset=utf-8"
    assert dict(headers)[b"cache-control"] == b"public, max-age=31536000, immutable"
    assert hashlib.sha256(body).hexdigest()[:12] in url
    assert body.startswith((WEB / "css" / "tokens.css").read_bytes())


def test_a_client_gets_the_encoding_it_takes(web: Path, tmp_path: Path) -> None:
    bundle(web, b"plain")
    assets = Assets(web, tenants=tmp_path)
    url = assets.url("village.css")

    assert got(assets, url, "gzip, br")[2] == b"brotli"
    assert dict(got(assets, url, "gzip, br")[1])[b"content-encoding"] == b"br"
    assert got(assets, url, "br;q=0")[2] == b"plain"
    assert dict(got(assets, url)[1])[b"vary"] == b"accept-encoding"


def test_sources_are_packed_at_the_start(web: Path, tmp_path: Path) -> None:
    assets = Assets(web, tenants=tmp_path)
    url = assets.url("village.js")

    packed = got(assets, url, "gzip")

    assert gzip.decompress(packed[2]) == got(assets, url)[2]
    assert dict(packed[1])[b"content-length"] == str(len(packed[2])).encode()


def test_a_bundle_of_older_sources_is_left_alone(web: Path, tmp_path: Path) -> None:
    bundle(web, b"old", digest="0" * 64)

    assets = Assets(web, tenants=tmp_path)

    assert got(assets, assets.url("village.css"))[2] != b"old"


@pytest.mark.parametrize("manifest", ["", "{}", '{"sources": 1, "files": []}'])
def test_a_broken_bundle_is_left_alone(web: Path, tmp_path: Path, manifest: str) -> None:
    bundle(web, b"old")
    (web / "static" / "dist" / "manifest.json").write_text(manifest)

    assert Assets(web, tenants=tmp_path).url("village.js").startswith("/static/village.")


@pytest.mark.parametrize("path", ["/static/", "/static/../static.py", "/static/village.css", "/static/%2e%2e/x.css"])
def test_no_other_file_is_served(path: str, web: Path, tmp_path: Path) -> None:
    assert Assets(web, tenants=tmp_path).get(path) is None


def test_a_towns_arms_may_draw_and_nothing_else(town: Assets) -> None:
    status, headers, body = picture(town, "arms.svg")

    assert status == 200
    assert body.startswith(b"<svg")
    assert dict(headers)[b"content-type"] == b"image/svg+xml"
    assert b"sandbox" in dict(headers)[b"content-security-policy"]
    assert dict(headers)[b"x-content-type-options"] == b"nosniff"


def test_unchanged_arms_are_not_sent_again(town: Assets) -> None:
    tag = dict(picture(town, "arms.svg")[1])[b"etag"].decode()

    assert picture(town, "arms.svg", tag)[0] == 304
    assert picture(town, "arms.svg", '"other"')[0] == 200


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("bad-belzig", "notes.txt"),
        ("bad-belzig", "../../secret.png"),
        ("bad-belzig", "link.png"),
        ("bad-belzig", "missing.png"),
        ("bad-belzig", ".hidden.png"),
        ("..", "secret.png"),
        ("", "secret.png"),
        ("other", "arms.svg"),
    ],
)
def test_nothing_else_of_a_town_is_served(town: Assets, slug: str, name: str) -> None:
    assert town.town(slug, name) is None


async def test_the_application_answers_get_and_head_only(web: Path, tmp_path: Path) -> None:
    assets = Assets(web, tenants=tmp_path)
    url = assets.url("village.svg")

    async def ask(method: str, path: str) -> tuple[int, bytes]:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await assets({"type": "http", "method": method, "path": path, "headers": []}, None, send)
        return sent[0]["status"], sent[1]["body"]

    assert await ask("GET", url) == (200, (WEB / "img" / "village.svg").read_bytes())
    assert await ask("HEAD", url) == (200, b"")
    assert await ask("POST", url) == (405, b"")
    assert await ask("GET", "/static/none.css") == (404, b"")
