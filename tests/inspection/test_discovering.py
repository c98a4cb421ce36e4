"""Columns that a crawl saw enter the registry as discovered; what an inspector confirmed stays."""

from datetime import date
from typing import Any

import pytest
from tests.factories.directory import OrgFactory
from tests.factories.inspection import SiteFactory

from yunshu.domains.inspection.checks import facts
from yunshu.domains.inspection.models import Column, Page, Run
from yunshu.domains.inspection.services.running import columns
from yunshu.lib.kernel import clock

AT = "http://www.columns.gov.cn"


@pytest.fixture
def run(db: object) -> Run:
    site = SiteFactory(org=OrgFactory(), host="www.columns.gov.cn", home_url=f"{AT}/")
    return Run.objects.create(number="JC-1", site=site, crawl="x", started_at=clock.now(), asked_by="测试")


def page(run: Run, path: str, role: str = "column", **said: Any) -> None:
    made = {"links": [], "listed": {}, "rows": 0, "title": "栏目-某网站", "column": "", "type": "", **said}
    Page.objects.create(
        site=run.site, url=AT + path, role=role, first_at=clock.now(), seen_at=clock.now(), run=run, facts=made
    )


def rows(*days: str) -> dict[str, Any]:
    return {"rows": len(days), "listed": {f"{AT}/{n}-{day}.html": day for n, day in enumerate(days)}}


def test_labels_places_and_navigation_name_what_a_crawl_saw(run: Run) -> None:
    page(run, "/", "home", links=[[f"{AT}/tz/", "通知公告", "a", True], [f"{AT}/x.html", "一篇", "a", True]])
    page(run, "/xw/index.html", column="工作动态", type="工作动态", **rows("2026-03-01", "2026-03-05"))
    page(run, "/xw/index_2.html", column="工作动态", type="工作动态", **rows("2026-02-01"))
    page(run, "/zc/index.html", crumbs=["政务公开", "政策文件"], type="政策文件", **rows("2026-01-02"))
    page(run, "/tz/", **rows("2026-01-03"))
    page(run, "/x.html", "article")
    page(run, "/hdjlpt/published?via=pc", column="咨询投诉", type="咨询投诉")  # its interface lists it
    columns.discover(run)
    columns.discover(run)
    found = {row.url.removeprefix(AT): row for row in Column.objects.all()}
    assert {url: (row.path, row.kind, row.items) for url, row in found.items()} == {
        "/xw/index.html": ("工作动态", "工作动态", 3),
        "/zc/index.html": ("政务公开/政策文件", "政策文件", 1),
        "/tz/": ("通知公告", "其他", 1),
    }
    assert clock.city_date(found["/xw/index.html"].last_item_at) == date(2026, 3, 5)
    assert not any(row.is_fixed for row in found.values())


def test_a_registered_column_learns_its_items_and_keeps_what_a_person_said(run: Run) -> None:
    Column.objects.create(
        site=run.site, url=f"{AT}/xw/index.html#top", name="要闻", path="要闻", kind="通知公告", is_fixed=True
    )
    page(run, "/xw/index.html", column="工作动态", type="工作动态", **rows("2026-03-01", "2026-03-05"))
    columns.discover(run)
    row = Column.objects.get()
    assert (row.name, row.kind, row.items) == ("要闻", "通知公告", 2)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("您现在的位置：首页 > 政务公开 > 通知公告", ["政务公开", "通知公告"]),
        ("当前位置: 网站首页 » 要闻", ["要闻"]),
        ("位置重要，请注意", []),
    ],
)
def test_the_line_of_place_names_the_columns_above(line: str, names: list[str]) -> None:
    assert facts.crumbs(f"某网站\n{line}\n正文") == names
