"""Two scratch databases of the session's server: the owner's and the consumer's (as for the tables)."""

import psycopg
import pytest
from tests.tables.conftest import Pair, scratch_urls
from tests.tables.conftest import pair as empty_pair

__all__ = ["Pair", "empty_pair", "scratch_urls"]


@pytest.fixture
def pair(empty_pair: Pair) -> Pair:
    """Give both databases, with nothing delivered yet."""
    for url in (empty_pair.source_url, empty_pair.target_url):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET client_min_messages = error; DROP SCHEMA IF EXISTS incoming CASCADE")
    return empty_pair
