"""Service matters become articles: by whose choice, row by row, twice without harm, never over what people wrote."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from tests.hotline.kb_world import Knowledge

from yunshu.domains.directory.models import Person
from yunshu.domains.hotline.models import Article, ArticleVersion, KnowledgeDemand
from yunshu.domains.hotline.rules import matters
from yunshu.domains.hotline.selectors import kb_search
from yunshu.domains.hotline.services import kb_demands, kb_index, kb_writing
from yunshu.domains.hotline.services.kb_importing import Choices, Result, bring_in, read_mapping
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel.errors import NotPermitted, Refused

MATTER: dict[str, Any] = {
    "TASK_CODE": "44XX01",
    "TASK_NAME": "路灯_移装*审批",
    "DEPT_NAME": "市城管局",
    "AREA_CODE_TEXT": "某市",
    "URL": "https://service.example/44XX01",
    "matter_type": "行政许可",
    "handle_location": "办理地点：市政大厅",
    "handle_time": "20(工作日)",
    "handle_time_limit": "5(工作日)",
    "accept_standard": "符合<办法>第三条\n另有规定的除外",
    "consult_phone": "无",
    "material_intro": ["申请表", "图纸"],
    "service_object_name": ["自然人", "企业法人"],
}


@pytest.fixture
def base(db: None) -> Knowledge:
    return Knowledge()


def written(path: Path, *rows: Any) -> Path:
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in rows))
    return path


def brought(base: Knowledge, path: Path, **more: Any) -> list[tuple[str, str]]:
    chosen = Choices(**({"mapping": {}} | more))
    return [(row.result, row.reason) for row in bring_in(actor=base.keeper, path=path, chosen=chosen, now=base.now)]


def test_a_matter_says_what_the_catalogue_says_and_nothing_that_it_lacks() -> None:
    found = matters.read(MATTER)
    assert found.title == "路灯_移装*审批"
    assert "- 承诺办结时限：5(工作日)" in found.body
    assert "# 申请材料\n\n- 申请表\n- 图纸" in found.body
    assert ("咨询电话" in found.body, r"\<办法\>" in found.body) == (False, True)


@pytest.mark.parametrize("gone", ["TASK_CODE", "TASK_NAME", "DEPT_NAME"])
def test_a_matter_without_code_name_or_department_is_refused(gone: str) -> None:
    with pytest.raises(matters.Unfit, match=gone):
        matters.read(MATTER | {gone: "无"})


def test_rows_are_taken_one_by_one_and_each_tells_what_is_wrong(base: Knowledge, tmp_path: Path) -> None:
    path = written(tmp_path / "m.jsonl", MATTER, "{broken", MATTER | {"TASK_CODE": "x", "DEPT_NAME": "广东省某厅"}, [1])
    results = brought(base, path)
    assert [result for result, _reason in results] == [Result.NEW, Result.FAULTY, Result.SKIPPED, Result.FAULTY]
    assert "广东省某厅" in results[2][1]
    made = ArticleVersion.objects.get()
    assert (made.state, made.is_imported, made.hands, made.article.origin) == ("draft", True, [], "imported")


def test_a_dry_run_keeps_nothing_and_says_the_same(base: Knowledge, tmp_path: Path) -> None:
    path = written(tmp_path / "m.jsonl", MATTER)
    assert brought(base, path, check=True, publish=True) == [(Result.PUBLISHED, "")]
    assert not Article.objects.exists()


def test_run_twice_it_goes_on_and_changes_only_what_changed(base: Knowledge, tmp_path: Path) -> None:
    path = written(tmp_path / "m.jsonl", MATTER)
    assert brought(base, path) == [(Result.NEW, "")]
    assert brought(base, path) == [(Result.SAME, "")]
    assert brought(base, path, publish=True) == [(Result.PUBLISHED, "")]
    assert brought(base, path, publish=True) == [(Result.SAME, "")]
    written(path, MATTER | {"consult_phone": "0663-0000000"})
    assert brought(base, path, publish=True) == [(Result.UPDATED, "")]
    row = Article.objects.get()
    assert (row.face.version, row.face.state) == (2, "published")
    assert len(ledger.evidence_of("hotline.", row.number, base.now)) == 2


def test_what_people_took_over_is_not_overwritten_and_then_needs_two_reviews(base: Knowledge, tmp_path: Path) -> None:
    path = written(tmp_path / "m.jsonl", MATTER)
    brought(base, path)
    row = Article.objects.get()
    kb_writing.save_draft(
        actor=base.liaison, number=row.number, revision=1, spec=base.spec(body="人写的"), now=base.now
    )
    ((result, reason),) = brought(base, path, publish=True)
    assert (result, "已由人修改" in reason) == (Result.SKIPPED, True)
    row.draft.refresh_from_db()
    assert (row.draft.body, row.draft.is_imported) == ("人写的", False)


def test_a_matter_that_reads_otherwise_asks_its_owner_to_revise_once_for_each_text(
    base: Knowledge, tmp_path: Path
) -> None:
    path = written(tmp_path / "m.jsonl", MATTER)
    brought(base, path, publish=True)
    row = Article.objects.get()
    base.renewed(row, body="人写的")
    assert brought(base, path, publish=True)[0][0] == Result.SKIPPED
    assert not KnowledgeDemand.objects.exists()
    written(path, MATTER | {"consult_phone": "0663-0000000"})
    assert brought(base, path, check=True)[0][0] == Result.SKIPPED
    assert not KnowledgeDemand.objects.exists()
    ((_result, reason),) = brought(base, path, publish=True)
    demand = KnowledgeDemand.objects.get()
    assert "已请责任单位修订" in reason
    assert (demand.kind, demand.unit, demand.article, demand.asker) == ("correct", base.urban, row, "system")
    kb_demands.move(actor=base.liaison, number=demand.number, verb="settle", reason="已核对，不用改。", now=base.now)
    brought(base, path, publish=True)
    assert not KnowledgeDemand.objects.filter(closed_at__isnull=True).exists()
    written(path, MATTER | {"consult_phone": "0663-0000001"})
    brought(base, path)
    assert KnowledgeDemand.objects.filter(closed_at__isnull=True).count() == 1


def test_a_department_is_mapped_by_a_file_and_the_file_is_checked(base: Knowledge, tmp_path: Path) -> None:
    path = written(tmp_path / "m.jsonl", MATTER | {"DEPT_NAME": "广东省住建厅"})
    table = written(tmp_path / "map.csv", "部门名称,单位代码", f"广东省住建厅,{base.urban.code}", "别的,")
    assert brought(base, path, mapping=read_mapping(table)) == [(Result.NEW, "")]
    assert Article.objects.get().owner == base.urban
    with pytest.raises(Refused, match="NOPE"):
        read_mapping(written(tmp_path / "bad.csv", "广东省住建厅,NOPE"))


def test_only_an_administrator_of_the_base_brings_in(base: Knowledge, tmp_path: Path) -> None:
    path = written(tmp_path / "m.jsonl", MATTER)
    with pytest.raises(NotPermitted):
        list(bring_in(actor=base.liaison, path=path, chosen=Choices(mapping={}), now=base.now))


def test_the_command_tells_and_writes_what_was_not_mapped(
    base: Knowledge, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "m.jsonl", MATTER, MATTER | {"TASK_CODE": "y", "DEPT_NAME": "广东省某厅"})
    who = Person.objects.get(pk=base.keeper.person_id).account.username
    files = {"unmapped": tmp_path / "un.csv", "report": tmp_path / "report.csv"}
    call_command("hotline_import_matters", path, by=who, publish=True, **files)
    said = capsys.readouterr().out
    assert ("发布 1" in said, "跳过 1" in said, "广东省某厅（1 行）" in said) == (True, True, True)
    assert "广东省某厅," in (tmp_path / "un.csv").read_text("utf-8-sig")
    assert Article.objects.get().number in (tmp_path / "report.csv").read_text("utf-8-sig")
    with pytest.raises(CommandError, match="没有用户"):
        call_command("hotline_import_matters", path, by="nobody")


@pytest.mark.shared
@pytest.mark.slow
def test_the_real_matters_come_in_and_are_found(base: Knowledge, shared: Path) -> None:
    path = shared / "input" / "hotline" / "service-matters.jsonl.gz"
    results = brought(base, path, publish=True, otherwise=base.urban.code)
    assert {result for result, _reason in results} == {Result.PUBLISHED}
    assert Article.objects.count() == len(results) == 2_262
    rows = Article.objects.order_by("pk").values_list("number", "face__title")[:40]
    assert brought(base, path, otherwise=base.urban.code).count((Result.SAME, "")) == len(results)
    assert kb_index.bring_up_to_date(seconds=20) is not None
    assert any(number in kb_search.ranked(title, base.today, most=10) for number, title in rows)
