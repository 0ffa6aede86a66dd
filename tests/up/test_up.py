"""`village up` from its start to the end of its last process, with stand-ins for the platform's own."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from app.settings import from_env
from app.up import servers
from tests.up.running import Up, free_port, refused, running, wait_until


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Servers]:
    """Servers that are not ours: what DATABASE_URL and REDIS_URL name."""
    started = servers.start(tmp_path_factory.mktemp("other"))
    yield started
    started.stop()


def gone(processes: list[psutil.Process]) -> bool:
    return not [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def test_it_starts_a_new_folder_says_where_and_ends_everything_at_ctrl_c(tmp_path: Path) -> None:
    began = time.monotonic()
    with running(tmp_path / "new", "report") as village:
        took = time.monotonic() - began
        family = village.family()
        with urlopen(f"http://127.0.0.1:{village.port}/") as page:
            assert page.status == 200
        run = json.loads((village.data / "run.json").read_text())
        wait_until(lambda: "MALLOC_ARENA_MAX" in village.said)

        asked = time.monotonic()
        assert village.end(signal.SIGINT) == 0

        assert time.monotonic() - asked < 10
        assert took < 30
        assert gone(family)
        assert not (village.data / "run.json").exists()
        assert village.complaint == ""
        assert f"http://localhost:{village.port}" in village.said
        assert f"http://bad-belzig.localhost:{village.port}" in village.said
        assert (run["pid"], run["port"]) == (village.process.pid, village.port)
        for line in (
            f"DATABASE_URL={run['database_url']}",
            f"REDIS_URL={run['redis_url']}",
            f"VILLAGE_DATA={village.data}",
            f"VILLAGE_SECRET_KEY={(village.data / 'secret').read_text().strip()}",
            "MALLOC_ARENA_MAX=2",
        ):
            assert f"worker | {line}\n" in village.said


def test_other_commands_use_its_servers(data: Path) -> None:
    with running(data) as village:
        assert stat.S_IMODE((data / "run.json").stat().st_mode) == 0o600
        with servers.reach(from_env({"VILLAGE_DATA": str(data)})) as settings:
            assert settings.database_url == json.loads((data / "run.json").read_text())["database_url"]
            assert len(village.named("postgres")) == 1


def test_a_killed_run_leaves_nobody_and_nothing_in_the_way(data: Path) -> None:
    with running(data) as killed:
        family = killed.family()
        assert {"postgres", "valkey-server"} <= {p.name() for p in family}
        killed.end(signal.SIGKILL)
        assert (data / "run.json").exists()

        with running(data) as again:
            assert gone(family)
            assert again.end(signal.SIGTERM) == 0


def test_a_server_and_a_process_that_die_are_started_again(data: Path) -> None:
    with running(data, "report") as village:
        wait_until(lambda: "MALLOC_ARENA_MAX" in village.said)
        (valkey,) = village.named("valkey-server")
        worker = next(p for p in village.family() if p.cmdline()[-1] == "report")

        valkey.kill()
        worker.kill()

        wait_until(lambda: village.said.count("MALLOC_ARENA_MAX") == 2)
        wait_until(lambda: bool(village.named("valkey-server")))
        assert "worker has ended (SIGKILL); it starts again in 0.5 s." in village.said
        assert "valkey has ended (SIGKILL)" in village.said
        assert village.named("valkey-server") != [valkey]


def test_a_stubborn_process_and_its_children_are_ended_in_time(data: Path) -> None:
    with running(data, "stubborn") as village:
        wait_until(lambda: len([p for p in village.family() if p.cmdline()[-1:] == ["stubborn"]]) == 2)
        family = village.family()
        asked = time.monotonic()

        assert village.end(signal.SIGTERM) == 0

        assert 0.8 < time.monotonic() - asked < 9
        assert gone(family)


def test_a_busy_port_is_named(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        said = refused(data, port=port)

    assert said == f"Port {port} is in use; stop the program that listens there or choose another with --port."


def test_a_folder_in_use_is_named_with_the_process(data: Path) -> None:
    with running(data) as village:
        said = refused(data)

        assert said.startswith(f"Another `village up` (process {village.process.pid}) uses the data folder {data};")


def test_a_data_folder_that_takes_no_files_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert "because a file is in its place" in refused(tmp_path / "file")
    assert "because a file is in its place" in refused(tmp_path / "file" / "below")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a disk of its own")
@pytest.mark.parametrize(
    ("options", "sentence"),
    [("size=1m", r"is full: 1 MB are free and 150 MB are needed;"), ("ro", "lies on a read-only disk;")],
)
def test_a_full_or_read_only_disk_is_named(tmp_path: Path, options: str, sentence: str) -> None:
    made = subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", options, "none", str(tmp_path)], check=False)
    if made.returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        assert re.search(sentence, refused(tmp_path))
    finally:
        subprocess.run(["/bin/umount", str(tmp_path)], check=True)


def test_given_servers_are_used_and_none_are_started(tmp_path: Path, other: servers.Servers) -> None:
    given = {"DATABASE_URL": other.database_url, "REDIS_URL": other.redis_url}

    with running(tmp_path, "report", env=given) as village:
        wait_until(lambda: "MALLOC_ARENA_MAX" in village.said)

        assert f"DATABASE_URL={other.database_url}\n" in village.said
        assert not village.named("postgres")
        assert not village.named("valkey-server")
        assert not (tmp_path / "postgres").exists()


def test_wrong_addresses_are_named_without_their_passwords(tmp_path: Path, other: servers.Servers) -> None:
    assert other.postgres
    assert other.valkey
    closed, url = free_port(), other.database_url
    wrong = {
        "nobody listens there": {"DATABASE_URL": f"postgresql://a:s3cret@127.0.0.1:{closed}/x"},
        "refuses the user or the password": {
            "DATABASE_URL": url.replace(other.postgres.known.postgres_password, "s3cret")
        },
        'database "s3cret-not" does not exist': {"DATABASE_URL": url.removesuffix("/village") + "/s3cret-not"},
        "REDIS_URL (127.0.0.1": {"REDIS_URL": f"redis://:s3cret@127.0.0.1:{closed}/0"},
        "REDIS_URL can't be read": {"REDIS_URL": "http://:s3cret@127.0.0.1"},
    }

    started = {sentence: Up(tmp_path / str(number), env=env) for number, (sentence, env) in enumerate(wrong.items())}

    for sentence, village in started.items():
        assert village.code() == 1
        assert village.complaint.count("\n") == 1
        assert sentence in village.complaint
        assert "s3cret@" not in village.complaint
        assert ":s3cret" not in village.complaint


def test_the_reason_of_a_failed_preparation_is_passed_on(data: Path) -> None:
    assert refused(data, "wait", "fail") == "The town hall is closed today."


def test_a_web_process_that_never_starts_is_explained(data: Path) -> None:
    assert refused(data, "wait", "prepare", "fail") == (
        "The web process could not start: The town hall is closed today."
    )


def test_the_supervisor_stays_small_beside_its_servers(data: Path) -> None:
    with running(data) as village:
        own = psutil.Process(village.process.pid).memory_full_info().pss
        servers_ = [p for p in village.family() if p.name() in {"postgres", "valkey-server"}]

        assert own < 25_000_000
        assert sum(p.memory_full_info().pss for p in servers_) < 60_000_000
