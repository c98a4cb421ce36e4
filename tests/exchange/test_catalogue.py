"""An entry lives: written, checked, published, changed, retired; and is found again."""

from dataclasses import replace

import pytest
from tests.exchange.world import ITEMS, NOW, World, entry, item
from tests.factories.directory import staff

from yunshu.domains.exchange import selectors, services
from yunshu.domains.exchange.contracts import CATALOGUE_EDIT, CATALOGUE_VIEW, Grade, SharingType
from yunshu.domains.exchange.models import ClockRule, Element, Resource
from yunshu.domains.exchange.rules import life
from yunshu.domains.ledger.models import Record
from yunshu.domains.workflow.models import Task
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


def test_an_entry_is_published_as_a_version_with_a_code_and_is_proven(world: World) -> None:
    row = world.published()
    row.refresh_from_db()
    assert (row.stage, row.version, row.code) == ("published", 1, "101001/000001")
    assert [i.name for i in row.items.all()] == [i.name for i in ITEMS]
    kinds = list(Record.objects.filter(subject=row.number).order_by("pk").values_list("kind", flat=True))
    assert kinds == ["exchange.entry_step", "exchange.entry", "exchange.entry_step"]


def test_codes_are_numbered_within_their_class(world: World) -> None:
    world.published()
    row = world.published(name="第二个")
    row.refresh_from_db()
    assert row.code == "101001/000002"


def test_what_is_published_stays_while_a_change_is_written(world: World) -> None:
    row = world.published()
    world.move(world.owner, row, "change", "机构职责调整")
    row.refresh_from_db()
    changed = replace(selectors.draft_of(row), name="户籍人口信息（新）")
    services.save_draft(actor=world.owner, number=row.number, form=changed, seen=row.changed_at, now=NOW)
    row.refresh_from_db()
    assert (row.name, selectors.form_of(row).name, selectors.draft_of(row).name) == (
        "户籍人口基本信息",
        "户籍人口基本信息",
        "户籍人口信息（新）",
    )
    world.move(world.owner, row, "submit_change")
    world.move(world.checker, row, "publish_change")
    row.refresh_from_db()
    assert (row.name, row.version, row.code) == ("户籍人口信息（新）", 2, "101001/000001")


def test_a_change_given_up_leaves_no_trace_in_the_entry(world: World) -> None:
    row = world.published()
    world.move(world.owner, row, "change")
    world.move(world.owner, row, "give_up_change", "")
    row.refresh_from_db()
    assert (row.stage, row.draft, row.version) == ("published", None, 1)


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"summary": "短"}, "summary_short"),
        ({"category": ""}, "category_missing"),
        ({"items": ()}, "items_missing"),
        ({"sharing_type": SharingType.NONE}, "basis_missing"),
        ({"sharing_condition": ""}, "condition_missing"),
        ({"sharing_scope": " "}, "scope_missing"),
        ({"items": (item("1x", "字段"),)}, "column_name"),
        ({"items": (item("a", "甲"), item("A", "乙"))}, "column_twice"),
        ({"items": (item("a", ""),)}, "title_missing"),
        ({"items": (item("a", "甲", grade=Grade.CORE),)}, "core_shared"),
        ({"items": (item("a", "甲", element="nope"),)}, "element_unknown"),
    ],
)
def test_an_entry_with_a_fault_is_not_submitted(world: World, more: dict[str, object], rule: str) -> None:
    row = world.draft(**more)
    assert rule in {f.rule for f in selectors.faults_of(selectors.draft_of(row))}
    with pytest.raises(Refused, match=r"不符合编制要求"):
        world.move(world.owner, row, "submit")


def test_a_second_source_of_an_element_is_pointed_out(world: World) -> None:
    Element.objects.create(code="DE001", name="公民身份号码", data_type="C", source_org=world.police)
    county_entry = entry(world.county, items=(item("id_number", "身份证号", element="DE001", is_key=True),))
    faults = selectors.faults_of(county_entry)
    assert [f.rule for f in faults] == ["second_source"]
    from_source = entry(
        world.county, items=(item("a", "身份证号", element="DE001", is_key=True, source_org=world.police.code),)
    )
    assert selectors.faults_of(from_source) == ()


def test_two_writers_of_one_draft(world: World) -> None:
    row = world.draft()
    seen = row.changed_at
    form = replace(selectors.draft_of(row), name="甲")
    services.save_draft(actor=world.owner, number=row.number, form=form, seen=seen, now=NOW.replace(hour=3))
    with pytest.raises(Conflict, match="他人修改"):
        services.save_draft(actor=world.owner, number=row.number, form=form, seen=seen, now=NOW.replace(hour=4))


def test_who_may_see_and_write(world: World) -> None:
    row = world.draft()
    with pytest.raises(NotFound):
        selectors.get_resource(world.clerk, row.number)
    assert selectors.get_resource(world.checker, row.number) == row
    with pytest.raises(NotPermitted):
        services.create_entry(actor=world.clerk, form=entry(world.police), now=NOW)
    world.move(world.owner, row, "submit")
    with pytest.raises(NotPermitted):
        world.move(world.owner, row, "publish")
    world.move(world.checker, row, "publish")
    assert selectors.get_resource(world.clerk, row.number) == row


def test_an_entry_in_use_cannot_be_retired(world: World) -> None:
    agreement = world.agreed()
    with pytest.raises(Refused, match="共享协议"):
        world.move(world.owner, agreement.resource, "ask_retire")
    services.move_agreement(actor=world.clerk, number=agreement.number, verb="revoke", reason="不再需要", now=NOW)
    world.move(world.owner, agreement.resource, "ask_retire")
    world.move(world.checker, agreement.resource, "retire")
    with pytest.raises(NotFound):
        selectors.get_resource(world.clerk, agreement.resource.number)


def test_a_clock_rule_says_how_long_a_step_may_take(world: World) -> None:
    ClockRule.objects.create(
        code="c", step=f"{life.CODE}.checking", level="city", amount=7, unit="natural_days", source="本市规定"
    )
    row = world.draft()
    world.move(world.owner, row, "submit")
    task = Task.objects.get(case__number=row.number, done_at__isnull=True)
    assert (task.amount, task.unit) == (7, "natural_days")


@pytest.mark.parametrize(
    "asked", ["户籍人口", "人口", "身份号码", "hujirenkou", "hjrk", "户籍 市公安局", "born_on", "101001/000001"]
)
def test_an_entry_is_found_by_words_pinyin_item_department_and_code(world: World, asked: str) -> None:
    row = world.published()
    world.published(
        name="企业登记信息",
        summary="市场主体的登记信息，来自企业登记。",
        items=(item("uscc", "信用代码", is_key=True),),
    )
    seen = selectors.visible_resources(world.clerk)
    assert selectors.best(seen, asked).part(0, 1) == [row]


def test_a_name_weighs_more_than_an_item(world: World) -> None:
    by_item = world.published(name="低保对象", items=(item("a", "企业名称", is_key=True),))
    by_name = world.published(name="企业名称登记", items=(item("a", "编号", is_key=True),))
    assert selectors.best(Resource.objects.all(), "企业名称").part(0, 9) == [by_name, by_item]


def test_reindexing_finds_the_same(world: World) -> None:
    row = world.published()
    Resource.objects.update(search=None, name_words=None, pinyin="")
    assert services.reindex() == 1
    assert selectors.best(Resource.objects.all(), "born_on").part(0, 9) == [row]


def test_a_stranger_without_the_right_finds_nothing(world: World) -> None:
    row = world.published()
    viewer = staff([CATALOGUE_VIEW])
    assert list(selectors.visible_resources(viewer)) == [row]
    assert list(selectors.editable_orgs(viewer, CATALOGUE_EDIT)) == []
