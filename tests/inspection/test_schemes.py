"""Keeping schemes: brought in once, copied, edited in a draft, published for good."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from tests.factories.directory import staff
from tests.inspection.scheme_world import LOADER, City

from yunshu.config.city.load_schemes import load_schemes as load_city_schemes
from yunshu.domains.inspection.contracts import PROOF_KIND, VIEW
from yunshu.domains.inspection.models import Scheme, SchemeVersion
from yunshu.domains.inspection.rules import digests, life
from yunshu.domains.inspection.selectors import schemes as selectors
from yunshu.domains.inspection.services import schemes as services
from yunshu.domains.inspection.services.shipped import load_schemes
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(db: None) -> City:
    return City()


def draft(city: City) -> SchemeVersion:
    spec = services.VersionSpec(name="试改", source="测试发文")
    return services.copy_version(actor=city.boss, number=city.version("jieyang").number, spec=spec, now=city.now)


def publish(city: City, row: SchemeVersion) -> SchemeVersion:
    today = clock.city_date(city.now)
    return services.publish_version(actor=city.boss, number=row.number, valid_from=today, now=city.now)


def indicator(row: SchemeVersion, code: str):
    return selectors.written_indicator(row.indicators.get(code=code))


def test_the_schemes_are_brought_in_once_and_what_officials_changed_stays(city):
    name = "揭阳市自定指标"
    Scheme.objects.filter(code="jieyang").update(name=name)
    before = list(SchemeVersion.objects.values_list("number", "digest"))
    assert load_schemes(actor=LOADER, now=city.now) == dict.fromkeys(("gov2019", "guangdong", "jieyang"), False)
    assert list(SchemeVersion.objects.values_list("number", "digest")) == before
    assert Scheme.objects.get(code="jieyang").name == name
    assert city.version("jieyang").copied_from == city.version("gov2019")


def test_a_draft_is_edited_and_published_and_the_former_is_retired(city):
    former, row = city.version("jieyang"), draft(city)
    written = indicator(row, "D15")
    changed = replace(written, formula={"kind": "per_finding", "points": "0.1"}, certainty="verified")
    services.save_indicator(actor=city.boss, number=row.number, code="D15", written=changed)
    made = publish(city, row)
    former.refresh_from_db()
    assert (made.state, former.state) == ("in_force", "retired")
    assert made.digest == digests.version_digest(selectors.written(made)) != former.digest
    assert ledger.evidence_of(PROOF_KIND, made.number, city.now)
    (change,) = selectors.changes(former, made)
    assert (change.code, [f.name for f in change.fields]) == ("D15", ["计分公式", "核实情况"])
    assert [f.after for f in change.fields] == ["每处扣 0.1 分", "已核原文"]
    today = clock.city_date(city.now)
    rows = list(SchemeVersion.objects.select_related("scheme"))
    assert selectors.version_on("jieyang", today, rows) == made
    assert selectors.version_on("jieyang", today - timedelta(days=1), rows) == former


def test_a_version_that_is_not_whole_is_refused_in_words_with_its_place(city):
    row = draft(city)
    written = indicator(row, "D15")
    services.save_indicator(actor=city.boss, number=row.number, code="D15", written=replace(written, points=Decimal(5)))
    with pytest.raises(Refused) as error:
        publish(city, row)
    assert "政府门户网站的扣分指标合计 99 分，应为 100 分" in error.value.message


@pytest.mark.parametrize(
    ("code", "words", "said"),
    [
        ("W1", {"checks": ()}, "指标 W1：单项否决指标没有写明检查项"),
        ("D15", {"checks": ("link_rotten",)}, "指标 D15：没有“link_rotten”这一检查项"),
        ("D15", {"formula": {"kind": "flat", "points": "9"}}, "指标 D15：一次扣 9 分，超过本指标的 6 分"),
        ("D15", {"formula": {"kind": "veto", "any_of": [{}]}}, "veto 公式也只能用于单项否决指标"),
        ("D15", {"formula": {"kind": "flat"}}, "指标 D15：points：缺少"),
        ("D15", {"applies_to": ("shop",)}, "没有“shop”这一适用对象"),
        ("D15", {"text": " "}, "缺少名称或原文"),
    ],
)
def test_a_wrong_indicator_is_refused_in_words(city, code, words, said):
    row = draft(city)
    with pytest.raises(Refused) as error:
        services.save_indicator(
            actor=city.boss, number=row.number, code=code, written=replace(indicator(row, code), **words)
        )
    assert said in error.value.message


def test_a_published_version_does_not_change(city):
    row = publish(city, draft(city))
    written = indicator(row, "D15")
    with pytest.raises(Conflict):
        services.save_indicator(actor=city.boss, number=row.number, code="D15", written=written)
    for act in (
        lambda: row.indicators.filter(code="D15").update(points=7),
        lambda: row.indicators.filter(code="D15").delete(),
        lambda: SchemeVersion.objects.filter(pk=row.pk).update(state="draft"),
        lambda: SchemeVersion.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_indicators_are_added_and_removed_in_a_draft(city):
    row = draft(city)
    new = replace(indicator(row, "D09"), code="D30", name="新指标")
    services.save_indicator(actor=city.boss, number=row.number, code="", written=new)
    with pytest.raises(Conflict):
        services.save_indicator(actor=city.boss, number=row.number, code="", written=new)
    services.remove_indicator(actor=city.boss, number=row.number, code="D09")
    changes = selectors.changes(city.version("jieyang"), row)
    assert {(c.kind, c.code) for c in changes} == {("added", "D30"), ("removed", "D09")}
    services.drop_draft(actor=city.boss, number=row.number)
    assert not SchemeVersion.objects.filter(pk=row.pk).exists()


def test_only_an_official_edits_and_only_inspectors_read(city):
    reader, stranger = staff((VIEW,)), staff(())
    with pytest.raises(NotPermitted):
        services.copy_version(
            actor=reader,
            number=city.version().number,
            spec=services.VersionSpec(name="a", source="b"),
            now=city.now,
        )
    with pytest.raises(NotFound):
        selectors.get_version(stranger, city.version().number)


def test_a_version_does_not_come_into_force_before_its_day(city):
    row = draft(city)
    with pytest.raises(Refused, match="还没有到"):
        services.publish_version(
            actor=city.boss,
            number=row.number,
            valid_from=clock.city_date(city.now) + timedelta(days=1),
            now=city.now,
        )


def test_the_city_load_brings_the_schemes_in_once(db):
    every = 3 + len(life.DUES)  # the schemes, and the time limits of rectification
    assert load_city_schemes().counts == {"created": every}
    assert load_city_schemes().counts == {"same": every}
