"""Each mistake under `tenants/` is refused with the file, the key and what is allowed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.tenancy import definition as towns
from app.tenancy.definition import TENANTS, DefinitionError

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


def refusal(root: Path, slug: str = "neuort") -> str:
    with pytest.raises(DefinitionError) as caught:
        towns.definition(slug, root)
    return str(caught.value)


# Mistakes in a town

TENANT_MISTAKES = {
    'template = "village"\n': "ags is missing.",
    "template = village\n": "line 1 is no valid TOML: invalid value (column 12).",
    'template = "village"\nags = "1206': "line 2 is no valid TOML: unterminated string (the end of the file).",
    'ags = "12069665"\ntemplate = "vilage"': 'template "vilage" is no template (did you mean "village"?).',
    MINIMAL + 'nam = "X"\n': 'nam is unknown (did you mean "name"?).',
    MINIMAL + "population = '11000'\n": 'population must be a whole number, not text in "quotes".',
    MINIMAL + "population = -1\n": "population must not be below 0.",
    MINIMAL + 'hosts = "a.de"\n': 'hosts must be a list, not text in "quotes".',
    MINIMAL + 'hosts = ["https://a.de"]\n': 'hosts must be small host names like "app.example.de", not "https://a.de".',
    MINIMAL + 'hosts = ["a.de", "a.de"]\n': 'host "a.de" stands twice; each name may stand once.',
    MINIMAL + 'zone = "Europe/Belzig"\n': 'zone must be a time zone like "Europe/Berlin", not "Europe/Belzig".',
    MINIMAL + "lat = 12.6\nlon = 52.1\n": "lat must be from 47 to 56, not 12.6.",
    MINIMAL + '[theme]\ncolor = "#123456"\n': 'theme.color is unknown (did you mean "colour"?).',
    MINIMAL + '[theme]\ncolour = "green"\n': 'theme.colour must be a colour like "#1f5c45", not "green".',
    MINIMAL + '[theme]\ncolour = "#ffcc00"\n': "theme.colour is too light to be read: contrast 1.4 of at least 4.5; "
    "#896e00 would do.",
    MINIMAL + '[theme]\narms = "static/wappen.svg"\n': 'theme.arms names "static/wappen.svg", which is not there.',
    MINIMAL
    + '[theme]\narms = "../x.svg"\n': "theme.arms must be an .svg, .png or .webp file in the town's own folder.",
    MINIMAL + "[capabilities.newz]\n": 'capabilities.newz "newz" is no capability (did you mean "news"?).',
    MINIMAL + "[capabilities]\nnews = true\n": "capabilities must be a table, not true or false.",
    MINIMAL + "[capabilities.news]\nenabled = 'no'\n": "capabilities.news.enabled must be true or false.",
    MINIMAL + 'pages = ["impresum"]\n': 'pages "impresum" has no file tenants/neuort/pages/impresum.md '
    '(did you mean "impressum"?).',
    MINIMAL
    + 'members = ["12069020"]\n': "members are for an Amt or a Landkreis; this template is for one municipality.",
    MINIMAL + 'website = "bad-belzig.de"\n': 'website must begin with "https://" or "http://" and name a host, '
    'not "bad-belzig.de".',
    'template = "village"\nags = "1206966"\n': 'ags must be 8 digits, the first two from 01 to 16, not "1206966".',
    'template = "village"\nags = "12069999"\n': 'ags "12069999" is in no line of tenants/register/municipalities.tsv.',
    'template = "amt"\nags = "12069020"\nname = "Amt X"\n': "members is missing; Bad Belzig belongs to no Amt, "
    "so the AGS of the members must be listed.",
    'template = "amt"\nags = "12069020"\nname = "Amt X"\nmembers = ["1"]\n': 'members holds "1", '
    "which is no municipality of the register.",
}


@pytest.mark.parametrize(("text", "message"), TENANT_MISTAKES.items(), ids=list(TENANT_MISTAKES.values()))
def test_a_mistake_in_a_town(root: Path, write: Write, text: str, message: str) -> None:
    write("neuort/tenant.toml", text)

    assert refusal(root) == f"tenants/neuort/tenant.toml: {message}"


FEED = '[[feed]]\nname = "x"\nconnector = "rss"\nurl = "https://a.de/feed"\n'
LIST_MISTAKES = {
    ("feeds.toml", FEED + "evry_minutes = 5\n"): 'feed "x".evry_minutes is unknown (did you mean "every_minutes"?).',
    ("feeds.toml", '[[feed]]\nconnector = "rss"\n'): "feed number 1.name is missing.",
    ("feeds.toml", FEED.replace("[[feed]]", "[feed]")): "feed must be a list, not a table; "
    "write [[feed]] with two brackets.",
    ("feeds.toml", FEED.replace('"rss"', '"rsss"')): 'feed "x".connector "rsss" is unknown (did you mean "rss"?).',
    (
        "feeds.toml",
        FEED.replace("https", "ftp"),
    ): 'feed "x".url must begin with "https://" or "http://" and name a host, not "ftp://a.de/feed".',
    ("feeds.toml", FEED.replace("a.de", "me:pw@a.de")): 'feed "x".url must hold no user and password; '
    'name a variable under options: "env:NAME".',
    ("feeds.toml", '[[feed]]\nname = "x"\nconnector = "rss"\n'): 'feed "x".url is missing; '
    "without it the feed must say enabled = false.",
    ("feeds.toml", FEED + "every_minutes = 0\n"): 'feed "x".every_minutes must be from 1 to 10080, not 0.',
    ("feeds.toml", FEED + 'members = ["12069020"]\n'): 'feed "x".members belongs into a region\'s file; '
    "a town's feed is the town's.",
    ("feeds.toml", FEED + FEED): 'feed "x" stands twice; each name may stand once.',
    ("feeds.toml", FEED + 'provider = "verwaltng"\n'): 'feed "x".provider "verwaltng" is unknown '
    '(did you mean "verwaltung"?).',
    ("feeds.toml", FEED + "[feed.options]\napi_key = 'abc'\n"): "feed.options.api_key must name a variable of the "
    'environment, e.g. "env:SOURCE_PASSWORD".',
    (
        "feeds.toml",
        FEED + "[feed.options]\nclient_secret = 5\n",
    ): 'feed.options.client_secret must name a variable of the environment, e.g. "env:SOURCE_PASSWORD".',
    ("categories.toml", '[[category]]\nname = "x"\ntitle = "X"\n' * 2): 'category "x" stands twice; '
    "each name may stand once.",
    (
        "categories.toml",
        '[[category]]\nname = "X y"\ntitle = "X"\n',
    ): 'category "X y".name must begin with a small letter and hold a-z, 0-9 and single hyphens only.',
    ("categories.toml", '[[category]]\nname = "x"\ntitle = " "\n'): 'category "x".title must not be empty.',
    (
        "categories.toml",
        '[[category]]\nname = "x"\ntitle = "X"\ncapabilities = ["event"]\n',
    ): 'category "x".capabilities "event" is no capability (did you mean "events"?).',
    (
        "providers.toml",
        '[[provider]]\nname = "x"\ntitle = "X"\nkind = "clubb"\n',
    ): 'provider "x".kind can\'t be "clubb" (did you mean "club"?).',
    (
        "providers.toml",
        '[[provider]]\nname = "x"\ntitle = "X"\nemail = "x"\n',
    ): 'provider "x".email must be a mail address, not "x".',
    ("providers.toml", '[[provider]]\nname = "x"\ntitle = "X"\nlat = 52\n'): 'provider "x" needs lat and lon together.',
    (
        "providers.toml",
        b'[[provider]]\nname = "x"\ntitle = "M\xfcller"\n',
    ): "line 3 is not UTF-8; save the file as UTF-8.",
    ("pages/impressum.md", "Impressum\n"): 'line 1 must be the heading of the page, like "# Impressum".',
    ("pages/impressum.md", "# I\n{distrikt}\n"): '{distrikt} is no placeholder (did you mean "district"?).',
    ("feed.toml", FEED): 'is no file of a town (did you mean "feeds.toml"?).',
    ("static/x.py", "print()"): "is code; a town is data only.",
}


@pytest.mark.parametrize(("place", "message"), LIST_MISTAKES.items(), ids=list(LIST_MISTAKES.values()))
def test_a_mistake_in_another_file(root: Path, write: Write, place: tuple[str, str | bytes], message: str) -> None:
    file, text = place
    write("neuort/tenant.toml", MINIMAL)
    write(f"neuort/{file}", text)

    assert refusal(root) == f"tenants/neuort/{file}: {message}"


def test_a_folder_without_its_main_file(root: Path, write: Write) -> None:
    write("neuort/feeds.toml", FEED)

    assert refusal(root) == "tenants/neuort/tenant.toml: can't be read (No such file or directory)."


# Mistakes in a template or a region


def test_a_mistake_in_a_template(root: Path) -> None:
    path = root / "templates" / "village" / "template.toml"
    text = path.read_text(encoding="utf-8")

    for old, new, message in (
        ("population_to = 5000", "population_to = -1", "population_to must not be below population_from"),
        ('colour = "#2f5d34"', "", "theme.colour is missing."),
        ("[capabilities.events]", "[capabilities.eventz]", 'capabilities.eventz "eventz" is no capability'),
        (
            '"datenschutz"',
            '"datenschuts"',
            'pages "datenschuts" has no file tenants/templates/village/pages/datenschuts.md',
        ),
        ('"{official}"', '"{officiel}"', '{officiel} is no placeholder (did you mean "official"?).'),
    ):
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

        with pytest.raises(DefinitionError) as caught:
            towns.template("village", root)

        assert str(caught.value).startswith(f"tenants/templates/village/template.toml: {message}")


def test_a_mistake_in_a_region(root: Path, write: Write) -> None:
    head = 'title = "X"\nkind = "district"\n'

    for text, message in (
        (head, 'members is missing; give beginnings of AGS (["12069"]) or includes.'),
        (head + 'members = ["99"]\n', 'members holds "99", which is no state (2 digits), district (5) or'),
        (head + 'includes = ["brandenbrug"]\n', 'includes "brandenbrug" is no region (did you mean "brandenburg"?).'),
        (head.replace("district", "land") + 'members = ["12"]\n', 'kind can\'t be "land" (allowed: '),
        (
            head + 'members = ["12"]\n' + FEED + 'members = ["99"]\n',
            'feed "x".members holds "99", which is no state (2 digits), district (5) or',
        ),
        (
            head + 'members = ["12069"]\n' + FEED + 'members = ["12070"]\n',
            'feed "x".members "12070" lies outside of the region.',
        ),
        (
            head + 'members = ["12"]\n' + FEED + 'provider = "x"\n',
            'feed "x".provider "x" is unknown (there are none yet).',
        ),
    ):
        write("regions/neu.toml", text)

        with pytest.raises(DefinitionError) as caught:
            towns.regions(root)

        assert str(caught.value).startswith(f"tenants/regions/neu.toml: {message}")


def test_regions_that_include_each_other_are_refused_with_the_way_round(root: Path, write: Write) -> None:
    for name, other in (("eins", "zwei"), ("zwei", "drei"), ("drei", "eins")):
        write(f"regions/{name}.toml", f'title = "X"\nkind = "transport"\nincludes = ["{other}"]\n')

    with pytest.raises(DefinitionError) as caught:
        towns.regions(root)

    assert str(caught.value) == "tenants/regions/drei.toml: includes leads in a circle: drei → eins → zwei → drei."
    assert (caught.value.file, caught.value.key) == ("tenants/regions/drei.toml", "includes")
