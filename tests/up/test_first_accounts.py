"""What the first start prints once: an owner of the first town, somebody of its state, and no log knows them."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.identity import accounts, memberships, signin
from app.up import child, parts, prepare
from tests import cast, loop
from tests.village import Village


@pytest.fixture(autouse=True)
def people(platform: Village) -> Iterator[None]:
    loop.run(cast.away())
    yield
    loop.run(cast.away())


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Password by address, as printed."""
    out = capsys.readouterr().out
    lines = [line for line in out.split("\n") if "password" in line]
    assert all(line.startswith(child.FOR_EYES_ONLY) for line in lines)
    return dict(re.findall(r"(\S+@\S+)\s+password (\S+)", out))


async def test_they_are_told_once_and_work(capsys: pytest.CaptureFixture[str]) -> None:
    await prepare._first_accounts()
    first = told(capsys)
    await prepare._first_accounts()

    assert told(capsys) == {}
    assert set(first) == {prepare.FIRST_OWNER, prepare.FIRST_STATE}
    assert len(set(first.values())) == 2
    for email, password in first.items():
        proven = await signin.by_password(email, password, "127.0.0.1")
        account = await accounts.by_email(email)
        assert account is not None
        assert proven.account_id == account.id
        roles = [(one.tenant, one.role, one.area) for one in await memberships.villages_of(account.id)]
        expected = ("bad-belzig", "owner", "") if email == prepare.FIRST_OWNER else ("", "state", "12")
        assert roles == [expected]


async def test_a_deployment_that_has_people_gets_none(capsys: pytest.CaptureFixture[str]) -> None:
    await cast.person("eva")

    await prepare._first_accounts()

    assert told(capsys) == {}
    assert await accounts.by_email(prepare.FIRST_OWNER) is None


def test_a_password_is_shown_and_not_logged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log").mkdir()
    words = f"print('before'); print({child.FOR_EYES_ONLY!r} + 'password abc'); print('after')"
    one = child.Child("prepare", (sys.executable, "-c", words), {}, tmp_path)

    one.start()
    while one.running():
        one.read()
    one.close()

    assert "password abc" in capsys.readouterr().out
    assert (tmp_path / "log" / "prepare.log").read_text() == "before\nafter\n"
    assert one.last_line == "after"


def test_only_the_preparation_is_told_that_it_may() -> None:
    from app.settings import Settings

    assert parts.FIRST_ACCOUNTS not in parts.environment(Settings())
