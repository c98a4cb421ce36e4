"""Best first: each row once, in its best tier, whatever part is asked for."""

import pytest
from django.db.models import Q

from yunshu.domains.directory.models import Org
from yunshu.lib.ui.lists.tiers import Tiers

NAMES = ["水务局", "水利水电局", "供水公司", "电力公司", "水", "林业局", "水产局"]
CONDITIONS = (Q(name="水"), Q(name__startswith="水"), Q(name__contains="水"), Q(name__contains="电"))
BEST_FIRST = ["水", "水产局", "水利水电局", "水务局", "供水公司", "电力公司"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def tiers() -> Tiers:
    for n, name in enumerate(NAMES):
        Org.objects.create(code=f"t{n}", name=name, kind="department", path=f"/t{n}/")
    return Tiers(Org.objects.filter(code__startswith="t"), CONDITIONS, ("-pk",))


def test_a_row_stands_in_its_best_tier_and_nowhere_else(tiers: Tiers) -> None:
    assert [row.name for row in tiers.part(0, 50)] == BEST_FIRST
    assert {row.name for row in tiers.found()} == set(BEST_FIRST)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7])
def test_pages_join_without_a_gap_and_lead_back(tiers: Tiers, size: int) -> None:
    seen, at, befores = [], "", []
    while True:
        page = tiers.slice_of(size, at)
        seen += [row.name for row in page.rows]
        befores.append(page.previous)
        if not page.next:
            break
        at = page.next
    assert seen == BEST_FIRST
    assert befores == [str(n * size - size) if n else "" for n in range(len(befores))]


@pytest.mark.parametrize("at", ["-1", "x", "１２", "9" * 40, "5000"])
def test_a_position_that_makes_no_sense_does_no_harm(tiers: Tiers, at: str) -> None:
    page = tiers.slice_of(3, at)
    assert [row.name for row in page.rows] == ([] if at.isascii() and at.isdigit() else BEST_FIRST[:3])


def test_without_conditions_all_rows_come_in_their_order(tiers: Tiers) -> None:
    assert [row.name for row in Tiers(tiers.rows, (), ("-pk",)).part(1, 2)] == ["林业局", "水"]
