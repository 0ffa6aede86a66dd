"""Asks our own web process over loopback how it answers."""

import http.client

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where to ask, not where to listen
PATIENCE_SECONDS = 5.0


def status(bind: str, port: int, host: str, path: str) -> int:
    """The status of a GET for `host`; 0 when nobody answers."""
    line = http.client.HTTPConnection(_WILDCARDS.get(bind, bind), port, timeout=PATIENCE_SECONDS)
    try:
        line.request("GET", path, headers={"Host": f"{host}:{port}"})
        return line.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        line.close()
