"""From finding data to an agreement as each side does it in a browser; and the catalogue as CKAN's own client reads it."""

import ckanapi
import pytest
import requests
from playwright.sync_api import Page
from tests.e2e.conftest import Instance, sign_in

pytestmark = pytest.mark.e2e
CATALOGUE = "/console/exchange/catalogue/"


def test_a_county_finds_asks_and_is_granted_data_that_the_owner_can_take_back(page: Page, instance: Instance) -> None:
    sign_in(page, instance, "rongcheng")
    page.goto(f"{instance.url}{CATALOGUE}?q=hjrk")
    page.click("text=户籍人口基本信息")
    page.click("text=申请使用")
    for name in ("rybh", "gmsfhm", "xm", "hjdxzqh"):
        page.check(f"input[name=items][value={name}]")
    page.fill("[name=purpose]", "看看")
    page.fill("[name=basis]", "《广东省老年人权益保障条例》")
    page.fill("[name=contact]", "示例 0663-0000000")
    page.select_option("[name=row_field]", "hjdxzqh")
    page.fill("[name=row_values]", "445202")
    page.click("button:has-text('保存')")
    assert "请写明具体用途" in page.inner_text("main")
    page.fill("[name=purpose]", "办理高龄津贴时核验申请人的户籍和身份。")
    page.click("button:has-text('保存')")
    page.wait_for_url("**/requests/SQ**")
    address = page.url
    page.click("button[value=submit]")
    page.wait_for_selector("text=合规性审查")

    sign_in(page, instance, "shichang")
    assert page.goto(address).status == 404  # type: ignore[union-attr]

    sign_in(page, instance, "shuju")
    page.goto(address)
    page.click("button[value=pass_conditional]")
    page.wait_for_selector("text=待答复")

    sign_in(page, instance, "gongan")
    page.goto(address)
    page.click("button[value=refuse]")
    assert "须写明法律法规依据" in page.inner_text("main")
    assert page.input_value("select[name='mask.gmsfhm']") == "hash"
    page.select_option("select[name='mask.xm']", "partial")
    page.click("button[value=grant]")
    page.click("text=查看协议")
    page.wait_for_url("**/agreements/XY**")
    assert "加密摘要" in page.inner_text("main")
    agreement = page.url
    page.goto(f"{instance.url}/console/exchange/holdings/")
    assert "榕城区" in page.inner_text("main")

    sign_in(page, instance, "rongcheng")
    page.goto(agreement)
    page.click("text=立即交付")
    page.wait_for_url("**/deliveries/JF**")
    page.wait_for_selector(".badge:has-text('已交付')", timeout=60_000)
    assert "双方签署的回执已核对" in page.inner_text("main")

    sign_in(page, instance, "gongan")
    page.goto(agreement)
    page.fill("[name=reason]", "违规使用")
    page.click("button[value=revoke]")
    page.wait_for_selector("text=已终止")
    assert not page.is_visible("text=立即交付")


def test_a_workbook_goes_out_and_comes_in_as_it_was(page: Page, instance: Instance) -> None:
    sign_in(page, instance, "gongan")
    page.goto(f"{instance.url}{CATALOGUE}?org=445200-010")
    with page.expect_download() as waiting:
        page.click("text=按编制指南导出")
    page.goto(f"{instance.url}{CATALOGUE}import/")
    page.set_input_files("input[type=file]", waiting.value.path())
    page.click("button:has-text('下一步')")
    page.wait_for_selector("text=没有变化")
    page.click("text=换一个文件")
    page.set_input_files(
        "input[type=file]", {"name": "x.xlsx", "mimeType": "application/zip", "buffer": b"not a workbook"}
    )
    page.click("button:has-text('下一步')")
    page.wait_for_selector("text=这不是 XLSX 文件")


def test_an_unmodified_ckan_client_lists_searches_and_shows(page: Page, instance: Instance) -> None:
    sign_in(page, instance, "rongcheng")
    session = requests.Session()
    for cookie in page.context.cookies():
        session.cookies.set(cookie["name"], cookie["value"])
    staff = ckanapi.RemoteCKAN(instance.url, session=session)
    names = staff.action.package_list()
    assert len(names) >= 5
    found = staff.action.package_search(q="登记", rows=2, start=0)
    assert found["count"] >= 3
    assert len(found["results"]) == 2
    shown = staff.action.package_show(id=names[0])
    assert shown["organization"]["title"].startswith("揭阳市")
    assert shown["resources"][0]["schema"]["fields"]
    assert "445200-010" in staff.action.organization_list()
    in_class = staff.action.package_search(fq="groups:101001")
    assert [p["title"] for p in in_class["results"]] == ["户籍人口基本信息（示例数据）"]
    with pytest.raises(ckanapi.errors.NotFound):
        staff.action.package_show(id="nothing")
    with pytest.raises(ckanapi.errors.ValidationError):
        staff.action.package_search(rows="many")

    stranger = ckanapi.RemoteCKAN(instance.url)
    assert stranger.action.package_list() == []
    with pytest.raises(ckanapi.errors.NotAuthorized):
        ckanapi.RemoteCKAN(instance.url, apikey="ys_wrong.key").action.package_list()
