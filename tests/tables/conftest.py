"""Two scratch databases of the session's server: a department's and the receiver's."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest

from yunshu.config.bootstrap import EmbeddedPostgres
from yunshu.lib.tables import relay


@dataclass(frozen=True)
class Pair:
    """Addresses and open connections of both sides."""

    source_url: str
    target_url: str
    source: psycopg.Connection
    target: psycopg.Connection


@pytest.fixture(scope="session")
def scratch_urls(postgres: EmbeddedPostgres) -> Iterator[tuple[str, str]]:
    """Make two empty databases."""
    base = postgres.superuser_url
    names = [f"tables_{uuid4().hex[:8]}" for _ in range(2)]
    with psycopg.connect(base, autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}")
    yield tuple(urlsplit(base)._replace(path=f"/{name}").geturl() for name in names)
    with psycopg.connect(base, autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def pair(scratch_urls: tuple[str, str]) -> Iterator[Pair]:
    """Give both databases, empty."""
    for url in scratch_urls:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    source, target = (relay.connect(url) for url in scratch_urls)
    yield Pair(*scratch_urls, source, target)
    source.close()
    target.close()
