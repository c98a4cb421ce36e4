"""What a false alarm teaches decides what else waits with the same word and scope, and is taken back with it."""

import pytest
from tests.factories.directory import staff
from tests.inspection.finding_world import REVIEWER, Desk

from yunshu.domains.inspection.models import AcceptedTerm, Finding
from yunshu.domains.inspection.selectors import finding_pages
from yunshu.domains.inspection.services import reviewing

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def word(desk: Desk, key: str, **more: object) -> Finding:
    return desk.finding(key, **({"kind": "spelling", "detail": {"term": "帐号"}} | more))


def states(*rows: Finding) -> list[str]:
    found = dict(Finding.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", "state"))
    return [found[row.pk] for row in rows]


def teach(desk: Desk, row: Finding, scope: str) -> None:
    reviewing.false_alarm(
        actor=desk.reviewer, number=row.number, reason="习惯用语", teach=scope, now=desk.later(minutes=1)
    )


def undo(desk: Desk, row: Finding) -> None:
    reviewing.undo(actor=desk.reviewer, number=row.number, now=desk.later(minutes=1))


def test_a_word_accepted_in_the_city_decides_all_that_wait_with_it(desk: Desk) -> None:
    first, same, other_site = word(desk, "1"), word(desk, "2"), word(desk, "3", site=desk.site_of_other.id_code)
    other_word, other_kind = word(desk, "4", detail={"term": "登陆"}), word(desk, "5", kind="wording_wrong")
    taken = desk.accept(word(desk, "6"))
    assert {scope: n for scope, _name, n in finding_pages.spreads(desk.reviewer, first)} == {"city": 2, "site": 1}
    teach(desk, first, "city")
    rows = (first, same, other_site, other_word, other_kind, taken)
    assert states(*rows) == ["false", "false", "false", "new", "new", "confirmed"]
    assert finding_pages.last_reviewed(desk.reviewer) == finding_pages.Undo(number=first.number, also=2)
    undo(desk, first)
    assert states(*rows) == ["new", "new", "new", "new", "new", "confirmed"]
    assert not AcceptedTerm.objects.filter(is_active=True).exists()


def test_a_word_accepted_on_one_site_stays_there(desk: Desk) -> None:
    first, same, other_site = word(desk, "1"), word(desk, "2"), word(desk, "3", site=desk.site_of_other.id_code)
    teach(desk, first, "site")
    assert states(first, same, other_site) == ["false", "false", "new"]


def test_a_first_confirmation_by_another_comes_back_with_it(desk: Desk) -> None:
    first, same = word(desk, "1", severity="veto"), word(desk, "2", severity="veto")
    desk.accept(same, desk.second)
    teach(desk, first, "city")
    undo(desk, first)
    assert states(first, same) == ["new", "second"]
    assert Finding.objects.get(pk=same.pk).reviewer_id == desk.second.person_id


def test_nobody_decides_out_of_reach(desk: Desk) -> None:
    first, far = word(desk, "1"), word(desk, "2", site=desk.site_of_other.id_code)
    near = staff(REVIEWER, org=desk.unit)
    reviewing.false_alarm(actor=near, number=first.number, reason="习惯用语", teach="city", now=desk.later(minutes=1))
    assert states(first, far) == ["false", "new"]
