"""Sites entered, changed, proven; maintenance beforehand; what a crawl saw; visits; nothing of others is touched."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from tests.factories.directory import OrgFactory, staff
from tests.factories.inspection import NOW, ColumnFactory, SiteFactory

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.contracts import REGISTRY_EDIT, VIEW
from yunshu.domains.inspection.models import Candidate, Column, Site, SiteChange, Visit
from yunshu.domains.inspection.rules.availability import Verdict
from yunshu.domains.inspection.selectors import sites as selectors
from yunshu.domains.inspection.services import discovery, sites, visits
from yunshu.domains.inspection.services.discovery import ColumnSeen, ColumnSpec
from yunshu.domains.inspection.services.sites import ChangeSpec, SiteSpec
from yunshu.domains.ledger.models import Record
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused, YunshuError

pytestmark = pytest.mark.django_db
TODAY = clock.city_date(NOW)


@pytest.fixture
def org() -> Org:
    return OrgFactory()


@pytest.fixture
def keeper(org: Org) -> Staff:
    return staff([VIEW, REGISTRY_EDIT], org=org)


def spec(org: Org) -> SiteSpec:
    return SiteSpec(
        id_code="9900000001",
        name="测试门户",
        org=org.code,
        kind="portal",
        home_url="https://WWW.Test.gov.cn/index.html",
    )


def test_a_site_is_known_by_the_host_of_its_home_page(keeper: Staff, org: Org) -> None:
    row = sites.register_site(actor=keeper, spec=replace(spec(org), aliases=("Test.gov.cn",)), now=NOW)
    assert (row.host, row.aliases, row.state) == ("www.test.gov.cn", ["test.gov.cn"], "running")
    assert sites.spec_of(selectors.get_site(keeper, row.number)).id_code == "9900000001"


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ({"id_code": "123"}, "id_code"),
        ({"kind": "shop"}, "kind"),
        ({"home_url": "www"}, "home_url"),
        ({"name": ""}, "name"),
        ({"id_code": "9900000777"}, "id_code"),
        ({"home_url": "https://taken.gov.cn/"}, "home_url"),
        ({"aliases": ("taken.gov.cn",)}, "aliases"),
    ],
)
def test_what_a_site_may_not_be_is_refused_at_the_field(
    keeper: Staff, org: Org, words: dict[str, object], where: str
) -> None:
    SiteFactory(id_code="9900000777", host="taken.gov.cn")
    with pytest.raises(Refused) as refused:
        sites.register_site(actor=keeper, spec=replace(spec(org), **words), now=NOW)  # type: ignore[arg-type]
    assert refused.value.where == where


def test_nobody_enters_or_changes_a_site_of_another_organisation(keeper: Staff) -> None:
    other = SiteFactory()
    with pytest.raises(NotFound):
        sites.register_site(actor=keeper, spec=spec(other.org), now=NOW)
    with pytest.raises(NotFound):
        sites.change_site(actor=keeper, number=other.number, spec=sites.spec_of(other), now=NOW)
    reader = staff([VIEW], org=other.org)
    changed = replace(sites.spec_of(other), name="改名")
    with pytest.raises(NotPermitted):
        sites.change_site(actor=reader, number=other.number, spec=changed, now=NOW)


def test_a_change_moves_the_site_and_is_proven(keeper: Staff, org: Org) -> None:
    row = SiteFactory(org=org)
    words = ChangeSpec(verb="suspend", on=TODAY, reason="改版", document="市府办函〔2026〕1号", reported_on=TODAY)

    made = sites.record_change(actor=keeper, number=row.number, spec=words, now=NOW)

    row.refresh_from_db()
    assert (row.state, made.seq, made.source) == ("suspended", 1, "running")
    record = Record.objects.get(number=made.record)
    assert (record.kind, record.payload["document"]) == ("inspection.site_change", "市府办函〔2026〕1号")
    back = sites.record_change(actor=keeper, number=row.number, spec=replace(words, verb="resume"), now=NOW)
    assert back.seq == 2
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        SiteChange.objects.filter(pk=made.pk).update(reported_on=None)


def test_a_merged_site_says_into_which(keeper: Staff, org: Org) -> None:
    row, into = SiteFactory(org=org), SiteFactory(org=org)
    words = ChangeSpec(verb="merge", on=TODAY, reason="集约化", reported_on=TODAY)
    for wrong in ("", row.number, SiteFactory().number):
        with pytest.raises(Refused, match="整合到"):
            sites.record_change(actor=keeper, number=row.number, spec=replace(words, merged_into=wrong), now=NOW)
    sites.record_change(actor=keeper, number=row.number, spec=replace(words, merged_into=into.number), now=NOW)
    row.refresh_from_db()
    assert (row.state, row.merged_into) == ("merged", into)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (ChangeSpec(verb="resume", on=TODAY, reason="x"), Conflict),
        (ChangeSpec(verb="close", on=TODAY, reason=" "), Refused),
        (ChangeSpec(verb="close", on=TODAY + timedelta(days=1), reason="x"), Refused),
        (ChangeSpec(verb="close", on=TODAY, reason="x", reported_on=TODAY + timedelta(days=1)), Refused),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    keeper: Staff, org: Org, words: ChangeSpec, error: type[YunshuError]
) -> None:
    with pytest.raises(error):
        sites.record_change(actor=keeper, number=SiteFactory(org=org).number, spec=words, now=NOW)
    assert not Record.objects.exists()


def test_maintenance_is_registered_before_it_begins_and_called_off_before_too(keeper: Staff, org: Org) -> None:
    site = SiteFactory(org=org)
    hour = timedelta(hours=1)

    def register(start: timedelta, end: timedelta, reason: str = "升级") -> Callable[[], object]:
        words = {"starts_at": NOW + start, "ends_at": NOW + end, "reason": reason}
        return lambda: sites.register_window(actor=keeper, number=site.number, now=NOW, **words)  # type: ignore[arg-type]

    for wrong in (
        register(-hour, hour),
        register(hour, hour),
        register(hour, hour * 9999),
        register(hour, hour * 2, " "),
    ):
        with pytest.raises(Refused):
            wrong()
    register(hour, hour * 2)()
    window = site.windows.get()
    assert len(selectors.maintenance_between(site, NOW, NOW + 3 * hour)) == 1
    with pytest.raises(Conflict):
        sites.call_off_window(actor=keeper, number=site.number, window=window.number, now=NOW + hour)
    sites.call_off_window(actor=keeper, number=site.number, window=window.number, now=NOW)
    assert selectors.maintenance_between(site, NOW, NOW + 3 * hour) == []
    with pytest.raises(NotFound):
        sites.call_off_window(actor=keeper, number=site.number, window=window.number, now=NOW)


def test_visits_are_kept_once_and_make_a_week(org: Org) -> None:
    site = SiteFactory(org=org)
    seen = [
        visits.Seen(site=site.id_code, vantage="v1", at=NOW - timedelta(minutes=30 * n), ok=n % 2 == 0, ms=20)
        for n in range(1, 337)
    ]
    assert visits.keep([*seen, visits.Seen(site="9999999999", vantage="v1", at=NOW, ok=True)]) == 336
    assert visits.keep(seen[:10]) == 0
    whole, days = selectors.week_of(site, NOW)
    assert (whole.all.visits, whole.all.fails, whole.verdict) == (336, 168, Verdict.UNREACHABLE)
    assert [day.all.visits for day in days] == [48] * 7
    with pytest.raises(DatabaseError), transaction.atomic():
        Visit.objects.update(ok=True)


def seen_columns(*names: str) -> list[ColumnSeen]:
    return [
        ColumnSeen(url=f"https://t.gov.cn/{n}/", name=n, path=f"公开/{n}", kind="工作动态", items=3, last_item_at=NOW)
        for n in names
    ]


def test_columns_follow_what_was_seen_and_what_is_gone_comes_back(org: Org) -> None:
    site = SiteFactory(org=org)
    assert discovery.take_columns(site=site.id_code, seen=seen_columns("甲", "乙"), now=NOW) == discovery.Tally(new=2)
    assert discovery.take_columns(site=site.id_code, seen=seen_columns("甲", "乙"), now=NOW) == discovery.Tally()
    later = NOW + timedelta(days=1)
    assert discovery.take_columns(site=site.id_code, seen=seen_columns("甲"), now=later) == discovery.Tally(gone=1)
    assert Column.objects.get(name="乙").gone_at == later
    assert discovery.take_columns(site=site.id_code, seen=seen_columns("乙"), now=later, is_complete=False).back == 1
    assert [(c.level, c.promise_days, c.gone_at) for c in site.columns.all()] == [(2, 14, None)] * 2


def test_what_a_person_fixed_of_a_column_stays_and_its_figures_follow(keeper: Staff, org: Org) -> None:
    row = ColumnFactory(site__org=org, url="https://t.gov.cn/甲/")
    words = ColumnSpec(name="要闻", path="新闻/要闻", kind="工作动态", promise_days=7)
    discovery.fix_column(actor=keeper, number=row.site.number, column=row.pk, spec=words, now=NOW)
    tally = discovery.take_columns(site=row.site.id_code, seen=seen_columns("甲"), now=NOW)
    row.refresh_from_db()
    assert tally.changed == 1
    assert (row.name, row.path, row.promise_days, row.items, row.last_item_at) == ("要闻", "新闻/要闻", 7, 3, NOW)
    with pytest.raises(NotFound):
        discovery.fix_column(actor=keeper, number=SiteFactory().number, column=row.pk, spec=words, now=NOW)


def test_hosts_in_links_become_candidates_once_until_they_are_decided(keeper: Staff, org: Org) -> None:
    site = SiteFactory(org=org, host="www.test.gov.cn")
    seen = {"rsj.test.gov.cn": "https://www.test.gov.cn/links.html", "www.test.gov.cn": "x", "a.b.cn": "x"}
    assert discovery.take_hosts(site=site.id_code, seen=seen, now=NOW) == ["rsj.test.gov.cn"]
    assert discovery.take_hosts(site=site.id_code, seen=seen, now=NOW + timedelta(days=1)) == []
    row = Candidate.objects.get()
    assert (row.seen_on, row.last_seen - row.first_seen) == ("https://www.test.gov.cn/links.html", timedelta(days=1))
    words = {"actor": keeper, "host": row.host, "now": NOW}
    with pytest.raises(Refused):
        discovery.decide_candidate(state="ignored", reason="", **words)  # type: ignore[arg-type]
    assert discovery.decide_candidate(state="ignored", reason="内部系统", **words).decided_by == keeper.name  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        discovery.decide_candidate(actor=staff([VIEW, REGISTRY_EDIT]), host=row.host, state="new", reason="", now=NOW)


def test_an_unknown_site_is_said_to_be_unknown() -> None:
    with pytest.raises(NotFound):
        discovery.take_columns(site="9999999999", seen=(), now=NOW)
    with pytest.raises(NotFound):
        discovery.take_hosts(site="9999999999", seen={}, now=NOW)
    assert Site.objects.count() == 0
