"""The gate: a process that starts early loads its modules, then waits here until the servers are ready."""

import os
import sys

VARIABLE = "VILLAGE_START_GATE"
OPEN = b"1"


def wait() -> None:
    """Return when the supervisor opens the gate; end quietly when it is gone; no gate, no wait."""
    descriptor = os.environ.pop(VARIABLE, "")
    if not descriptor:
        return
    said = os.read(int(descriptor), 1)
    os.close(int(descriptor))
    if said != OPEN:
        sys.exit(0)
