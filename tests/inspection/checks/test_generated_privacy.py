"""Personal data over made-up cities, on pages and in the files that they lead to, pictures as well: the promised shares."""

from datetime import UTC, datetime

import pytest
from tests.inspection.checks.generated import kit_of, personal

from yunshu.lib.crawl import urls
from yunshu.lib.papers import rapid
from yunshu.lib.synthetic.web import web_city

AS_OF = datetime(2026, 11, 28, 1, tzinfo=UTC)
RECALL, PRECISION = 0.995, 0.99


@pytest.fixture(scope="module")
def reader() -> rapid.RapidReader:
    return rapid.RapidReader()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 7, 11, 19, 23])
def test_what_is_leaked_anywhere_is_found_and_nothing_else(seed: int, reader: rapid.RapidReader) -> None:
    city = web_city(seed, AS_OF).at(1)
    kit = kit_of(city)
    leaks = [row for row in city.truth() if row.check == "privacy_leak" and row.place != "post" and not row.innocent]
    planted = {urls.canonical(row.url) for row in leaks}

    found = {one.url for one in personal(city, kit, reader)}

    assert len(planted) > 20
    assert len(planted & found) >= RECALL * len(planted), sorted(planted - found)
    assert len(planted & found) >= PRECISION * len(found), sorted(found - planted)
