"""The same service from several sources stands once, as the one tells it that knows most of the town."""

import pytest

from app.capabilities.townhall.jobs import show_once
from app.tenancy import tenant, transaction
from tests import cast
from tests.factories_townhall import Register, service, titles
from tests.forms import filled
from tests.village import Village

KEY = "99115001052000"
TOWN = "bad-belzig"


pytestmark = pytest.mark.usefixtures("clean")


async def federal(key: str = KEY, title: str = "Hund anmelden (bundesweit)") -> None:
    """The text that is the same everywhere, of a source for gaps."""
    async with tenant(TOWN) as scope, transaction():
        await scope.fetch(
            "INSERT INTO feed (name, title, connector, url) VALUES ('texts', 'FIM', 'fim', '')"
            " ON CONFLICT (name) DO NOTHING"
        )
    await Register(name="texts").sends(service(title, f"leika/{key}", leika=key, offices=()))


async def shown(belzig: Village) -> list[str]:
    return titles(await belzig.json("/api/v1/services"))


async def test_a_register_with_the_office_goes_before_the_text_for_all_whichever_came_first(belzig: Village) -> None:
    await federal()
    [text] = (await belzig.json("/api/v1/services"))["items"]
    register = Register(name="register")
    await register.sends(service("Hundesteuer anmelden", leika=KEY), service("Meldebescheinigung", leika=""))

    assert await shown(belzig) == ["Hundesteuer anmelden", "Meldebescheinigung"]
    moved = await belzig.get(f"/services/{text['id']}-hund-anmelden-bundesweit")
    assert moved.status_code == 302
    assert moved.headers["location"].endswith("-hundesteuer-anmelden")

    await federal(title="Hund anmelden, neuer Text")
    assert await shown(belzig) == ["Hundesteuer anmelden", "Meldebescheinigung"]

    await register.sends(service("Meldebescheinigung", leika=""))
    assert await shown(belzig) == ["Hund anmelden, neuer Text", "Meldebescheinigung"]


async def test_two_registers_say_it_once_and_two_services_of_one_register_stay_two(belzig: Village) -> None:
    await Register(name="first").sends(service("Hund anmelden", leika=KEY, offices=()))
    await Register(name="second").sends(
        service("Hundesteuer: Anmeldung", leika=KEY), service("Hundesteuer: Abmeldung", leika=KEY)
    )
    assert await shown(belzig) == ["Hundesteuer: Abmeldung", "Hundesteuer: Anmeldung"]

    # Which of the two the first one means, nobody knows, had it been the other way round.
    await Register(name="first").sends(service("Hund anmelden", leika=KEY, offices=("OE.1",)))
    assert await shown(belzig) == ["Hund anmelden", "Hundesteuer: Abmeldung", "Hundesteuer: Anmeldung"]


async def test_what_is_no_key_of_the_catalogue_says_nothing(belzig: Village) -> None:
    await Register(name="first").sends(service("Angelkarte", leika="00000000000000"))
    await Register(name="second").sends(service("Baumfällung", leika="00000000000000"))

    assert await shown(belzig) == ["Angelkarte", "Baumfällung"]


async def test_what_the_clerk_wrote_or_hid_counts_at_once(belzig: Village) -> None:
    await federal(title="Hund anmelden")
    await Register(name="register").sends(service("Hundesteuer anmelden", leika=KEY))
    [register] = (await belzig.json("/api/v1/services"))["items"]
    eva = await (await cast.person("eva", {TOWN: ["editor"]})).at(belzig)

    listed = (await eva.get("/manage/townhall?only=source")).text
    assert "Hundesteuer anmelden" in listed
    assert "Hund anmelden" not in listed

    there = f"/manage/townhall/service/{register['id']}"
    await eva.post(f"{there}/state", data={"do": "hide"})
    assert await shown(belzig) == []  # not in other words either

    await eva.post(f"{there}/state", data={"do": "show"})
    new = filled((await eva.get("/manage/townhall/service/new")).text)
    made = await eva.post("/manage/townhall/service", data=new | {"title": "Hundesteuer anmelden", "fees": "30 Euro"})
    assert made.status_code == 303
    [own] = (await belzig.json("/api/v1/services"))["items"]
    assert own["local"]


async def test_a_source_that_was_removed_stands_for_nothing(belzig: Village) -> None:
    await federal(title="Hund anmelden")
    await Register(name="register").sends(service("Hundesteuer anmelden", leika=KEY))
    async with tenant(TOWN) as scope, transaction():
        await scope.fetch("DELETE FROM feed WHERE name = 'register'")

    await show_once.run(tenant=TOWN)

    assert await shown(belzig) == ["Hund anmelden"]
