"""What `tenants/` says is read, put together and refused in words that a clerk can act on."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.kit.errors import InvalidInput
from app.tenancy import definition as towns
from app.tenancy import municipality
from app.tenancy.definition import TENANTS, TenantDefinition

FEED = '[[feed]]\nname = "x"\nconnector = "rss"\nurl = "https://a.de/feed"\n'
MINIMAL = 'template = "village"\nags = "12069665"\n'

Write = Callable[..., None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of templates and regions, without towns."""
    folder = tmp_path / "tenants"
    for part in ("templates", "regions"):
        shutil.copytree(TENANTS / part, folder / part)
    return folder


@pytest.fixture
def write(root: Path) -> Write:
    """Writes a file under the copied `tenants/`."""

    def written(path: str, text: str | bytes) -> None:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)

    return written


def found(slug: str, root: Path = TENANTS) -> TenantDefinition:
    town = towns.definition(slug, root)
    assert town is not None
    return town


def municipality_of(ags: str) -> municipality.Municipality:
    one = municipality.by_ags(ags)
    assert one is not None
    return one


# What ships


@pytest.mark.parametrize("slug", towns.slugs())
def test_every_town_of_the_tree_loads(slug: str) -> None:
    town = found(slug)

    assert town.slug == slug
    assert {"news", "events"} <= set(town.capabilities)
    assert [page.name for page in town.pages if page.language == "de"][:5] == [
        "ueber-uns",
        "so-geht-es",
        "impressum",
        "datenschutz",
        "barrierefreiheit",
    ]


def test_bad_belzig_is_filled_in() -> None:
    town = found("bad-belzig")

    assert (town.name, town.official, town.template) == ("Bad Belzig", "Stadt Bad Belzig", "town")
    assert (town.ags, town.ars, town.population) == ("12069020", "120690020020", 11000)
    assert (town.district, town.state, town.postcode) == ("Potsdam-Mittelmark", "Brandenburg", "14806")
    assert [one.name for one in town.providers] == [
        "rathaus",
        "coconat",
        "flaeming365",
        "stadtbibliothek",
        "feuerwehr",
    ]
    feeds = {feed.name: feed for feed in town.feeds}
    assert feeds["flaeming365"].options == {"teaser_only": True}
    assert not feeds["stadtnachrichten"].enabled
    assert "RSS" in feeds["stadtnachrichten"].note
    about = town.page("ueber-uns")
    assert about is not None
    assert "11.000 Menschen" in about.body


def test_every_template_makes_a_town_without_leftovers() -> None:
    seats = {"village": "12069665", "town": "12069020", "amt": "12069216", "district": "12069000"}
    assert set(towns.templates()) == set(seats)

    for name, ags in seats.items():
        town = towns.compose("neuort", name, municipality_of(ags), "Amt Niemegk" if name == "amt" else None)
        texts = [page.title + page.body for page in town.pages] + [one.description for one in town.providers]

        assert not [text for text in texts if "{" in text]
        assert any(page.gaps for page in town.pages if page.name == "impressum")
        assert {page.language for page in town.pages} == {"de", "de-simple", "en"}
        assert town.tagline
        assert "{" not in town.tagline + town.tagline_en
        assert all(one.title_en for one in town.categories)


def test_templates_cover_every_population_once() -> None:
    plans = [one for one in towns.templates().values() if one.kind == "municipality"]

    for population in (0, 1, 4999, 5000, 5001, 11000, 20000, 20001, 3_800_000):
        assert len([one for one in plans if one.fits(population)]) == 1
    assert towns.suggested(5000).name == "village"
    assert towns.suggested(5001).name == "town"


def test_regions_nest_and_cover_by_key() -> None:
    regions = towns.regions()

    assert set(regions) >= {"brandenburg", "potsdam-mittelmark", "uckermark", "prignitz", "vbb"}
    assert regions["vbb"].area == ("11", "12")
    assert regions["vbb"].covers("12069020")
    assert not regions["uckermark"].covers("12069020")
    assert regions["vbb"].feeds[0].licence == "CC-BY-4.0"
    assert [one.name for one in towns.regions_of("12069020")] == ["potsdam-mittelmark", "brandenburg", "vbb"]


def test_no_code_lies_under_tenants() -> None:
    assert not [path for path in TENANTS.rglob("*") if path.suffix in {".py", ".sh", ".js"}]


# Putting together


def test_a_town_needs_template_and_key_only(root: Path, write: Write) -> None:
    write("wiesenburg-mark/tenant.toml", MINIMAL)

    town = found("wiesenburg-mark", root)

    assert (town.name, town.official) == ("Wiesenburg/Mark", "Gemeinde Wiesenburg/Mark")
    assert (town.population, town.postcode, town.district) == (4253, "14827", "Potsdam-Mittelmark")
    assert town == towns.compose("wiesenburg-mark", "village", municipality_of("12069665"), root=root)


def test_a_town_without_a_folder_is_none(root: Path) -> None:
    assert towns.definition("nirgendwo", root) is None
    assert towns.definition("templates", root) is None
    assert towns.definition("../templates", root) is None


def test_the_folder_wins_over_the_template(root: Path, write: Write) -> None:
    write(
        "neuort/tenant.toml",
        MINIMAL + 'tagline = "Hallo"\n[theme]\ncolour = "#123456"\n[capabilities.events]\nenabled = false\n',
    )
    write("neuort/categories.toml", '[[category]]\nname = "eins"\ntitle = "Eins"\n')
    write("neuort/pages/impressum.md", "# Wer wir sind\n\n{official} in {state}\n")
    write("neuort/pages/anfahrt.md", "# Anfahrt\n\nMit dem Bus.\n")

    town = found("neuort", root)

    assert town.tagline == "Hallo"
    assert town.theme.colour == "#123456"
    assert {"news", "pages", "providers"} <= set(town.capabilities)
    assert "events" not in town.capabilities
    assert [one.name for one in town.categories] == ["eins"]
    assert [one.name for one in town.providers] == ["verwaltung"]
    imprint = town.page("impressum", "en")
    assert imprint is not None
    assert (imprint.language, imprint.title) == ("de", "Wer wir sind")
    assert imprint.body == "Gemeinde Wiesenburg/Mark in Brandenburg\n"
    assert town.page("anfahrt") is not None
    assert town.page("datenschutz", "en") is not None


def test_an_amt_and_a_district_have_members() -> None:
    amt = towns.compose("amt-brueck", "amt", municipality_of("12069076"), "Amt Brück")
    district = towns.compose("mittelmark", "district", municipality_of("12069020"))

    assert len(amt.members) == 6
    assert amt.population == sum(municipality_of(ags).population for ags in amt.members)
    assert amt.ars == "120695904000"
    assert (district.name, district.official) == ("Potsdam-Mittelmark", "Landkreis Potsdam-Mittelmark")
    assert len(district.members) == 38
    assert "12069020" in district.members


def test_a_name_given_wins_over_the_register() -> None:
    town = towns.compose("wiesenburg", "village", municipality_of("12069665"), "Wiesenburg")

    assert (town.name, town.official) == ("Wiesenburg", "Gemeinde Wiesenburg")


def test_what_does_not_go_together_is_refused(root: Path, write: Write) -> None:
    belzig, district = municipality_of("12069020"), municipality_of("12069000")
    write("neuort/tenant.toml", MINIMAL)

    for slug, template, one, message in (
        ("www", "town", belzig, "The short name www is reserved for the platform."),
        ("neu", "twon", belzig, 'There is no template twon (did you mean "town"?).'),
        ("neu", "town", district, "neu can't be made: ags is that of a district (Potsdam-Mittelmark), "),
        ("neu", "amt", belzig, "neu can't be made: name is missing; an Amt has no AGS of its own"),
        (
            "neuort",
            "village",
            belzig,
            'tenants/neuort/tenant.toml: ags is "12069665", but the town was to be made with "12069020".',
        ),
    ):
        with pytest.raises(InvalidInput) as caught:
            towns.compose(slug, template, one, root=root)
        assert str(caught.value).startswith(message)


# Slugs


@pytest.mark.parametrize("slug", ["bad-belzig", "ulm", "b2", "amt-bad-wilsnack-weisen", "a" * 40])
def test_a_slug(slug: str) -> None:
    assert towns.valid_slug(slug)


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "a",
        "a" * 41,
        "1a",
        "-a",
        "a-",
        "a--b",
        "Ulm",
        "bad_belzig",
        "müncheberg",
        "a.b",
        "ab\n",
        "www",
        "api",
        "admin",
    ],
)
def test_no_slug(slug: str) -> None:
    assert not towns.valid_slug(slug)
    assert towns.slug_problem(slug)


def test_a_secret_is_named(root: Path, write: Write) -> None:
    write("neuort/tenant.toml", MINIMAL)
    write("neuort/feeds.toml", FEED + '[feed.options]\npassword = "env:SOURCE_PASSWORD"\n')

    assert found("neuort", root).feeds[0].options == {"password": "env:SOURCE_PASSWORD"}


def test_a_feed_for_a_later_connector_waits(root: Path, write: Write) -> None:
    write("neuort/tenant.toml", MINIMAL)
    write("neuort/feeds.toml", '[[feed]]\nname = "x"\nconnector = "gtfs_rt"\nenabled = false\nnote = "Folgt."\n')

    assert found("neuort", root).feeds[0].connector == "gtfs_rt"
