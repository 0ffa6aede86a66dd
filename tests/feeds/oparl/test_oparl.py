"""A council's server, as it should be and as servers are."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.feeds.connector import Cursor, Stop
from app.feeds.connectors.oparl.walk import UNPRODUCTIVE, encoded
from app.feeds.items import Gone, Meeting, Paper
from app.feeds.registry import connector
from app.kit.http import BadStatus
from app.kit.http.client import LONGEST_TOTAL_SECONDS
from tests.feeds.oparl.server import Server, recording
from tests.feeds.reading import context, problems
from tests.origin import Asked, Origin, send

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "oparl"


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as started:
        yield started


@pytest.fixture
def server(origin: Origin) -> Server:
    return Server(origin)


def asked(origin: Origin, path: str) -> list[str]:
    return [one.target for one in origin.asked if one.path == path]


def meetings(found: list[Any]) -> list[Meeting]:
    return [one for one in found if isinstance(one, Meeting)]


def paper(number: int, at: str, **fields: Any) -> dict[str, Any]:
    return {"id": f"{at}/paper/{number}", "name": f"Vorlage {number}"} | fields


def page(*entries: dict[str, Any], after: str = "") -> dict[str, Any]:
    return {"data": list(entries), "links": {"next": after} if after else {}}


def test_the_recording_is_what_a_run_brings(server: Server) -> None:
    server.lists["paper"] = [one for one in server.lists["paper"] if not one.get("deleted")]
    kept = Path(__file__).with_name("recordings").joinpath("council.json").read_bytes()

    assert recording(asyncio.run(server.fetch()).body, server) == kept


def test_only_what_changed_is_asked_for_the_second_time(server: Server, origin: Origin) -> None:
    first = asyncio.run(server.fetch())
    server.lists["meeting"][1]["modified"] = "2026-11-22T09:30:00+01:00"

    found = server.run(first.cursor)

    assert [one.external_id for one in meetings(found)] == [f"{server.at}/meeting/2"]
    assert asked(origin, "/meeting")[-1] == "/meeting?modified_since=2026-11-21T09%3A00%3A00%2B00%3A00"


def test_once_a_week_everything_is_asked_for_again(server: Server) -> None:
    first = asyncio.run(server.fetch())

    found = server.run(msgspec.structs.replace(first.cursor, force=True))

    assert len(meetings(found)) == 2


def test_nothing_new_is_the_same_bundle_each_time(server: Server) -> None:
    first = asyncio.run(server.fetch())

    assert asyncio.run(server.fetch(first.cursor)).body == asyncio.run(server.fetch(first.cursor)).body


def test_what_was_deleted_there_is_taken_back(server: Server) -> None:
    found = server.run()

    assert [one.external_id for one in found if isinstance(one, Gone)] == [f"{server.at}/paper/2"]


def test_no_person_and_nothing_from_behind_closed_doors_is_taken_over(server: Server) -> None:
    found = server.run()

    assert "/person/9" not in repr(found)
    assert "Frau Beispiel" not in repr(found)
    assert [point.public for point in meetings(found)[0].agenda] == [True, True, False]


def test_a_changed_agenda_still_knows_a_paper_that_did_not_change(server: Server) -> None:
    cursor = Cursor(last_modified=datetime(2026, 11, 5, tzinfo=UTC).isoformat())

    found = server.run(cursor)

    assert not [one for one in found if isinstance(one, Paper)]
    assert meetings(found)[0].agenda[1].paper == f"{server.at}/paper/1"


def test_links_to_another_host_are_not_followed(server: Server, origin: Origin) -> None:
    server.pages("paper", (page(paper(1, server.at), after="https://elsewhere.example/paper?page=2"), "/paper?page=1"))
    server.body["organization"] = "http://127.0.0.1:1/organization"
    server.put("/bodies", {"data": [server.body]})

    found = server.run()

    assert len([one for one in found if isinstance(one, Paper)]) == 1
    assert not any("elsewhere" in one.headers["host"] for one in origin.asked)


def test_a_plus_sign_in_next_is_one(server: Server, origin: Origin) -> None:
    after = f"{server.at}/paper?page=2&modified_since=2026-01-01T00:00:00+00:00"
    server.pages(
        "paper",
        (page(paper(1, server.at), after=after), "/paper?page=1"),
        (page(paper(2, server.at)), "/paper?page=2&modified_since=2026-01-01T00:00:00%2B00:00"),
    )

    found = server.run()

    assert [one.title for one in found if isinstance(one, Paper)] == ["Vorlage 1", "Vorlage 2"]
    assert encoded("https://a.example/x+y?from=1+2&at=2026-01-01T00:00:00+01:00") == (
        "https://a.example/x+y?from=1+2&at=2026-01-01T00:00:00%2B01:00"
    )


def test_a_server_that_turns_in_a_circle_is_left_after_three_pages(server: Server, origin: Origin) -> None:
    async def same(request: Asked, writer: Any) -> None:
        number = int(request.target.rpartition("page=")[2]) if "page=" in request.target else 1
        body = page(paper(1, server.at), after=f"{server.at}/paper?page={number + 1}")
        send(writer, 200, msgspec.json.encode(body), {"Content-Type": "application/json"})

    origin.route("/paper", same)

    found = server.run()

    assert len([one for one in found if isinstance(one, Paper)]) == 1
    assert len(asked(origin, "/paper")) == 1 + UNPRODUCTIVE


def test_a_page_that_names_itself_as_the_next_ends_the_list(server: Server, origin: Origin) -> None:
    own = f"{server.at}/paper?page=1"
    server.pages("paper", (page(paper(1, server.at), after=own), "/paper?page=1"))

    server.run()

    assert len(asked(origin, "/paper")) <= 3


@pytest.mark.parametrize("status", [400, 500, 503])
def test_a_server_that_can_not_filter_is_asked_for_everything(server: Server, origin: Origin, status: int) -> None:
    async def unfiltered(request: Asked, writer: Any) -> None:
        if "modified_since" in request.target:
            send(writer, status, b"<html>Fehler</html>", {"Content-Type": "text/html"})
        else:
            body = page(paper(1, server.at))
            send(writer, 200, msgspec.json.encode(body), {"Content-Type": "application/json"})

    origin.route("/paper", unfiltered)

    assert [one.title for one in server.run() if isinstance(one, Paper)] == ["Vorlage 1"]


def test_404_for_an_empty_window_means_nothing_changed(server: Server, origin: Origin) -> None:
    origin.status("/paper", 404)

    found = server.run()

    assert not [one for one in found if isinstance(one, Paper)]
    assert len(meetings(found)) == 2
    assert not [one for one in problems(found) if "paper" in (one.external_id or "")]


def test_html_with_status_200_costs_that_list_only_and_is_asked_for_again(server: Server, origin: Origin) -> None:
    origin.file("/paper", b"<!doctype html><html><body>Fehler</body></html>", "text/html")

    fetched = asyncio.run(server.fetch(Cursor(last_modified="2026-11-01T00:00:00+00:00")))
    found = server.run()

    assert len(meetings(found)) == 2
    assert [one.external_id for one in problems(found)] == [f"{server.at}/paper"]
    asyncio.run(server.fetch(fetched.cursor))
    assert asked(origin, "/paper")[-2].endswith("modified_since=2026-11-01T00%3A00%3A00%2B00%3A00")
    assert asked(origin, "/meeting")[-1].endswith("modified_since=2026-11-21T09%3A00%3A00%2B00%3A00")


def test_a_server_that_only_fails_is_a_failed_run(server: Server, origin: Origin) -> None:
    for name in server.lists:
        origin.status(f"/{name}", 500)

    with pytest.raises(BadStatus):
        asyncio.run(server.fetch())


def test_plural_names_of_lists_are_understood(server: Server) -> None:
    for name in server.lists:
        server.body[f"{name}s"] = server.body.pop(name)
    server.put("/bodies", {"data": [server.body]})

    assert len(meetings(server.run())) == 2


def test_the_last_copy_of_an_object_counts(server: Server) -> None:
    server.lists["meeting"].append(server.lists["meeting"][1] | {"name": "Verlegt"})

    assert [one.title for one in meetings(server.run())] == ["9. Sitzung des Bauausschusses", "Verlegt"]


def test_a_long_list_ends_at_the_limit_and_says_so(server: Server) -> None:
    server.pages(
        "paper",
        (page(paper(1, server.at), after=f"{server.at}/paper?page=2"), "/paper?page=1"),
        (page(paper(2, server.at)), "/paper?page=2"),
    )
    server.config = msgspec.structs.replace(server.config, most_pages=1)

    found = server.run()

    assert [one.title for one in found if isinstance(one, Paper)] == ["Vorlage 1"]
    assert any(one.external_id is None for one in problems(found))


def test_a_list_that_was_cut_goes_on_where_it_stopped(server: Server, origin: Origin) -> None:
    server.pages(
        "paper",
        (page(paper(1, server.at), after=f"{server.at}/paper?page=2"), "/paper?page=1"),
        (page(paper(2, server.at), after=f"{server.at}/paper?page=3"), "/paper?page=2"),
        (page(paper(3, server.at)), "/paper?page=3"),
    )
    server.config = msgspec.structs.replace(server.config, most_pages=1)
    cursor, found = Cursor(), []
    for _ in range(4):
        fetched = asyncio.run(server.fetch(cursor))
        items = connector("oparl").parse(fetched.body, server.config, context())
        found.append([one.title for one in items if isinstance(one, Paper)])
        cursor = fetched.cursor

    assert found == [["Vorlage 1"], ["Vorlage 2"], ["Vorlage 3"], ["Vorlage 1"]]
    targets = asked(origin, "/paper")
    assert targets[1:3] == ["/paper?page=2", "/paper?page=3"]
    # Once it is at its end, what changed since the walk began is asked for.
    assert targets[3] == "/paper?modified_since=2026-11-21T09%3A00%3A00%2B00%3A00"
    # The other list was whole each time.
    assert asked(origin, "/meeting")[1] == "/meeting?modified_since=2026-11-21T09%3A00%3A00%2B00%3A00"


def test_a_page_that_the_server_has_forgotten_is_asked_for_from_the_beginning(server: Server, origin: Origin) -> None:
    left = {"paper": {"since": "2026-11-01T00:00:00+00:00", "onwards": f"{server.at}/gone?page=7"}}

    found = asyncio.run(server.fetch(Cursor(last_modified=msgspec.json.encode(left).decode())))

    assert asked(origin, "/gone") == ["/gone?page=7"]
    assert asked(origin, "/paper") == ["/paper?modified_since=2026-11-01T00%3A00%3A00%2B00%3A00"]
    assert found.last_modified == "2026-11-21T09:00:00+00:00"


@pytest.mark.parametrize(("patience", "papers"), [(1.2, 1), (0.2, 0)])
def test_a_server_that_takes_most_of_a_minute_is_waited_for(
    server: Server, origin: Origin, patience: float, papers: int
) -> None:
    """A hundredth of the time: 38 seconds for a page, 120 of patience; and what less patience would cost."""

    async def slow(_: Asked, writer: Any) -> None:
        await asyncio.sleep(0.38)
        send(writer, 200, msgspec.json.encode(page(paper(1, server.at))), {"Content-Type": "application/json"})

    origin.route("/paper", slow)
    assert server.config.patience_seconds == LONGEST_TOTAL_SECONDS == 120
    server.config = msgspec.structs.replace(server.config, patience_seconds=patience)

    assert len([one for one in server.run() if isinstance(one, Paper)]) == papers


def test_of_several_bodies_the_one_that_is_meant_is_taken(server: Server) -> None:
    other = server.body | {"id": f"{server.at}/body/2", "name": "Amt Nebenan", "ags": "12069665"}
    server.put("/bodies", {"data": [other, server.body]})

    with pytest.raises(Stop, match="Amt Nebenan; Stadt Musterdorf"):
        asyncio.run(server.fetch())
    server.config = msgspec.structs.replace(server.config, ags="12069020")

    assert meetings(server.run())[0].attribution == "Stadt Musterdorf"


def test_a_web_page_is_no_server(server: Server, origin: Origin) -> None:
    origin.file("/system", b"<!doctype html><html><body>Ratsinfo</body></html>", "text/html")

    with pytest.raises(Stop) as stop:
        asyncio.run(server.fetch())

    assert stop.value.code == "web-page"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_a_real_server_s_objects_are_read(server: Server) -> None:
    server.lists["meeting"] = [msgspec.json.decode(one.read_bytes()) for one in sorted(SAMPLES.glob("*meetings*"))]
    server.lists["paper"] = [msgspec.json.decode(one.read_bytes()) for one in sorted(SAMPLES.glob("*papers*"))]
    for entry in [*server.lists["meeting"], *server.lists["paper"]]:
        entry["modified"] = "2026-11-20T00:00:00+01:00"

    found = server.run()

    assert len(meetings(found)) == 2
    assert [type(one) for one in found] == [Paper, Gone, Meeting, Meeting]
    assert any(point.title for one in meetings(found) for point in one.agenda)
