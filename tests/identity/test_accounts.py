"""Accounts: nobody learns who has one, every link works once, nobody prepares one for somebody else."""

import asyncio
import time
from datetime import timedelta

import pytest

from app.identity import accounts, links, passwords, sessions, signin
from app.identity.account import Account
from app.kit import clock
from app.kit.errors import InvalidInput
from app.tenancy import control, control_transaction
from tests.identity.letters import kinds, mails, somebody, token
from tests.village import Village

GOOD = "sieben Störche am Teich"
OTHER = "ein Fahrrad voller Kirschen"
CONSENT = "2026-11-22"


async def registered(email: str, password: str = GOOD) -> Account:
    await accounts.register(email, "Ada Adler", password, "de", CONSENT)
    return await accounts.confirm(await token(email, "confirm"))


async def rows(query: str, *values: object) -> int:
    async with control() as connection:
        return int(await connection.fetchval(query, *values))


async def test_an_account_begins_with_the_link_in_the_mail(platform: Village) -> None:
    email = somebody()

    await accounts.register(email, "Ada Adler", GOOD, "en", CONSENT)
    before = await accounts.by_email(email)
    account = await accounts.confirm(await token(email, "confirm"))

    assert before is None
    assert (account.email, account.name, account.locale) == (email, "Ada Adler", "en")
    assert account.verified
    assert account.has_password
    assert (await accounts.by_sub(account.sub), await accounts.by_id(account.id)) == (account, account)
    assert (
        await rows(
            "SELECT count(*) FROM consent WHERE account_id = $1 AND document = 'privacy' AND version = $2",
            account.id,
            CONSENT,
        )
        == 1
    )
    assert (await signin.by_password(email, GOOD, "192.0.2.1")).account_id == account.id


async def test_two_tabs_with_the_same_link_make_one_account(platform: Village) -> None:
    email = somebody()
    await accounts.register(email, "Ada", GOOD, "de", CONSENT)
    link = await token(email, "confirm")

    first, second = await asyncio.gather(accounts.confirm(link), accounts.confirm(link))

    assert first == second == await accounts.confirm(link)
    assert await rows("SELECT count(*) FROM account WHERE email_key = $1", email) == 1
    assert await rows("SELECT count(*) FROM consent WHERE account_id = $1", first.id) == 1


async def test_a_known_address_is_told_by_mail_only(platform: Village) -> None:
    known, unknown = somebody(), somebody()
    account = await registered(known)

    times = []
    for email in (known.upper(), unknown):
        started = time.perf_counter()
        await accounts.register(email, "Eve", OTHER, "de", CONSENT)
        times.append(time.perf_counter() - started)

    assert await kinds(known) == ["confirm", "known-address"]
    assert await kinds(unknown) == ["confirm"]
    assert min(times) >= 0.39
    assert await accounts.by_id(account.id) == account
    with pytest.raises(signin.BadSignIn):
        await signin.by_password(known, OTHER, "192.0.2.1")


async def test_a_stranger_can_t_prepare_an_account_for_somebody_else(platform: Village) -> None:
    email = somebody()

    await accounts.register(email, "Ada", GOOD, "de", CONSENT)
    hers = await token(email, "confirm")
    await accounts.register(email, "Mallory http://evil.example", OTHER, "de", CONSENT)
    account = await accounts.confirm(hers)

    assert account.name == "Ada"
    assert all(content.keys() == {"link"} for _, content in await mails(email))
    with pytest.raises(signin.BadSignIn):
        await signin.by_password(email, OTHER, "192.0.2.1")
    # The second link, opened by mistake, changes nothing any more.
    assert await accounts.confirm(await token(email, "confirm")) == account
    assert (await signin.by_password(email, GOOD, "192.0.2.1")).account_id == account.id


async def test_an_unconfirmed_account_becomes_that_of_who_reads_the_mail(platform: Village) -> None:
    email = somebody()
    made = await accounts.create(email, OTHER)
    with pytest.raises(signin.BadSignIn):
        await signin.by_password(email, OTHER, "192.0.2.2")

    account = await registered(email)

    assert account.id == made.id
    assert (await signin.by_password(email, GOOD, "192.0.2.2")).account_id == made.id
    with pytest.raises(accounts.AddressTaken):
        await accounts.create(email, GOOD, verified=True)


async def test_the_command_line_s_account_is_confirmed_by_its_mail(platform: Village) -> None:
    email = somebody()
    made = await accounts.create(email, GOOD, verified=False, name="Karl")

    confirmed = await accounts.confirm(await token(email, "confirm"))

    assert not made.verified
    assert confirmed.verified
    assert confirmed.id == made.id


@pytest.mark.parametrize(
    ("email", "name", "password", "consent", "field"),
    [
        ("no address", "Ada", GOOD, CONSENT, "email"),
        ("ada@post.example", "A" * 101, GOOD, CONSENT, "name"),
        ("ada@post.example", "Ada", "kurz", CONSENT, "password"),
        ("ada@post.example", "Ada", "x" * 1_000_000, CONSENT, "password"),
        ("ada@post.example", "Ada", GOOD, "", "consent"),
    ],
)
async def test_a_registration_tells_which_field_is_wrong(
    platform: Village, email: str, name: str, password: str, consent: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await accounts.register(email, name, password, "de", consent)

    assert list(refused.value.fields) == [field]
    assert await kinds("ada@post.example") == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        ("  ada@example.org ", "ada@example.org"),
        ("\uff41\uff44\uff41\uff20example.org", "ada@example.org"),
        ("ⓐda@example.org", "ada@example.org"),
        ("ada@müller.example", "ada@xn--mller-kva.example"),
        ("ada@MÜLLER.example", "ada@xn--mller-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        # A Cyrillic host stays another host, and shows as such.
        ("ada@\u0435\u0445ample.org", "ada@xn--ample-ywe6i.org"),
    ],
)
def test_an_address_has_one_spelling(typed: str, kept: str) -> None:
    assert accounts.normalised(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@localhost",
        "\u0430da@example.org",  # a Cyrillic letter in front
        "ada@example.org\r\nBcc: eve@example.org",
        "ada\n@example.org",
        "Ada <ada@example.org>",
        "ada@example.org,eve@example.org",
        "ada@exa mple.org",
        "ada@example..org",
        "ada@-example.org",
        "ada@[127.0.0.1]",
        "a" * 65 + "@example.org",
        "ada@" + "a." * 130 + "org",
        "ada\0@example.org",
        "ada\ud800@example.org",
        "x" * 1_000_000 + "@example.org",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(accounts.BadAddress):
        accounts.normalised(typed)


async def test_a_name_has_one_line_and_no_direction(platform: Village) -> None:
    account = await accounts.create(somebody(), GOOD, verified=True, name="  Ada\r\nBcc: x\u202e\0  Adler\u0301 ")

    assert account.name == "Ada Bcc: x Adleŕ"
    await accounts.rename(account.id, "Ada Lehmann")
    changed = await accounts.by_id(account.id)
    assert changed is not None
    assert changed.name == "Ada Lehmann"


async def test_a_new_password_signs_out_everywhere(platform: Village) -> None:
    email = somebody()
    account = await registered(email)
    cookie = await sessions.start(account_id=account.id, kind="issuer", host="localhost", sid="1", amr=("pwd",))

    await accounts.request_reset(email.upper())
    await accounts.request_reset(email)
    earlier = await token(email, "reset")
    with pytest.raises(accounts.WeakPassword):
        await accounts.reset(earlier, "kurz")
    await accounts.reset(earlier, OTHER)

    assert await sessions.find(cookie, "localhost") is None
    assert (await kinds(email))[-1] == "password-changed"
    assert (await signin.by_password(email, OTHER, "192.0.2.3")).account_id == account.id
    with pytest.raises(signin.BadSignIn):
        await signin.by_password(email, GOOD, "192.0.2.3")
    with pytest.raises(accounts.BadLink):
        await accounts.reset(earlier, GOOD)
    # The other link that lay in the letter box is worthless, too.
    async with control() as connection:
        assert (
            await connection.fetchval(
                "SELECT count(*) FROM one_time_token WHERE account_id = $1 AND used_at IS NULL", account.id
            )
            == 0
        )


async def test_of_two_resets_at_once_one_wins(platform: Village) -> None:
    email = somebody()
    await registered(email)
    await accounts.request_reset(email)
    link = await token(email, "reset")

    answers = await asyncio.gather(accounts.reset(link, OTHER), accounts.reset(link, OTHER), return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["Account", "BadLink"]


async def test_a_reset_for_nobody_takes_as_long_and_sends_nothing(platform: Village) -> None:
    unknown = somebody()
    started = time.perf_counter()

    await accounts.request_reset(unknown)

    assert time.perf_counter() - started >= 0.14
    assert await kinds(unknown) == []


async def test_links_end(platform: Village) -> None:
    email = somebody()
    account = await registered(email)
    await accounts.request_reset(email)
    await accounts.request_email_change(account.id, somebody("neu"))
    reset = await token(email, "reset")

    with clock.at(clock.now() + timedelta(hours=1, seconds=1)):
        with pytest.raises(accounts.BadLink):
            await accounts.reset(reset, OTHER)
        for wrong in ("", "x", "\0", "\ud800", "é" * 5000, await token(email, "confirm")):
            with pytest.raises(accounts.BadLink):
                await accounts.reset(wrong, OTHER)
    with clock.at(clock.now() + timedelta(days=3)):
        await links.sweep()

    assert await rows("SELECT count(*) FROM one_time_token WHERE account_id = $1", account.id) == 0


async def test_a_new_address_is_confirmed_and_the_old_one_is_told(platform: Village) -> None:
    old, new = somebody("alt"), somebody("neu")
    account = await registered(old)
    await accounts.request_reset(old)
    stale = await token(old, "reset")

    await accounts.request_email_change(account.id, new)
    unchanged = await accounts.by_id(account.id)
    link = await token(new, "email-change-new")
    tabs = await asyncio.gather(accounts.confirm_email_change(link), accounts.confirm_email_change(link))

    assert unchanged == account
    assert [tab.email for tab in tabs] == [new, new]
    assert (await mails(old))[-1] == ("email-change-old", {"new_email": new, "name": "Ada Adler"})
    assert await accounts.by_email(old) is None
    # Whoever reads the old letter box can't take the account with a link that lies there.
    with pytest.raises(accounts.BadLink):
        await accounts.reset(stale, OTHER)


async def test_a_new_address_that_is_known_tells_nobody_but_its_owner(platform: Village) -> None:
    mine, theirs = somebody(), somebody("eve")
    account = await registered(mine)
    await registered(theirs)

    await accounts.request_email_change(account.id, theirs)

    assert (await kinds(mine))[-1] == "email-change-old"
    assert (await kinds(theirs))[-1] == "known-address"


async def test_an_address_taken_meanwhile_is_refused(platform: Village) -> None:
    account, new = await registered(somebody()), somebody("neu")
    await accounts.request_email_change(account.id, new)
    link = await token(new, "email-change-new")
    await accounts.create(new, GOOD, verified=True)

    with pytest.raises(accounts.BadLink):
        await accounts.confirm_email_change(link)

    assert await accounts.by_id(account.id) == account


async def test_the_present_password_is_asked_for(platform: Village) -> None:
    email = somebody()
    account = await registered(email)

    with pytest.raises(accounts.WrongPassword):
        await accounts.change_password(account.id, OTHER, OTHER)
    with pytest.raises(accounts.WeakPassword):
        await accounts.change_password(account.id, GOOD, email + email)
    await accounts.change_password(account.id, GOOD, OTHER)

    assert (await signin.by_password(email, OTHER, "192.0.2.4")).account_id == account.id
    assert (await kinds(email))[-1] == "password-changed"


async def test_nothing_is_left_of_what_was_rolled_back(platform: Village) -> None:
    email = somebody()

    async def made_in_vain() -> None:
        async with control_transaction():
            await accounts.create(email, GOOD)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await made_in_vain()

    assert await accounts.by_email(email) is None
    assert await kinds(email) == []


async def test_the_database_can_t_be_used_by_who_reads_it(platform: Village) -> None:
    email = somebody()
    await accounts.register(email, "Ada Adler", GOOD, "de", CONSENT)
    link = await token(email, "confirm")

    async with control() as connection:
        kept = str(await connection.fetch("SELECT * FROM one_time_token WHERE email = $1", email))
        mail = str(await connection.fetch("SELECT * FROM mail WHERE recipient = $1", email))

    assert email in kept
    assert email in mail
    assert link not in kept + mail
    assert "Adler" not in kept
    assert "argon2" not in kept
    assert await passwords.verify("", GOOD) is False
