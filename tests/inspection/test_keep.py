"""Keeping what is found: once per fault, whatever is done twice, and never gone by an incomplete check."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.inspection.finding_world import MACHINE, Desk

from yunshu.domains.inspection.models import AcceptedTerm, Evidence, Finding, FindingStep
from yunshu.domains.inspection.rules import fingerprints
from yunshu.domains.inspection.services import findings, retests
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel.errors import NotFound


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def counts(kept: findings.Kept) -> tuple[int, int, int, int]:
    return kept.new, kept.seen, kept.reopened, kept.suppressed


def test_what_is_found_first_is_new_and_what_a_later_run_finds_again_is_seen_again(desk: Desk) -> None:
    assert counts(desk.keep(desk.fault("a"), desk.fault("b"))) == (2, 0, 0, 0)
    desk.later(days=1)
    assert counts(desk.keep(desk.fault("a", words="仍打不开"), desk.fault("c"))) == (1, 1, 0, 0)
    row = Finding.objects.get(url__endswith="a.html")
    assert (row.occurrences, row.words, row.last_seen) == (2, "仍打不开", desk.now)
    assert row.last_seen - row.first_seen == timedelta(days=1)
    assert row.detail["span"] == [[3, 5]]


def test_a_run_that_is_done_again_after_its_worker_died_counts_nothing_twice(desk: Desk) -> None:
    batch = [desk.fault("a", proofs=(desk.shown(),)), desk.fault("b")]
    first = desk.keep(*batch)
    before = list(Finding.objects.order_by("pk").values())
    assert counts(desk.keep(*batch)) == (0, 2, 0, 0)
    assert desk.keep(*batch).numbers == first.numbers
    assert list(Finding.objects.order_by("pk").values()) == before
    assert Evidence.objects.count() == 1
    assert FindingStep.objects.count() == len(batch)


def test_the_same_fault_twice_in_one_batch_is_one(desk: Desk) -> None:
    assert counts(desk.keep(desk.fault("a"), desk.fault("a"))) == (1, 0, 0, 0)


def test_a_fault_of_an_unknown_site_keeps_nothing_of_the_batch(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.keep(desk.fault("a"), desk.fault("b", site="4452999999"))
    assert not Finding.objects.exists()


def test_an_account_has_findings_as_a_site_has(desk: Desk) -> None:
    row = desk.finding(kind="account_stale", account=desk.account.number, key="stale")
    assert (row.account, row.site, row.org) == (desk.account, None, desk.unit)


def test_the_proofs_of_a_finding_are_one_record_of_the_ledger_without_what_the_page_said(desk: Desk) -> None:
    row = desk.finding(proofs=(desk.shown("手机号在这里"), desk.shown("图")))
    (record,) = {e.record for e in row.evidence.all()}
    (shown,) = ledger.evidence_of("inspection.", row.number, desk.now)
    assert shown.number == record
    assert row.evidence.count() == 2


def test_what_was_kept_first_cannot_be_changed_and_evidence_cannot_be_touched(desk: Desk) -> None:
    row = desk.finding(proofs=(desk.shown(),))
    for act in (
        lambda: Finding.objects.filter(pk=row.pk).update(first_seen=desk.now - timedelta(days=1)),
        lambda: Finding.objects.filter(pk=row.pk).delete(),
        lambda: row.evidence.update(sha256="0"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_an_accepted_term_is_not_found_again_where_it_is_accepted(desk: Desk) -> None:
    def spelling(site: str, term: str = "揭牌") -> Any:
        return desk.fault(f"{site}{term}", kind="spelling", site=site, detail={"term": term})

    def allow(**more: Any) -> None:
        facts = {"kind": "spelling", "reason": "地名", "made_by": "测试", "made_at": desk.now} | more
        AcceptedTerm.objects.create(**facts)

    allow(term="揭牌", scope="site", site=desk.site)
    allow(term="榕城", kind="")
    allow(term="旧词", expires=(desk.now - timedelta(days=2)).date())
    here, there = desk.site.id_code, desk.site_of_other.id_code
    kept = desk.keep(spelling(here), spelling(there), spelling(there, "榕城"), spelling(here, "旧词"))
    assert counts(kept) == (2, 0, 0, 2)


def test_a_complete_check_marks_what_it_no_longer_finds_and_an_incomplete_one_nothing(desk: Desk) -> None:
    gone, stays = desk.finding("a"), desk.finding("b")
    elsewhere = desk.finding("a", site=desk.site_of_other.id_code)
    scope: dict[str, Any] = {"kind": "link_dead", "site": desk.site.id_code, "seen": ["b"]}
    began = desk.later(days=1)
    assert findings.absent(**scope, began=began, complete=False, now=desk.later(hours=1)) == 0
    assert findings.absent(**scope, began=began, complete=True, now=desk.now) == 1
    assert findings.absent(**scope, began=began, complete=True, now=desk.now) == 0
    for row in (gone, stays, elsewhere):
        row.refresh_from_db()
    assert (gone.gone_at, stays.gone_at, elsewhere.gone_at) == (desk.now, None, None)
    desk.later(days=1)
    desk.keep(desk.fault("a"))
    gone.refresh_from_db()
    assert gone.gone_at is None


def test_what_another_run_found_since_a_check_began_is_not_gone(desk: Desk) -> None:
    row = desk.finding("a")
    began = desk.now
    desk.later(minutes=5)
    desk.keep(desk.fault("a"))
    assert (
        findings.absent(
            kind="link_dead", site=desk.site.id_code, seen=[], began=began, complete=True, now=desk.later(minutes=5)
        )
        == 0
    )
    row.refresh_from_db()
    assert row.gone_at is None


def test_what_was_verified_and_is_found_again_goes_back_to_the_unit(desk: Desk) -> None:
    row = desk.notified("a")
    retests.finish(number=desk.submit(row).number, result="gone", now=desk.later(hours=1))
    desk.later(days=30)
    assert counts(desk.keep(desk.fault("a", proofs=(desk.shown("又来了"),)))) == (0, 0, 1, 0)
    row.refresh_from_db()
    assert (row.state, row.reopened, row.gone_at) == ("notified", 1, None)
    assert row.due_at is not None
    assert row.due_at > desk.now
    assert row.evidence.count() == 1
    assert counts(desk.keep(desk.fault("a"))) == (0, 1, 0, 0)


def test_a_sighting_from_before_the_fault_was_gone_is_no_recurrence(desk: Desk) -> None:
    row = desk.notified("a")
    retest = desk.submit(row)
    between = desk.later(hours=1)
    retests.finish(number=retest.number, result="gone", now=desk.later(hours=1))
    findings.keep([desk.fault("a")], by=MACHINE, now=between)
    row.refresh_from_db()
    assert row.state == "verified"
    assert row.gone_at == desk.now


RUNS = st.lists(
    st.tuples(st.integers(0, 5), st.sets(st.sampled_from("abcd"), max_size=4), st.integers(1, 3)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(runs=RUNS)
def test_however_often_each_run_is_done_the_city_knows_the_same(desk: Desk, runs: Any) -> None:
    desk.later(days=100)
    site = desk.site_of_other.id_code

    def all_of(tag: str, times: bool) -> list[tuple[Any, ...]]:
        start, seen = desk.now, []
        for hours, keys, repeats in runs:
            desk.later(hours=hours)
            batch = [desk.fault(f"{tag}{key}", site=site) for key in sorted(keys)]
            for _ in range(repeats if times else 1):
                desk.keep(*batch)
        for key in "abcd":
            mark = fingerprints.fingerprint("link_dead", site, f"{tag}{key}")
            rows = Finding.objects.filter(fingerprint=mark)
            seen += [(key, r.occurrences, r.last_seen - start, r.state, r.steps.count()) for r in rows]
        return seen

    tag = f"{desk.now.timestamp()}"
    assert all_of(f"{tag}once", times=False) == all_of(f"{tag}often", times=True)
