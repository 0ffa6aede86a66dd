"""`village accounts …`, as an operator uses it."""

import io
from collections.abc import Iterator

import pytest

from app.cli import main
from app.identity import accounts, memberships
from tests import cast, loop
from tests.village import Village

PASSWORD = "drei Birken am Bahnhof"


@pytest.fixture(autouse=True)
def people(platform: Village) -> Iterator[None]:
    yield
    loop.run(cast.away())


class Command:
    """`village …` in this process, with something on its stdin."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str, given: str = "") -> tuple[int, str, str]:
        self._monkeypatch.setattr("sys.stdin", io.StringIO(given))
        self._capsys.readouterr()
        try:
            code = main(list(arguments))
        except SystemExit as end:
            code = int(end.code or 0)
        told = self._capsys.readouterr()
        return code, told.out, told.err


@pytest.fixture
def village(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(capsys, monkeypatch)


def create(village: Command, email: str = "eva@example.org", *more: str) -> tuple[int, str, str]:
    return village("accounts", "create", email, "--password-stdin", *more, given=PASSWORD + "\n")


def test_an_account_and_its_roles(village: Command) -> None:
    made = create(village, "eva@example.org", "--verified", "--name", "Eva")
    granted = village("accounts", "grant", "eva@example.org", "editor", "--tenant", "bad-belzig")
    again = village("accounts", "grant", "EVA@example.org", "editor", "--tenant", "bad-belzig")
    state = village("accounts", "grant", "eva@example.org", "state", "--area", "12")

    assert made == (0, "eva@example.org has an account.\n", "")
    assert granted == (0, "eva@example.org is editor in bad-belzig.\n", "")
    assert again == (0, "eva@example.org is editor in bad-belzig already.\n", "")
    assert state == (0, "eva@example.org is state.\n", "")
    eva = loop.run(accounts.by_email("eva@example.org"))
    assert eva is not None
    assert eva.verified
    assert eva.has_password
    assert loop.run(memberships.roles_in(eva.id, "bad-belzig"))[0] == {"editor"}
    assert loop.run(memberships.roles_in(eva.id, "")) == (frozenset({"state"}), frozenset(), "12")


def test_an_unconfirmed_account_gets_a_mail(village: Command) -> None:
    code, out, _err = create(village)

    assert code == 0
    assert "A mail asks to confirm" in out
    assert [kind for to, kind, _content in loop.run(cast.mails()) if to == "eva@example.org"] == ["confirm"]


@pytest.mark.parametrize(
    "given",
    ["", "\n", "Birke\n", "passwort123\n", "x" * 200_000],
    ids=["nothing", "an empty line", "too short", "common", "200 kB"],
)
def test_a_password_that_is_none_is_refused(village: Command, given: str) -> None:
    code, out, err = village("accounts", "create", "eva@example.org", "--password-stdin", given=given)

    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "Traceback" not in err
    assert given.strip() == "" or given.strip() not in err
    assert loop.run(accounts.by_email("eva@example.org")) is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("nobody@example.org", "editor", "--tenant", "bad-belzig"),
        ("eva@example.org", "king", "--tenant", "bad-belzig"),
        ("eva@example.org", "owner"),
        ("eva@example.org", "operator", "--tenant", "bad-belzig"),
        ("eva@example.org", "editor", "--tenant", "no-such-town"),
        ("eva@example.org", "provider", "--tenant", "bad-belzig"),
        ("eva@example.org", "provider", "--tenant", "bad-belzig", "--provider", "nobody"),
        ("eva@example.org", "state"),
        ("eva@example.org", "state", "--area", "x"),
    ],
)
def test_a_role_that_can_not_be_is_one_clear_sentence(village: Command, arguments: tuple[str, ...]) -> None:
    create(village, "eva@example.org", "--verified")

    code, out, err = village("accounts", "grant", *arguments)

    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "Traceback" not in err
    eva = loop.run(accounts.by_email("eva@example.org"))
    assert eva is not None
    assert loop.run(memberships.villages_of(eva.id)) == []


def test_an_address_is_taken_once(village: Command) -> None:
    create(village, "eva@example.org", "--verified")

    code, _out, err = create(village, "Eva@Example.org", "--verified")

    assert code == 1
    assert "already" in err
