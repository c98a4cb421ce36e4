"""Kinds over a real database: rows become objects through their domains, are read back, and go again."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.factories.directory import OrgFactory
from tests.hotline.hotline_world import Hotline
from tests.taking.sheets import ACTOR, ORGS, TICKETS, WORDS, job, judged, past, reasons, sheet, taken

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.hotline.models import Ticket
from yunshu.domains.operations.models import Asset
from yunshu.domains.projects.models import Contract, Project
from yunshu.lib.identifiers import uscc
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.taking.models import Row, Run
from yunshu.lib.taking.reconciling import reconcile
from yunshu.lib.taking.undoing import undo

pytestmark = pytest.mark.django_db
CREDIT = uscc.compose("1", "1", "445200", "00693974")


def test_organisations_come_with_their_parents_in_any_order(tmp_path: Path) -> None:
    rows = (["B1", "某局", "市直单位", "A1", CREDIT], ["A1", "某市", "市", "", ""])
    source = sheet(tmp_path / "orgs.xlsx", ORGS, *rows)
    assert [v.outcome for v in judged(source, "organisations")] == ["created", "created"]
    assert not Org.objects.filter(code="A1").exists()

    made = taken(source, "organisations")

    assert made.counts == {"created": 2}
    assert Org.objects.get(code="B1").parent.code == "A1"
    assert reconcile(made.number).is_equal


def test_a_faulty_row_is_told_all_that_is_wrong_with_it_and_the_others_are_taken(tmp_path: Path) -> None:
    rows = (
        ["A", "一", "市", "", ""],
        ["A", "二", "市直单位", "Z", CREDIT[:-1] + "?"],
        ["C", "三", "王国", "D", ""],
        ["D", "四", "市直单位", "E", ""],
        ["E", "五", "市直单位", "D", ""],
        ["", "六", "市", "", ""],
    )
    source = sheet(tmp_path / "orgs.csv", ORGS, *rows, encoding="gb18030")

    made = taken(source, "organisations")

    assert made.counts == {"created": 1, "bad": 5}
    told = {(row.line, r["column"], r["why"]) for row in made.rows.all() for r in row.reasons}
    assert told == {
        (3, "机构编码", "与第 2 行重复"),
        (3, "统一社会信用代码", "统一社会信用代码校验不通过"),
        (4, "机构类别", "不在选项中"),
        *((line, "上级机构编码", "上下级成了一圈，或挂在一圈之下") for line in (4, 5, 6)),
        (7, "机构编码", "没有填写"),
    }


def test_people_come_without_accounts_and_without_their_identity_numbers(tmp_path: Path) -> None:
    OrgFactory(code="B1", name="某局")
    head = ("工号", "姓名", "单位", "职务", "手机", "身份证号")
    number = "11010519491231002X"
    rows = (["1", "甲", "某局", "科员", "138 0000 0000", number], ["2", number, "某局", "", "", number.lower()])
    source = sheet(tmp_path / "people.csv", head, *rows)

    made = taken(source, "people")

    one = Person.objects.get(number="1")
    assert (one.account, one.phone, made.counts) == (None, "13800000000", {"created": 1, "bad": 1})
    assert {r["why"] for r in made.rows.get(line=3).reasons} == {
        "与第 2 行是同一个人",
        "含有公民身份号码，本列不得保存",
    }
    kept = str(list(Row.objects.values())) + str(list(Run.objects.values())) + str(list(Person.objects.values()))
    assert "19491231" not in kept


def test_a_closed_ticket_is_history_and_an_open_one_enters_the_life(tmp_path: Path) -> None:
    world = Hotline()
    open_ = past("T2", "", 状态="待派", 派单时间="", 办结时间="", 答复="", 满意度="")
    source = sheet(tmp_path / "tickets.xlsx", TICKETS, past("T1", "市城管局"), open_)

    made = taken(source, "tickets", WORDS)

    assert made.counts == {"created": 2}
    old, new = (Ticket.objects.get(source_number=number) for number in ("T1", "T2"))
    assert (old.state, old.is_past, old.unit, old.accepted_at) == ("archived", True, world.urban, None)
    assert (old.steps.get().verb, old.clocks.count(), old.contact.phone) == ("take_over", 0, "13812345678")
    assert (new.state, new.is_past, new.clocks.get().starts_at) == ("registered", False, new.received_at)
    found = reconcile(made.number)
    assert found.is_equal, found.groups
    assert {group.rows for group in found.groups} == {2}


def test_what_a_ticket_cannot_have_been_is_refused(tmp_path: Path) -> None:
    Hotline()
    rows = (
        past("T1", "", 办结时间="2023-05-01"),
        past("T2", "查无此局", 答复=""),
        past("T3", "", 状态="在办"),
        past("T4", "", 来电时间="2023-02-30"),
    )
    found = reasons(judged(sheet(tmp_path / "t.csv", TICKETS, *rows), "tickets", WORDS))
    assert {(line, column) for line, column, _why in found} == {
        (2, "办结时间"), (3, "承办单位"), (3, "答复"), (4, "办结时间"), (4, "答复"), (4, "满意度"), (4, "承办单位"), (4, "签收时间"),
        (5, "来电时间"),
    }  # fmt: skip
    assert not Ticket.objects.exists()


def test_a_confidential_caller_stays_sealed(tmp_path: Path) -> None:
    Hotline()
    made = taken(sheet(tmp_path / "t.csv", TICKETS, past("T1", "", 类型="举报")), "tickets", WORDS)
    row = Ticket.objects.get()
    assert (row.is_confidential, row.contact.name, row.contact.phone) == (True, "", "")
    assert row.sealed.sealed
    assert reconcile(made.number).is_equal


def test_the_same_file_again_does_nothing_and_a_changed_row_is_named(tmp_path: Path) -> None:
    Hotline()
    source = sheet(tmp_path / "t.csv", TICKETS, past("T1", "市城管局"))
    first = taken(source, "tickets", WORDS)
    assert taken(source, "tickets", WORDS) == first

    sheet(source, TICKETS, past("T1", "市城管局", 答复="已更换灯泡", 姓名="李某"), past("T2", ""))
    second = taken(source, "tickets", WORDS)

    assert second.counts == {"differs": 1, "created": 1}
    named = {r["column"]: (r["value"], r["why"]) for r in second.rows.get(outcome="differs").reasons}
    assert named == {
        "答复": ("已更换灯泡", "平台里是“已修复”，没有改动"),
        "姓名": ("李***", "平台里是“陈***”，没有改动"),
    }
    assert Ticket.objects.get(source_number="T1").answer == "已修复"


def test_assets_are_entered_and_taken_back_while_nobody_moved_them(tmp_path: Path) -> None:
    OrgFactory(code="B1", name="某局")
    head = ("资产编号", "类别", "使用部门", "使用人", "购置日期", "备注")
    rows = (["K-1", "打印机", "某局", "", "2021.3.5", "二楼"], ["K-2", "服务器", "某局", "甲", "", ""])
    made = taken(sheet(tmp_path / "a.xlsx", head, *rows), "assets")
    assert sorted(Asset.objects.values_list("state", flat=True)) == ["in_stock", "in_use"]
    assert reconcile(made.number).is_equal

    undo(made.number, ACTOR, "测试", clock.now())

    assert (Asset.objects.count(), Row.objects.filter(outcome="undone").count()) == (0, 2)
    assert not reconcile(made.number).gone


def test_projects_contracts_and_instalments_are_taken_one_after_the_other_and_back_in_reverse(tmp_path: Path) -> None:
    OrgFactory(code="B1", name="某局")
    project = ["P-1", "一体化平台", "建设类", "某局", "运行维护"]
    runs = [
        taken(sheet(tmp_path / "p.csv", ("项目代码", "项目名称", "类别", "建设单位", "所处阶段"), project), "projects")
    ]
    contract = ["HT-9", "P-1", "建设合同", "120.5", "2020-01-01"]
    head = ("原合同编号", "项目代码", "合同名称", "合同金额", "签订日期")
    words = {
        "columns": dict(zip(head, ("source_number", "project", "name", "amount_yuan", "signed_on"), strict=True)),
        "units": {"amount_yuan": "wan"},
    }
    runs.append(taken(sheet(tmp_path / "c.csv", head, contract), "contracts", words))
    parts = (["HT-9", "1", "首付", "405000"], ["HT-9", "2", "验收", "800000"], ["HT-9", "4", "尾款", "1"])
    runs.append(taken(sheet(tmp_path / "i.csv", ("原合同编号", "期次", "付款节点", "金额"), *parts), "instalments"))

    assert [made.counts for made in runs] == [{"created": 1}, {"created": 1}, {"created": 2, "bad": 1}]
    assert Project.objects.get().stage == "operation"
    assert Contract.objects.get().amount_yuan == Decimal("1205000.00")
    assert all(reconcile(made.number).is_equal for made in runs)
    with pytest.raises(Refused, match="项目合同 1 条"):
        undo(runs[0].number, ACTOR, "测试", clock.now())
    for made in reversed(runs):
        undo(made.number, ACTOR, "测试", clock.now())
    assert not Project.objects.exists()


def test_an_import_that_something_depends_on_stays(tmp_path: Path) -> None:
    made = taken(sheet(tmp_path / "o.csv", ORGS, ["A1", "某局", "主管部门", "", ""]), "organisations")
    org = Org.objects.get(code="A1")
    person = Person.objects.create(number="7", name="甲", org=org)
    with pytest.raises(Refused, match="人员 1 条"):
        undo(made.number, ACTOR, "测试", clock.now())
    person.delete()
    Org.objects.filter(pk=org.pk).update(name="改名局")
    with pytest.raises(Refused, match="接管后又被修改的记录 1 条"):
        undo(made.number, ACTOR, "测试", clock.now())


def test_tickets_go_with_their_parts_and_their_cases(tmp_path: Path) -> None:
    Hotline()
    open_ = past("T2", "", 状态="待派", 派单时间="", 办结时间="", 答复="", 满意度="", 类型="举报")
    source = sheet(tmp_path / "t.csv", TICKETS, past("T1", ""), open_)
    made = taken(source, "tickets", WORDS)

    undo(made.number, ACTOR, "测试", clock.now())

    assert not Ticket.objects.exists()
    assert taken(source, "tickets", WORDS).counts == {"created": 2}  # the way is free again


def test_what_comes_from_a_source_is_never_a_formula_in_the_report(tmp_path: Path) -> None:
    source = sheet(tmp_path / "o.xlsx", ORGS, ["A1", "=1+1", "市", "", ""], ["A2", "乙", "=HYPERLINK(1)", "", ""])
    assert {(line, why) for line, _column, why in reasons(judged(source, "organisations"))} == {
        (2, "是公式，不是值"),
        (3, "是公式，不是值"),
    }
    assert job(source, "organisations").source.head == ORGS
