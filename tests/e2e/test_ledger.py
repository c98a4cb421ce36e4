"""A fact entered in the console becomes final at the members, and its receipt is checked in a browser without a network."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import Instance, sign_in

pytestmark = pytest.mark.e2e


def final_record(page: Page, instance: Instance) -> str:
    """Return the number of a record of the table's that is final; wait for it."""
    page.goto(f"{instance.url}/console/tables/?q=2022")
    board = page.get_attribute('table a[href*="/tables/JX"]', "href") or ""
    page.goto(f"{instance.url}{board}proof/")
    page.wait_for_function(
        """async () => {
            const page = await (await fetch(location.href)).text();
            return page.includes("已最终确认</span>") || page.includes("已最终确认\\n");
        }""",
        timeout=30_000,
        polling=1000,
    )
    page.reload()
    row = page.get_by_role("row").filter(has_text="已最终确认").first
    return re.search(r"CZ\d{8}-\w+", row.inner_text()).group()  # type: ignore[union-attr]


def test_a_receipt_from_the_portal_is_proven_in_the_browser_without_a_network(
    page: Page, instance: Instance, tmp_path: Path
) -> None:
    sign_in(page, instance, "tianbao")
    number = final_record(page, instance)
    page.context.clear_cookies()

    page.goto(f"{instance.url}/ledger/")
    page.fill("#number", number)
    page.get_by_role("button", name="查询").click()
    assert page.locator("main dd li").count() >= 3, page.inner_text("main")  # who cosigned, each with its time
    with page.expect_download() as download:
        page.get_by_role("link", name="下载回执").click()
    receipt = tmp_path / "receipt.tlog-proof"
    download.value.save_as(receipt)

    page.goto(f"{instance.url}/ledger/verify/")
    verdict = page.locator("[data-verdict]")
    page.context.set_offline(True)
    page.set_input_files("input[type=file]", receipt)
    expect(verdict).to_contain_text("存证属实")
    expect(verdict).to_contain_text("SHA-256 + SM3")

    forged = tmp_path / "forged.tlog-proof"
    forged.write_bytes(re.sub(rb"\nindex (\d)", rb"\nindex 9\1", receipt.read_bytes()))
    page.set_input_files("input[type=file]", forged)
    expect(verdict).to_contain_text("不能证明")
    page.set_input_files("input[type=file]", {"name": "x.txt", "mimeType": "text/plain", "buffer": b"hello"})
    expect(verdict).to_contain_text("文件无法读取")


def test_an_unknown_number_is_said_to_be_unknown(page: Page, instance: Instance) -> None:
    page.goto(f"{instance.url}/ledger/?number=CZ20000101-NOTHERE")
    expect(page.locator("main")).to_contain_text("没有这个编号的存证")
    assert page.request.get(f"{instance.url}/ledger/receipts/CZ20000101-NOTHERE.tlog-proof").status == 404
    assert page.request.get(f"{instance.url}/ledger/policies/md5.txt").status == 404


def test_the_demos_end_with_verified(page: Page, instance: Instance) -> None:
    environment = os.environ | {"YUNSHU_DATA": str(instance.data)}
    yunshu = str(Path(sys.executable).parent / "yunshu")
    said = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    names = ("operations", "table", "ledger", "exchange")  # the first waits for most of its two minutes
    walks = [subprocess.Popen([yunshu, "demo", name], env=environment, **said) for name in names]  # type: ignore[call-overload]
    for walk in walks:
        words, _errors = walk.communicate(timeout=400)
        assert walk.returncode == 0, words
        assert words.splitlines()[-1] == "verified", words
    sign_in(page, instance, "shenji")  # whoever held the whole city before a demonstration still does
    assert page.goto(f"{instance.url}/console/sign-ins/").ok  # type: ignore[union-attr]
