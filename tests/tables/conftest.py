"""Two scratch databases of the session's server: a source with people in it, and a target."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from yunshu.config.bootstrap import EmbeddedPostgres

PEOPLE = 1_000
MAKE = """
    CREATE TABLE person (
        id_number text PRIMARY KEY, name text, born_on date, division text, income numeric(12, 2), visits integer,
        seen_at timestamptz, note text
    );
    INSERT INTO person
    SELECT '4452' || lpad(n::text, 14, '0'), CASE n % 7 WHEN 0 THEN NULL ELSE '揭阳' || n END, date '1950-01-01' + (n * 37 % 20000),
           CASE n % 3 WHEN 0 THEN '445202' ELSE '445281' END, n * 1.25, n, timestamptz '2026-01-01' + n * interval '1 min',
           repeat('记', n % 5)
    FROM generate_series(1, {people}) AS n;
"""


@dataclass(frozen=True)
class Pair:
    """Addresses of two databases."""

    source_url: str
    target_url: str

    def source(self) -> psycopg.Connection[Any]:
        """Connect to the source."""
        return psycopg.connect(self.source_url, autocommit=True)

    def target(self) -> psycopg.Connection[Any]:
        """Connect to the target."""
        return psycopg.connect(self.target_url, autocommit=True)


@pytest.fixture
def pair(postgres: EmbeddedPostgres) -> Iterator[Pair]:
    """Make both databases, drop them at the end."""
    names = [f"tables_{uuid4().hex[:12]}" for _ in range(2)]
    with psycopg.connect(postgres.superuser_url, autocommit=True) as server:
        for name in names:
            server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        urls = [postgres.superuser_url.rsplit("/", 1)[0] + f"/{name}" for name in names]
        with psycopg.connect(urls[0]) as source:
            source.execute(MAKE.format(people=PEOPLE))
        yield Pair(*urls)
        for name in names:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
