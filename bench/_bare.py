"""The bare lookup that ``bench/query.py`` compares with: one row by its key, as JSON, from a pooled connection."""

import json
import os
from typing import Any
from urllib.parse import parse_qs

from psycopg_pool import AsyncConnectionPool

QUERY = "SELECT row_to_json(f)::text FROM (SELECT id_number, name, division FROM person WHERE id_number = %s) AS f"
_pool: AsyncConnectionPool | None = None


async def application(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """Answer one lookup."""
    global _pool
    if scope["type"] != "http":
        return
    if _pool is None:
        _pool = AsyncConnectionPool(os.environ["BARE_SOURCE"], min_size=1, max_size=8, open=False)
        await _pool.open()
    [wanted] = parse_qs(scope["query_string"].decode())["id"]
    async with _pool.connection() as connection:
        row = await (await connection.execute(QUERY, [wanted])).fetchone()
    body = row[0].encode() if row else json.dumps(None).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
