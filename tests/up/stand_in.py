"""Stands in for a process of the platform, or (`up`) runs `village up` with these stand-ins.

No imports but the standard library where it plays a part: these tests start it a hundred times.
"""

import os
import signal
import sys
import time


def web() -> None:
    """Answer every request with 200 and a line from the environment."""
    import socket

    gate = os.environ.get("VILLAGE_START_GATE")
    if gate and os.read(int(gate), 1) != b"1":
        return
    with socket.create_server(("127.0.0.1", int(os.environ["VILLAGE_PORT"]))) as listener:
        while True:
            line, _ = listener.accept()
            with line:
                line.recv(4096)
                line.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")


def report() -> None:
    """Print what a process of the platform is told, and stay."""
    for name in ("DATABASE_URL", "REDIS_URL", "VILLAGE_SECRET_KEY", "VILLAGE_DATA", "MALLOC_ARENA_MAX"):
        sys.stdout.write(f"{name}={os.environ[name]}\n")
    sys.stdout.flush()
    wait()


def wait() -> None:
    """Stay until told to end."""
    while True:
        time.sleep(60)


def stubborn() -> None:
    """Stay, whatever is said, and have a child that does so too."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.fork()
    wait()


def fail() -> None:
    """End at once with a reason."""
    sys.stderr.write("first line\nThe town hall is closed today.\n")
    sys.exit(3)


def prepare() -> None:
    """Nothing to migrate."""


def up() -> None:
    """Run the supervisor over stand-ins: `up PORT DATA [worker part] [prepare part] [web part]`."""
    from pathlib import Path

    import msgspec

    from app.settings import from_env
    from app.up.parts import PLAN, Part, Plan
    from app.up.supervisor import up as run

    def part(name: str) -> tuple[str, ...]:
        return (sys.executable, "-S", __file__, name)

    port, data, *names = sys.argv[2:]
    worker, preparing, page = [*names, *("wait", "prepare", "web")[len(names) :]]
    plan = Plan(
        check=PLAN.check,
        prepare=part(preparing),
        parts=(Part("web", part(page), early=True), Part("scheduler", part("wait")), Part("worker", part(worker))),
        grace=0.8,
    )
    settings = msgspec.structs.replace(from_env(), port=int(port), data=Path(data))
    sys.exit(run(settings, plan))


if __name__ == "__main__":
    {f.__name__: f for f in (web, report, wait, stubborn, fail, prepare, up)}[sys.argv[1]]()
