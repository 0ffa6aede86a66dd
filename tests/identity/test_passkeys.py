"""Passkeys: good for one account, one host and one challenge."""

import asyncio
import json
import random

import pytest
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from app.identity import accounts, passkeys
from app.identity.account import Account
from app.identity.passkeys import BadPasskey
from app.identity.signin import BadSignIn
from app.kit.errors import NotFound
from app.tenancy import control, signals
from tests.identity.authenticator import PRESENT, Authenticator
from tests.identity.letters import somebody
from tests.village import Village

GOOD = "sieben Störche am Teich"


async def person() -> Account:
    return await accounts.create(somebody(), GOOD, verified=True, name="Ada")


async def with_passkey() -> tuple[Account, Authenticator]:
    account, device = await person(), Authenticator()
    await passkeys.register(account, device.create(await passkeys.registration_options(account)), "Telefon")
    return account, device


async def test_a_passkey_signs_in_without_a_name(platform: Village) -> None:
    account, device = await with_passkey()

    options = await passkeys.authentication_options()
    proven = await passkeys.authenticate(device.get(options))

    assert (proven.account_id, proven.amr, proven.needs_second) == (account.id, ("pop", "mfa"), False)
    assert json.loads(options)["allowCredentials"] == []
    assert json.loads(options)["userVerification"] == "required"
    [kept] = await passkeys.listing(account.id)
    assert kept.name == "Telefon"
    assert kept.created_at <= kept.used_at


async def test_what_the_browser_is_asked_names_no_address_of_the_account(platform: Village) -> None:
    account, device = await with_passkey()

    asked = json.loads(await passkeys.registration_options(account))
    second = json.loads(await passkeys.authentication_options(account_id=account.id))

    assert asked["rp"] == {"id": "localhost", "name": "Smart Village"}
    assert len(asked["excludeCredentials"]) == len(second["allowCredentials"]) == 1
    assert asked["user"]["id"] != account.email
    assert device.handle == account.sub.encode()


async def test_an_answer_is_good_once(platform: Village) -> None:
    account, device = await with_passkey()
    options = await passkeys.authentication_options()
    answer = device.get(options)

    tabs = await asyncio.gather(*(passkeys.authenticate(answer) for _ in range(3)), return_exceptions=True)

    assert sum(isinstance(tab, BadSignIn) for tab in tabs) == 2
    with pytest.raises(BadSignIn):
        await passkeys.authenticate(device.get(options))
    options = await passkeys.registration_options(account)
    other = Authenticator()
    await passkeys.register(account, other.create(options))
    with pytest.raises(BadPasskey):
        await passkeys.register(account, Authenticator().create(options))


async def test_a_challenge_of_another_purpose_or_person_is_refused(platform: Village) -> None:
    account, device = await with_passkey()
    eve = await person()

    with pytest.raises(BadSignIn):
        await passkeys.authenticate(device.get(await passkeys.registration_options(account)))
    with pytest.raises(BadPasskey):
        await passkeys.register(eve, Authenticator().create(await passkeys.registration_options(account)))
    with pytest.raises(BadSignIn):
        await passkeys.authenticate(device.get('{"challenge": "bm90IG91cnM"}'))


async def test_a_second_factor_must_be_the_same_person_s(platform: Village) -> None:
    account, device = await with_passkey()
    eve, hers = await with_passkey()

    with pytest.raises(BadSignIn):
        await passkeys.authenticate(
            hers.get(await passkeys.authentication_options(account_id=account.id)), account_id=account.id
        )
    answer = device.get(await passkeys.authentication_options(account_id=account.id))
    assert (await passkeys.authenticate(answer, account_id=account.id)).account_id == account.id
    assert eve.id != account.id


async def test_another_site_s_answer_is_refused(platform: Village) -> None:
    account, device = await with_passkey()

    for origin, host in (
        ("http://localhost.evil.example:8000", "localhost"),
        ("http://bad-belzig.localhost:8000", "localhost"),
        ("http://localhost:8000", "bad-belzig.localhost"),
    ):
        device.origin, device.host = origin, host
        with pytest.raises(BadSignIn):
            await passkeys.authenticate(device.get(await passkeys.authentication_options()))
        stranger = Authenticator(origin, host)
        with pytest.raises(BadPasskey):
            await passkeys.register(account, stranger.create(await passkeys.registration_options(account)))

    assert len(await passkeys.listing(account.id)) == 1


async def test_the_person_must_be_verified_and_the_counter_grow(platform: Village) -> None:
    account, device = await with_passkey()

    device.flags = PRESENT
    with pytest.raises(BadSignIn):
        await passkeys.authenticate(device.get(await passkeys.authentication_options()))
    touched_only = Authenticator()
    touched_only.flags = PRESENT
    with pytest.raises(BadPasskey):
        await passkeys.register(account, touched_only.create(await passkeys.registration_options(account)))
    device.flags, device.count = 5, 10
    await passkeys.authenticate(device.get(await passkeys.authentication_options()))
    device.count = 7  # a copy of the device
    with pytest.raises(BadSignIn):
        await passkeys.authenticate(device.get(await passkeys.authentication_options()))


async def test_a_passkey_belongs_to_one_account(platform: Village) -> None:
    account, device = await with_passkey()
    eve = await person()

    with pytest.raises(BadPasskey):
        await passkeys.register(eve, device.create(await passkeys.registration_options(eve)))
    with pytest.raises(NotFound):
        await passkeys.remove(eve.id, (await passkeys.listing(account.id))[0].id)
    # What the device says about whose it is must be true as well.
    with pytest.raises(BadSignIn):
        await passkeys.authenticate(device.get(await passkeys.authentication_options()))
    device.handle = account.sub.encode()
    assert (await passkeys.authenticate(device.get(await passkeys.authentication_options()))).account_id == account.id


async def test_a_removed_passkey_and_a_closed_account_open_nothing(platform: Village) -> None:
    account, device = await with_passkey()
    closed, theirs = await with_passkey()

    await passkeys.remove(account.id, (await passkeys.listing(account.id))[0].id)
    async with control() as connection:
        await connection.execute("UPDATE account SET state = 'closed' WHERE id = $1", closed.id)

    for gone in (device, theirs):
        with pytest.raises(BadSignIn):
            await passkeys.authenticate(gone.get(await passkeys.authentication_options()))


async def test_challenges_end_after_five_minutes(platform: Village) -> None:
    options = await passkeys.authentication_options()
    client = signals.speaker()

    ages = [await client.ttl(key) async for key in client.scan_iter("identity:challenge:*")]

    assert json.loads(options)["timeout"] == 300_000
    assert ages
    assert all(0 < age <= 300 for age in ages)


async def test_no_account_has_too_many(platform: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    account, _ = await with_passkey()
    answer = Authenticator().create(await passkeys.registration_options(account))
    monkeypatch.setattr(passkeys, "MOST", 1)

    with pytest.raises(passkeys.TooManyPasskeys):
        await passkeys.registration_options(account)
    with pytest.raises(passkeys.TooManyPasskeys):
        await passkeys.register(account, answer)


NONSENSE = ["", "null", "[]", "1", "{}", '{"response": 1}', '{"response": {}}', "[" * 40_000, "x" * 60_000, "\ud800"]


@pytest.mark.parametrize("sent", NONSENSE, ids=range(len(NONSENSE)))
async def test_nonsense_is_refused(platform: Village, sent: str) -> None:
    account = await person()

    with pytest.raises(BadSignIn):
        await passkeys.authenticate(sent)
    with pytest.raises(BadPasskey):
        await passkeys.register(account, sent)


async def test_damaged_answers_are_refused(platform: Village) -> None:
    _, device = await with_passkey()
    dice = random.Random(22)  # noqa: S311 - the same damage in every run

    for turn in range(60):
        sent = json.loads(device.get(await passkeys.authentication_options()))
        damage(sent["response"], ["authenticatorData", "signature", "userHandle"][turn % 3], dice)
        with pytest.raises(BadSignIn):
            await passkeys.authenticate(json.dumps(sent))


async def test_damaged_passkeys_are_refused_and_break_nothing(platform: Village) -> None:
    account = await person()
    dice = random.Random(23)  # noqa: S311 - as above

    refused = 0
    for _ in range(60):
        sent = json.loads(Authenticator().create(await passkeys.registration_options(account)))
        damage(sent["response"], "attestationObject", dice)
        try:
            await passkeys.register(account, json.dumps(sent))
        except BadPasskey:
            refused += 1

    # Nobody vouches for the maker and the first count of a device: a changed bit there is no damage.
    assert refused == 60 - len(await passkeys.listing(account.id))
    assert refused > 40


def damage(response: dict[str, str], field: str, dice: random.Random) -> None:
    """Change one bit, or cut the end off."""
    raw = bytearray(base64url_to_bytes(response[field]))
    place = dice.randrange(1, len(raw))
    if dice.random() < 0.3:
        del raw[place:]
    else:
        raw[place] ^= 1 << dice.randrange(8)
    response[field] = bytes_to_base64url(bytes(raw))
