"""The `village` command. Expected refusals are one sentence on stderr and exit 1; wrong usage is exit 2.

Nothing of the platform is imported before the command is known: `village up` stays a small process.
"""

import os
import sys

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run a command; the exit code."""
    from app.cli.usage import parser

    asked = parser().parse_args(arguments)
    if asked.command == "up":
        from app.cli.starting import up

        return up(asked)
    from app.cli.running import run

    try:
        code = run(asked)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read along has seen enough (`village regions list | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main())
