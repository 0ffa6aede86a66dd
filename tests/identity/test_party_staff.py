"""A town's own issuer for its staff: it opens this town and nothing that belongs to somebody else."""

from collections.abc import Iterator

import msgspec
import pytest
from lxml import html

from app.identity import accounts, sessions
from app.identity.party import provider
from app.settings import named_secret, settings, use
from tests import loop
from tests.identity.issuer import SECRET, Issuer
from tests.identity.roaming import Roamer
from tests.identity.steps import HOST, begun, come_back, nobody, refused, told
from tests.village import Village


@pytest.fixture
def staff(belzig: Village, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    """Bad Belzig's staff has an issuer of its own beside ours."""
    before = settings()
    monkeypatch.setenv("VILLAGE_OIDC_SECRET_BAD_BELZIG", SECRET)
    with Issuer() as made:
        use(msgspec.structs.replace(before, feed_private_hosts=frozenset({made.address})))
        loop.run(told(made.url, "env:VILLAGE_OIDC_SECRET_BAD_BELZIG"))
        yield made
    use(before)
    provider.forget()
    loop.run(nobody())


async def test_staff_choose_their_own_issuer(platform: Village, staff: Issuer) -> None:
    roamer = Roamer(platform, HOST)
    page = html.fromstring((await roamer.get("/sign-in?next=/events")).text)
    links = page.xpath("//main//a/@href")
    assert links == ["/sign-in?with=account&next=/events", "/sign-in?with=staff&next=/events"]

    roamer = await come_back(await begun(platform, staff, links[1]))

    assert roamer.answer.headers["location"] == "/events"
    assert await roamer.session() is not None
    await roamer.get("/sign-in?with=account")
    assert roamer.led_to == f"{settings().origin}/identity/authorize"


async def test_a_town_s_issuer_opens_no_account_of_somebody_else(platform: Village, staff: Issuer) -> None:
    there = await accounts.create("ada@kreis.example", verified=True, name="Ada")

    session = await (await come_back(await begun(platform, staff, "/sign-in?with=staff"))).session()

    assert session is not None
    assert session.account_id != there.id
    assert await accounts.by_email("ada@kreis.example") == there


async def test_a_town_s_issuer_keeps_no_address_from_its_owner(platform: Village, staff: Issuer) -> None:
    session = await (await come_back(await begun(platform, staff, "/sign-in?with=staff"))).session()

    later = await accounts.create("ada@kreis.example", verified=True, name="Ada")

    assert session is not None
    assert session.account_id != later.id


async def test_whoever_is_signed_in_joins_their_work_account(platform: Village, staff: Issuer) -> None:
    there = await accounts.create("ada@example.org", verified=True, name="Ada")
    roamer = Roamer(platform, HOST)
    roamer.mine[sessions.COOKIE] = await sessions.start(account_id=there.id, kind="village", host=HOST)
    await roamer.get("/sign-in?with=staff")
    staff.nonce = roamer.asked["nonce"]

    session = await (await come_back(roamer)).session()

    assert session is not None
    assert session.account_id == there.id


@pytest.mark.parametrize("name", ["env:DATABASE_URL", "env:VILLAGE_OIDC_SECRET_WIESENBURG_MARK", "in plain text"])
async def test_a_town_can_name_no_secret_but_its_own(platform: Village, staff: Issuer, name: str) -> None:
    await told(staff.url, name)
    roamer = Roamer(platform, HOST)

    await roamer.get("/sign-in?with=staff")

    await refused(roamer, "client", 502)
    assert named_secret("DATABASE_URL")


async def test_a_town_s_issuer_lies_in_no_private_network(platform: Village, staff: Issuer) -> None:
    use(msgspec.structs.replace(settings(), feed_private_hosts=frozenset()))
    roamer = Roamer(platform, HOST)

    await roamer.get("/sign-in?with=staff")

    await refused(roamer, "metadata", 502)
    assert staff.asked == []
