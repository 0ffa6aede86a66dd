"""`village up`."""

import argparse
import sys

import msgspec

from app.settings import InvalidSetting, from_env
from app.up.supervisor import up as start


def up(asked: argparse.Namespace) -> int:
    """Start everything, until Ctrl-C; the exit code."""
    try:
        settings = from_env()
    except InvalidSetting as problem:
        sys.stderr.write(f"village: {problem}\n")
        return 1
    if asked.port is not None:
        settings = msgspec.structs.replace(settings, port=asked.port)
    if asked.data is not None:
        settings = msgspec.structs.replace(settings, data=asked.data.absolute())
    return start(settings)
