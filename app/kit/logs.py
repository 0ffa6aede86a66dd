"""Logs: one line an event, with the tenant it concerns; JSON when nobody sits at the terminal."""

import logging
import sys

import structlog


def configure(level: int = logging.INFO) -> None:
    """Send the standard library's records through structlog to stderr; safe to repeat."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    people = sys.stderr.isatty()
    last: list[structlog.types.Processor] = (
        [structlog.dev.ConsoleRenderer(colors=True)]
        if people
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Each fetch, job and connection at INFO would bury what an operator looks for.
    for noisy in ("httpx2", "httpcore2", "dramatiq", "periodiq", "asyncio", "redis"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
