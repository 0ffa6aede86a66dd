"""Forms in another's name: without the token of the session nothing is done, whatever else is right."""

from typing import Any

import pytest

from app.identity import sessions
from app.identity.sessions import Session
from tests.identity.relying import a_person
from tests.identity.roaming import Roamer
from tests.village import Village

HOST = "bad-belzig.localhost"
JSON = {"content-type": "application/json"}
FILES = {"content-type": "multipart/form-data; boundary=grenze"}


async def signed_in(platform: Village) -> tuple[Roamer, Session]:
    roamer = Roamer(platform, HOST)
    roamer.mine[sessions.COOKIE] = await sessions.start(account_id=(await a_person()).id, kind="village", host=HOST)
    session = await roamer.session()
    assert session is not None
    return roamer, session


def part(value: str, name: str = "_csrf", before: str = "") -> bytes:
    lines = ["", f'--grenze\r\nContent-Disposition: form-data; name="{name}"', "", value, "--grenze--", ""]
    return (before + "\r\n".join(lines)).encode()


async def sends(platform: Village, **given: Any) -> bool:
    """Whether a form of a signed-in person is taken; the sign-out is the form that everybody has."""
    roamer, session = await signed_in(platform)
    for name in ("content", "data", "headers"):
        if name in given:
            given[name] = given[name](session.csrf)
    answer = await roamer.post("/sign-out", **given)
    done = await sessions.find(roamer.mine.get(sessions.COOKIE, ""), HOST) is None
    assert answer.status_code == (303 if done else 403)
    if not done:
        assert "Es wurde nichts geändert" in answer.text
    return done


async def test_the_field_of_the_form_is_enough(platform: Village) -> None:
    assert await sends(platform, data=lambda csrf: {"_csrf": csrf})


@pytest.mark.parametrize("name", ["X-CSRF-Token", "X-CSRFToken"])
async def test_a_header_is_enough(platform: Village, name: str) -> None:
    assert await sends(platform, headers=lambda csrf: {name: csrf})


async def test_a_form_with_files_carries_it_too(platform: Village) -> None:
    assert await sends(platform, content=part, headers=lambda _: FILES)


async def test_what_was_read_ahead_still_reaches_the_form(platform: Village) -> None:
    roamer, session = await signed_in(platform)
    body = part(session.csrf) + b"x" * 300_000

    answer = await roamer.post("/sign-out", content=body, headers=FILES)

    assert answer.status_code == 303


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"data": lambda _: {"_csrf": ""}},
        {"data": lambda _: {"_csrf": "a" * 43}},
        {"data": lambda csrf: {"_csrf": csrf[:-1]}},
        {"data": lambda csrf: {"csrf": csrf}},
        {"data": lambda csrf: {"_csrf": [csrf, csrf]}},
        {"headers": lambda _: {"x-csrf-token": "wrong"}},
        {"headers": lambda _: {"x-csrf-token": ""}},
        {"content": lambda csrf: csrf.encode(), "headers": lambda _: {"content-type": "text/plain"}},
        {"content": lambda csrf: f'{{"_csrf": "{csrf}"}}'.encode(), "headers": lambda _: JSON},
        {"content": lambda _: part("wrong"), "headers": lambda _: FILES},
        {"content": lambda csrf: part(csrf, "other"), "headers": lambda _: FILES},
        {"content": lambda csrf: b"x" * 70_000 + part(csrf), "headers": lambda _: FILES},
    ],
)
async def test_without_the_token_nothing_is_done(platform: Village, given: dict[str, Any]) -> None:
    assert not await sends(platform, **given)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://wiesenburg-mark.localhost:8000"},
        {"origin": "http://localhost:8000"},
        {"origin": "https://bad-belzig.localhost:8000"},
        {"origin": "http://bad-belzig.localhost"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_a_sister_village_s_form_is_refused_even_with_the_token(
    platform: Village, headers: dict[str, str]
) -> None:
    assert not await sends(platform, data=lambda csrf: {"_csrf": csrf}, headers=lambda _: headers)


async def test_the_own_host_s_form_is_taken(platform: Village) -> None:
    headers = {"origin": f"http://{HOST}:8000", "sec-fetch-site": "same-origin"}

    assert await sends(platform, data=lambda csrf: {"_csrf": csrf}, headers=lambda _: headers)


async def test_the_token_of_somebody_else_is_refused(platform: Village) -> None:
    roamer, _ = await signed_in(platform)
    _, other = await signed_in(platform)

    answer = await roamer.post("/sign-out", data={"_csrf": other.csrf})

    assert answer.status_code == 403
    assert await roamer.session() is not None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_every_unsafe_method_is_asked(platform: Village, method: str) -> None:
    roamer, _ = await signed_in(platform)

    answer = await roamer.send(method, "/news")

    assert answer.status_code == 403


async def test_nobody_needs_no_token(platform: Village) -> None:
    answer = await platform.at("bad-belzig").post("/sign-out", headers={"accept": "text/html"})

    assert answer.status_code == 303


async def test_a_sibling_s_cookie_is_not_taken_for_a_session(platform: Village) -> None:
    _, session = await signed_in(platform)
    value = await sessions.start(account_id=session.account_id, kind="village", host=HOST)
    village = platform.at("bad-belzig")

    planted = (f"\xa0__Host-session={value}", f"__Host-session=x; __Host-session={value}", f"x=__Host-session={value}")
    for header in planted:
        page = await village.get("/", headers={b"cookie": header.encode("latin-1"), b"accept": b"text/html"})
        assert page.status_code == 200
        assert "Ada Beispiel" not in page.text
