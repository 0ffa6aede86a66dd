"""The values the process was started with, read once from the environment; builds nothing."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that differs between deployments; what differs between towns lies in `tenants/`."""

    database_url: str = ""
    """`DATABASE_URL`: PostgreSQL DSN of the control database; empty means embedded."""
    redis_url: str = ""
    """`REDIS_URL`: Redis or Valkey URL; empty means embedded."""
    domain: str = "localhost"
    """`VILLAGE_DOMAIN`: the platform's host; a town answers at `<slug>.<domain>`."""
    port: int = 8000
    """`VILLAGE_PORT`: TCP port of the web process."""
    bind: str = "127.0.0.1"
    """`VILLAGE_BIND`: address the web process listens on; loopback unless a proxy stands elsewhere."""
    data: Path = Path(".data")
    """`VILLAGE_DATA`: folder for the embedded servers, media and run files."""
    secret_key: str = ""
    """`VILLAGE_SECRET_KEY`: base of every derived secret; `secret()` makes one when it is empty."""
    oidc_issuer: str = ""
    """`VILLAGE_OIDC_ISSUER`: URL of a foreign OpenID provider; empty means our own."""
    oidc_client_id: str = ""
    """`VILLAGE_OIDC_CLIENT_ID`."""
    oidc_client_secret: str = ""
    """`VILLAGE_OIDC_CLIENT_SECRET`."""
    smtp_url: str = ""
    """`VILLAGE_SMTP_URL`: `smtp://user:password@host:port`."""
    feed_private_hosts: frozenset[str] = frozenset()
    """`VILLAGE_FEED_PRIVATE_HOSTS`: `host:port` that the fetcher may reach although not public."""
    feed_outside: bool = False
    """`VILLAGE_FEED_OUTSIDE`: 1 lets a deployment on `localhost` fetch from the internet; elsewhere it says nothing."""
    cell_capacity: int = 1000
    """`VILLAGE_CELL_CAPACITY`: tenants that one cell takes."""

    @property
    def origin(self) -> str:
        """The platform's address, e.g. `http://localhost:8000`."""
        return self.origin_of(self.domain)

    def origin_of(self, host: str) -> str:
        """The address of a host of this deployment, with scheme and port."""
        return f"http://{host}:{self.port}" if self.is_local else f"https://{host}"

    @property
    def is_local(self) -> bool:
        """Whether this is somebody's own computer, a test or a build: nobody else reaches `localhost`."""
        return self.domain == "localhost" or self.domain.endswith(".localhost")

    @property
    def reaches_out(self) -> bool:
        """Whether it fetches from the internet: a deployment of its own name does, one on `localhost` if it is told."""
        return self.feed_outside or not self.is_local


class InvalidSetting(ValueError):
    """A variable holds a value that can't be used; the text names it and what is allowed."""


def from_env(env: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raises `InvalidSetting` with the variable's name."""
    env = os.environ if env is None else env

    def text(name: str, default: str = "") -> str:
        return env.get(name, "").strip() or default

    def number(name: str, default: int, low: int, high: int) -> int:
        raw = text(name, str(default))
        if not raw.isascii() or not raw.isdigit() or not low <= int(raw) <= high:
            raise InvalidSetting(f"{name} must be a whole number from {low} to {high}, not {raw!r}.")
        return int(raw)

    def switch(name: str) -> bool:
        raw = text(name, "0").lower()
        if raw not in {"0", "1", "false", "true"}:
            raise InvalidSetting(f"{name} must be 1 or 0, not {raw!r}.")
        return raw in {"1", "true"}

    hosts = frozenset(part.strip().lower() for part in text("VILLAGE_FEED_PRIVATE_HOSTS").split(",") if part.strip())
    return Settings(
        database_url=text("DATABASE_URL"),
        redis_url=text("REDIS_URL"),
        domain=text("VILLAGE_DOMAIN", "localhost").lower(),
        port=number("VILLAGE_PORT", 8000, 1, 65535),
        bind=text("VILLAGE_BIND", "127.0.0.1"),
        data=Path(text("VILLAGE_DATA", ".data")).absolute(),
        secret_key=text("VILLAGE_SECRET_KEY"),
        oidc_issuer=text("VILLAGE_OIDC_ISSUER"),
        oidc_client_id=text("VILLAGE_OIDC_CLIENT_ID"),
        oidc_client_secret=text("VILLAGE_OIDC_CLIENT_SECRET"),
        smtp_url=text("VILLAGE_SMTP_URL"),
        feed_private_hosts=hosts,
        feed_outside=switch("VILLAGE_FEED_OUTSIDE"),
        cell_capacity=number("VILLAGE_CELL_CAPACITY", 1000, 1, 100_000),
    )


def named_secret(name: str) -> str:
    """The variable that a town's setting names instead of a secret; the caller says which names it may use."""
    return os.environ.get(name, "").strip()


_used: list[Settings] = []


def settings() -> Settings:
    """The settings of this process."""
    if not _used:
        _used.append(from_env())
    return _used[0]


def use(chosen: Settings) -> None:
    """Work with these from now on: for a command that found or started its servers."""
    _used[:] = [chosen]
