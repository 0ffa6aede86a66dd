"""The `village` command. Expected refusals are one sentence on stderr and exit 1; wrong usage is exit 2.

Nothing of the platform is imported before the command is known: `village up` stays a small process.
"""

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

    return run(asked)


if __name__ == "__main__":
    sys.exit(main())
