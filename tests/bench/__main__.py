"""`make bench`: all benchmarks on embedded servers of their own, one table."""

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Start the servers, run everything, end them."""
    from app.up.servers import start

    folder = Path(tempfile.mkdtemp(prefix="village-bench-"))
    servers = start(folder)
    try:
        os.environ.update(
            DATABASE_URL=servers.database_url,
            REDIS_URL=servers.redis_url,
            VILLAGE_DATA=str(folder),
            VILLAGE_SECRET_KEY="only-for-benchmarks",
            VILLAGE_DOMAIN="localhost",
            PICCOLO_CONF="app.piccolo_conf",
        )
        from tests.bench import everything

        asyncio.run(everything.run(sys.argv[1:]))
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
