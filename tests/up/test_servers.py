"""The embedded servers alone: who they run as, what they keep, where they may lie."""

import asyncio
import os
import shutil
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import msgspec
import psutil
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.settings import from_env
from app.up import folder, servers
from app.up.folder import CannotStart


@pytest.fixture
def running(data: Path) -> Iterator[servers.Servers]:
    started = servers.start(data)
    yield started
    started.stop()


def ask(url: str, query: str) -> object:
    async def asked() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(asked())


def test_postgres_is_made_for_german_towns(running: servers.Servers) -> None:
    assert str(ask(running.database_url, "SHOW server_version")).startswith("17")
    assert ask(running.database_url, "SHOW fsync") == "on"
    assert ask(running.database_url, "SELECT lower('ÄÖÜ')") == "äöü"
    assert ask(running.database_url, "SELECT to_tsvector('german', '„Häuser“ – ÄRZTE')::text") == "'arzt':2 'haus':1"
    for extension in ("pg_trgm", "citext", "btree_gist", "pgcrypto", "unaccent"):
        ask(running.database_url, f"CREATE EXTENSION IF NOT EXISTS {extension}")


def test_the_login_makes_roles_and_databases_but_is_no_superuser(running: servers.Servers) -> None:
    found = ask(
        running.database_url,
        "SELECT (rolsuper, rolcreaterole, rolcreatedb)::text FROM pg_roles WHERE rolname = current_user",
    )

    assert found == "(f,t,t)"


def test_both_want_their_password(running: servers.Servers) -> None:
    assert running.postgres
    assert running.valkey

    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(running.database_url.replace(running.postgres.known.postgres_password, "wrong"), "SELECT 1")
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(running.database_url.replace("village:", "postgres:", 1), "SELECT 1")
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=running.valkey.known.valkey_port, retry=Retry(NoBackoff(), 0)).ping()


def test_they_listen_on_loopback_only(running: servers.Servers) -> None:
    for server in running.all:
        assert server.process
        lines = psutil.Process(server.process.pid).net_connections()
        assert {line.laddr.ip for line in lines if line.status == psutil.CONN_LISTEN} == {"127.0.0.1"}
        assert not [line for line in lines if line.family == socket.AF_UNIX and line.laddr]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_as_root_they_run_as_another_user(running: servers.Servers) -> None:
    for server in running.all:
        assert server.process
        uids = psutil.Process(server.process.pid).uids()
        assert 0 not in uids
        assert (running.data / server.name).stat().st_uid == uids.real


def test_secrets_are_for_their_owner_only(running: servers.Servers) -> None:
    folder.secret(running.data)

    for name in ("servers.json", "secret"):
        assert stat.S_IMODE((running.data / name).stat().st_mode) == 0o600
    for name in ("postgres", "valkey", "log"):
        assert stat.S_IMODE((running.data / name).stat().st_mode) == 0o700


def test_rows_jobs_and_ports_outlive_a_restart(data: Path) -> None:
    first = servers.start(data)
    ask(first.database_url, "CREATE TABLE kept AS SELECT 12069020 AS ags")
    queue = redis.from_url(first.redis_url)
    queue.rpush("queue", "job")
    queue.close()
    first.stop()

    second = servers.start(data)

    queue = redis.from_url(second.redis_url)
    try:
        assert (second.database_url, second.redis_url) == (first.database_url, first.redis_url)
        assert ask(second.database_url, "SELECT ags FROM kept") == 12069020
        assert queue.lrange("queue", 0, -1) == [b"job"]
    finally:
        queue.close()
        second.stop()


def test_a_taken_port_and_lost_passwords_are_replaced(data: Path) -> None:
    before, _ = folder.credentials(data)
    (data / "servers.json").unlink()
    other = folder.Credentials(before.postgres_port, "lost", before.valkey_port, "lost")
    folder.write_private(data / "servers.json", msgspec.json.encode(other).decode()[:-3])

    with socket.create_server(("127.0.0.1", before.postgres_port)):
        started = servers.start(data)
        try:
            assert f":{before.postgres_port}/" not in started.database_url
            assert ask(started.database_url, "SELECT 1") == 1
        finally:
            started.stop()


def test_a_foreign_process_number_in_postmaster_pid_is_no_hindrance(data: Path) -> None:
    servers.start(data).stop()
    (data / "postgres" / "postmaster.pid").write_text(f"{os.getppid()}\n{data}/postgres\n0\n1\n\n127.0.0.1\n\n\n")

    started = servers.start(data)

    assert ask(started.database_url, "SELECT 1") == 1
    started.stop()


def test_the_folder_is_for_one_at_a_time(running: servers.Servers) -> None:
    with pytest.raises(CannotStart, match="Another village command"):
        servers.start(running.data)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's folders are closed to the servers' user")
def test_a_closed_folder_above_is_passed_without_other_rights(tmp_path: Path, data: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(data, closed / "data", copy_function=shutil.copy2)
    for path in (closed / "data").rglob("*"):
        original = data / path.relative_to(closed / "data")
        os.chown(path, original.stat().st_uid, original.stat().st_gid)
    for name in ("postgres", "valkey"):
        os.chown(closed / "data" / name, (data / name).stat().st_uid, (data / name).stat().st_gid)

    started = servers.start(closed / "data")

    try:
        assert ask(started.database_url, "SELECT 1") == 1
        for server in started.all:
            assert server.process
            status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
            rights = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapEff"))
            assert rights in {1 << 1, 1 << 2}, "the right to pass folders and no other"
            assert "NoNewPrivs:\t1" in status
    finally:
        started.stop()


def test_reach_starts_them_for_the_block_only(data: Path) -> None:
    asked = from_env({"VILLAGE_DATA": str(data)})

    with servers.reach(asked) as settings:
        assert ask(settings.database_url, "SELECT 1") == 1
        assert redis.from_url(settings.redis_url).ping() is True
        assert settings.secret_key == folder.secret(data)

    with pytest.raises(OSError, match="Connect call failed"):
        ask(settings.database_url, "SELECT 1")
    assert not (data / "run.json").exists()


def test_a_second_command_uses_the_servers_of_the_first_which_waits_for_it(data: Path) -> None:
    asked = from_env({"VILLAGE_DATA": str(data)})
    inside, finish, found = threading.Event(), threading.Event(), list[object]()

    def second() -> None:
        with servers.reach(asked) as settings:
            inside.set()
            finish.wait(5)
            found.append(ask(settings.database_url, "SELECT 1"))

    other = threading.Thread(target=second)
    with servers.reach(asked):
        other.start()
        assert inside.wait(5)
        threading.Timer(0.2, finish.set).start()

    other.join(5)
    assert found == [1]


def test_half_given_starts_the_other_half(data: Path) -> None:
    asked = from_env({"VILLAGE_DATA": str(data), "DATABASE_URL": "postgresql://somebody@127.0.0.1:1/else"})

    with servers.reach(asked) as settings:
        assert settings.database_url == asked.database_url
        assert redis.from_url(settings.redis_url).ping() is True
        assert not folder.is_held(data / "postgres" / "postmaster.pid")
        assert not (data / "postgres" / "postmaster.pid").exists()


def test_both_given_touches_nothing(tmp_path: Path) -> None:
    urls = {"DATABASE_URL": "postgresql://a@127.0.0.1:1/b", "REDIS_URL": "redis://127.0.0.1:1/0"}
    asked = from_env({"VILLAGE_DATA": str(tmp_path / "absent"), **urls})

    with servers.reach(asked) as settings:
        assert settings == asked
    assert not (tmp_path / "absent").exists()
