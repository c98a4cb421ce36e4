"""Paging by key loses no row and doubles none, for any sort, with blanks and ties."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yunshu.domains.directory.models import Org
from yunshu.lib.ui.lists.keyset import slice_of

pytestmark = pytest.mark.django_db
PATHS = ["order", "name", "uscc", "parent__name", "parent__uscc", "is_active"]
SORTS = st.lists(st.sampled_from(PATHS), min_size=1, max_size=2, unique=True).flatmap(
    lambda paths: st.tuples(*(st.sampled_from([p, f"-{p}"]) for p in paths)).map(",".join)
)
ROW = st.tuples(st.integers(0, 2), st.sampled_from("甲乙丙"), st.booleans(), st.booleans(), st.booleans())


def make_orgs(rows):
    root = Org.objects.create(code="R0", name="根", kind=Org.Kind.CITY, path="/r/", uscc=None)
    Org.objects.bulk_create(
        Org(
            code=f"K{n}",
            name=name,
            kind=Org.Kind.OFFICE,
            path=f"/r/{n}/",
            order=order,
            is_active=active,
            uscc=f"U{n:017}" if has_code else None,
            parent=root if has_parent else None,
        )
        for n, (order, name, active, has_code, has_parent) in enumerate(rows)
    )


def walk(rows, sort, size):
    """Return the keys of every page forwards, and of every page on the way back."""
    page = slice_of(rows, sort, size)
    forwards, backwards = [[r.pk for r in page.rows]], []
    while page.next:
        page = slice_of(rows, sort, size, after=page.next)
        forwards.append([r.pk for r in page.rows])
    backwards.append([r.pk for r in page.rows])
    while page.previous:
        page = slice_of(rows, sort, size, before=page.previous)
        backwards.append([r.pk for r in page.rows])
    return forwards, backwards[::-1]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=17), sort=SORTS, size=st.integers(1, 6))
def test_every_row_comes_once_in_both_directions(rows, sort, size):
    with transaction.atomic():
        make_orgs(rows)
        forwards, backwards = walk(Org.objects.all(), sort, size)
        everything = sorted(Org.objects.values_list("pk", flat=True))
        transaction.set_rollback(True)

    seen = [pk for page in forwards for pk in page]
    assert sorted(seen) == everything
    assert [pk for page in backwards for pk in page] == seen


def test_blanks_stand_last_in_both_directions():
    make_orgs([(0, "甲", True, True, False), (0, "乙", True, False, False)])
    for sort in ("uscc", "-uscc"):
        assert [r.uscc is None for r in slice_of(Org.objects.all(), sort, 9).rows] == [False, True, True]


def test_a_row_inserted_before_the_cursor_moves_nothing():
    make_orgs([(n, "甲", True, False, False) for n in range(6)])
    first = slice_of(Org.objects.all(), "order", 3)
    Org.objects.create(code="NEW", name="新", kind=Org.Kind.OFFICE, path="/new/", order=0)
    second = slice_of(Org.objects.all(), "order", 3, after=first.next)
    assert not {r.pk for r in first.rows} & {r.pk for r in second.rows}


@pytest.mark.parametrize("cursor", ["zzz", "W10", "WyJvcmRlciIsICJ4Il0", "eyJhIjogMX0", "ÿ"])
def test_a_broken_cursor_gives_the_first_page(cursor):
    make_orgs([(n, "甲", True, False, False) for n in range(4)])
    assert [r.code for r in slice_of(Org.objects.all(), "order", 2, after=cursor).rows] == ["R0", "K0"]
