"""The main way of the performance table in a real browser, from a file to a light and back to a file."""

from pathlib import Path

import pytest
from playwright.sync_api import Page
from tests.e2e.conftest import Instance, sign_in
from tests.evaluation.table_forms import as_published_text, small_form

from yunshu.domains.evaluation.contracts import form_digest
from yunshu.domains.evaluation.sheets import read_any

pytestmark = pytest.mark.e2e


def act(page: Page, verb: str, reason: str = "") -> None:
    if reason:
        page.fill("#reason", reason)
    page.get_by_role("button", name=verb, exact=True).click()
    page.wait_for_load_state()


def test_a_table_is_imported_approved_proven_and_exported(page: Page, instance: Instance, tmp_path: Path) -> None:
    source = tmp_path / "绩效目标表.txt"
    source.write_text(as_published_text(small_form()))
    sign_in(page, instance, "tianbao")
    page.goto(f"{instance.url}/console/tables/import/")
    page.set_input_files("input[type=file]", source)
    page.get_by_role("button", name="下一步：核对").click()
    page.get_by_label(">", exact=True).first.check()
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**/console/tables/JX*/")
    board = page.url
    assert "> 99 %" in page.inner_text("main")
    act(page, "提交审核")
    assert "写明核实说明" in page.inner_text("main")
    page.goto(board)
    page.get_by_text("写核实说明").first.click()
    page.fill("details[open] textarea[name=reason]", "满意度调查由省级统一开展，本表不另设。")
    page.get_by_role("button", name="保存说明").click()
    page.wait_for_load_state()
    act(page, "提交审核")
    for who, verb in (("shenhe", "审核通过"), ("shending", "审核通过"), ("caizheng", "批复"), ("tianbao", "开始监控")):
        sign_in(page, instance, who)
        page.goto(board)
        act(page, verb)
    page.get_by_role("link", name="办公终端系统替代").click()
    assert "尚无测量" in page.inner_text("main")
    page.fill("input[name=on]", "2024-05-01")
    page.fill("input[name=value]", "85")
    page.fill("textarea[name=statement]", "85 个单位签收单")
    page.get_by_role("button", name="登记", exact=True).click()
    page.wait_for_load_state()
    assert "已达成" in page.inner_text("main")
    page.goto(board)
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 XLSX").click()
    exported = tmp_path / "export.xlsx"
    download.value.save_as(exported)
    first, again = (read_any(p.read_bytes(), p.name).form for p in (source, exported))
    assert first is not None
    assert again is not None
    assert again.indicators[1].comparator.value == ">"
    assert form_digest(again) != form_digest(first)  # the reading chosen on the review page
    page.goto(f"{board}versions/")
    assert form_digest(again) in page.content()
    assert [t.amount_yuan for t in again.tasks] == [t.amount_yuan for t in first.tasks]
