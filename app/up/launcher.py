"""Become the program that was asked for: not as root, and never an orphan.

Runs as a script (`python -I -S launcher.py …`) and imports nothing of ours, so that it is quick and
works before the environment does. The order matters: changing the user clears the death signal, so
that one is set last; between its request and the check of the parent no death can be missed.
"""

import argparse
import ctypes
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAPABILITY_VERSION_3 = 0x20080522
MOST_FILES = 65536


class Refused(Exception):
    """The program can't be started like this; the text says why."""


def may_reach(uid: int, gid: int, program: str, paths: Sequence[str]) -> bool:
    """Try as `uid` whether every folder above these paths lets that user pass."""
    os.setegid(gid)
    os.seteuid(uid)
    try:
        for path in paths:
            Path(path).stat()
        os.close(os.open(program, os.O_RDONLY))
        return os.access(program, os.X_OK, effective_ids=True)
    except PermissionError:
        return False
    finally:
        os.seteuid(0)
        os.setegid(0)


def permitted() -> int:
    """The capabilities this process could pass on (bit mask); 0 where the system has none."""
    try:
        with Path("/proc/self/status").open(encoding="ascii") as status:
            return next(int(line.split()[1], 16) for line in status if line.startswith("CapPrm:"))
    except (OSError, StopIteration):
        return 0


def become(uid: int, gid: int, program: str, paths: Sequence[str]) -> None:
    """Drop root for good; keep only the right to pass foreign folders, and only when it is needed."""
    libc = ctypes.CDLL(None, use_errno=True)
    os.setgroups([gid])
    kept = 0
    if not may_reach(uid, gid, program, paths):
        have = permitted()
        kept = have & (1 << CAP_DAC_READ_SEARCH)
        if not kept or not Path(program).stat().st_mode & 0o001:
            kept |= have & (1 << CAP_DAC_OVERRIDE)
        if not kept:
            raise Refused(f"user {uid} may not pass the folders above {program} and {', '.join(paths)}")
        # access(2) ignores capabilities of a changed user unless this is set, and Postgres asks access(2).
        libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if kept:
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        sets = (ctypes.c_uint32 * 6)(kept, kept, kept, 0, 0, 0)
        if libc.capset(ctypes.byref(header), ctypes.byref(sets)) != 0:
            raise Refused(f"the capabilities could not be kept: {os.strerror(ctypes.get_errno())}")
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            if kept & (1 << capability):
                libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def die_with(parent: int, number: int) -> None:
    """Ask the kernel for signal `number` when `parent` ends; leave at once when it has."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        raise Refused("the process that wanted it has ended")


def main(arguments: Sequence[str]) -> None:
    """Read the options, change, and be the program; an error ends with one line and status 71."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", type=int, required=True)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("--reach", action="append", default=[])
    parser.add_argument("program", nargs="+")
    asked = parser.parse_args(arguments)
    try:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        if asked.uid is not None:
            become(asked.uid, asked.gid, asked.program[0], asked.reach)
        die_with(asked.parent, asked.signal)
        os.execv(asked.program[0], asked.program)
    except (OSError, Refused) as problem:
        sys.stderr.write(f"{asked.program[0]} can't be started: {problem}\n")
        sys.exit(71)


if __name__ == "__main__":
    main(sys.argv[1:])
