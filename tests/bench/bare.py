"""Baselines for reading: a bare application that returns the same bytes, and one that asks one query for them."""

import os
from typing import Any

import asyncpg

BYTES_FILE = os.environ.get("BENCH_BYTES", "")
DSN = os.environ.get("BENCH_DSN", "")
SCHEMA = os.environ.get("BENCH_SCHEMA", "")

QUERY = """SELECT json_build_object('items', coalesce(json_agg(row), '[]'), 'next', null)::text FROM (
    SELECT a.id, a.title, a.teaser, a.body_html, a.language, a.author, a.tags, a.published_at, a.changed_at,
        a.source_url, a.source_name, a.licence, a.attribution, p.slug AS provider, p.name AS provider_name,
        c.slug AS category, c.name AS category_name
    FROM article a LEFT JOIN provider p ON p.id = a.provider_id LEFT JOIN category c ON c.id = a.category_id
    WHERE a.withdrawn_at IS NULL AND a.published_at <= now()
    ORDER BY a.published_at DESC, a.id DESC LIMIT 20) AS row"""


async def _answer(send: Any, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Same:
    """Returns the bytes of a file that was read once."""

    def __init__(self) -> None:
        self.body = b""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if not self.body:
            with open(BYTES_FILE, "rb") as source:  # noqa: ASYNC230, PTH123 - once
                self.body = source.read()
        await _answer(send, self.body)


class OneQuery:
    """Returns what one asyncpg query gives as JSON."""

    def __init__(self) -> None:
        self.pool: asyncpg.Pool | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if self.pool is None:
            self.pool = await asyncpg.create_pool(DSN, server_settings={"search_path": SCHEMA}, max_size=10)
        async with self.pool.acquire() as connection:
            text = await connection.fetchval(QUERY)
        await _answer(send, text.encode())


same = Same()
one_query = OneQuery()
