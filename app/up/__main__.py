"""`python -m app.up`: what `village up` does, without loading the rest of the command line."""

import argparse
import sys
from pathlib import Path

import msgspec

from app.settings import InvalidSetting, from_env
from app.up.supervisor import up

HIGHEST_PORT = 65535


def main(arguments: list[str] | None = None) -> int:
    """Read `--port` and `--data`, and run; the exit code."""
    parser = argparse.ArgumentParser(prog="village up", description="Start everything, until Ctrl-C.")
    parser.add_argument("--port", type=int, help="TCP port of the web process (VILLAGE_PORT)")
    parser.add_argument("--data", type=Path, help="data folder (VILLAGE_DATA)")
    asked = parser.parse_args(arguments)
    try:
        settings = from_env()
    except InvalidSetting as problem:
        sys.stderr.write(f"village: {problem}\n")
        return 1
    if asked.port is not None:
        if not 0 < asked.port <= HIGHEST_PORT:
            sys.stderr.write(f"village: --port must be from 1 to {HIGHEST_PORT}, not {asked.port}.\n")
            return 1
        settings = msgspec.structs.replace(settings, port=asked.port)
    if asked.data is not None:
        settings = msgspec.structs.replace(settings, data=asked.data.absolute())
    return up(settings)


if __name__ == "__main__":
    sys.exit(main())
