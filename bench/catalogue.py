"""A catalogue of 100,000 entries and 2,000,000 items: how long a search and a full reindex take.

    uv run python bench/catalogue.py [--quick]        (--quick: 5,000 entries)

Starts a throw-away PostgreSQL, fills it with entries made of usual words, indexes them, and asks 200 questions (names,
items, two words, pinyin, initials, a word that nearly every entry holds) through the selector that the page uses: the
first 50 answers, the best first. Beside it the same questions as one plain ``ILIKE`` over names, on the same data.
"""

import _root  # noqa: F401 - finds tests

# isort: split
import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from tests import template

FULL, QUICK, ITEMS, ASKED = 100_000, 5_000, 20, 200
AREAS = ["榕城", "揭东", "揭西", "惠来", "普宁", "空港", "市级", "城区", "乡镇", "街道", "园区", "滨海"]
THINGS = [
    "户籍人口",
    "企业登记",
    "社会保险",
    "住房公积金",
    "不动产",
    "医疗保障",
    "婚姻登记",
    "低保对象",
    "残疾人",
    "车辆",
    "驾驶证",
    "学籍",
    "教师资格",
    "医师执业",
    "药品经营",
    "食品许可",
    "建设工程",
    "施工许可",
    "土地出让",
    "林权",
    "水资源",
    "排污许可",
    "环境监测",
    "道路运输",
    "港口",
    "渔船",
    "农机",
    "种子",
    "耕地",
    "宅基地",
    "税务",
    "财政票据",
    "政府采购",
    "公共资源",
    "信用",
    "行政处罚",
    "行政许可",
    "信访",
    "12345工单",
    "应急",
    "消防",
    "气象",
    "地震",
    "文物",
    "图书馆",
    "体育场馆",
]
KINDS = [
    "基本信息",
    "登记信息",
    "变更记录",
    "统计数据",
    "名录",
    "证照",
    "处罚信息",
    "许可信息",
    "业务办理",
    "核验结果",
    "监测数据",
    "档案",
]
COLUMNS = [
    "姓名",
    "公民身份号码",
    "统一社会信用代码",
    "单位名称",
    "法定代表人",
    "联系电话",
    "地址",
    "行政区划代码",
    "登记日期",
    "有效期止",
    "状态",
    "金额",
    "面积",
    "数量",
    "编号",
    "类别",
    "用途",
    "备注",
    "更新时间",
    "经办机构",
    "审批日期",
    "许可证号",
    "车牌号",
    "学校名称",
    "医院名称",
    "病种",
    "险种",
    "缴费基数",
    "房屋坐落",
    "权利人",
]


def main() -> None:
    """Fill, index, ask, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    count = QUICK if parser.parse_args().quick else FULL
    with tempfile.TemporaryDirectory(prefix="yunshu-bench-", ignore_cleanup_errors=True) as folder:
        server = template.started_in(Path(folder))
        try:
            os.environ |= {"DATABASE_URL": server.app_url(template.NAME), "YUNSHU_DATA": folder}
            os.environ["DJANGO_SETTINGS_MODULE"] = "yunshu.config.settings"
            measure(count, server.owner_url(template.NAME))
        finally:
            server.stop()


def measure(count: int, owner_url: str) -> None:
    """Fill the catalogue with ``count`` entries, index it, ask."""
    import django

    django.setup()
    from django.db import connections

    from yunshu.domains.exchange import services

    fill(count)
    begun = time.perf_counter()
    services.reindex()
    reindexed = time.perf_counter() - begun
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(
            "ANALYZE"
        )  # as autovacuum does; from the application's role, which owns nothing, it would be skipped
    print(f"{count:,} entries, {count * ITEMS:,} items: full reindex {reindexed:.1f} s")
    questions = asked()
    indexed = timed(questions, by_index)
    plain = timed(questions, by_name)
    connections.close_all()
    middle, late = statistics.median(indexed), statistics.quantiles(indexed, n=20)[18]
    print(
        f"search, first 50, the best first: median {middle:.1f} ms, p95 {late:.1f} ms over {len(questions)} questions"
    )
    print(f"ratio: {middle / statistics.median(plain):.2f} of a plain ILIKE over names (which finds fewer)")


def fill(count: int) -> None:
    """Write organisations, entries and items as the application's role."""
    from django.utils import timezone

    from yunshu.domains.directory.models import Org
    from yunshu.domains.exchange.models import Category, Item, Resource

    chance, now = random.Random(1), timezone.now()
    orgs = [
        Org.objects.create(code=f"o{n}", name=f"{a}数据部门", kind="department", path=f"/{n}/")
        for n, a in enumerate(AREAS)
    ]
    category = Category.objects.create(code="101001", name="示例分类")
    for start in range(0, count, 5_000):
        rows = [entry(start + n, chance, orgs, category, now) for n in range(min(5_000, count - start))]
        Resource.objects.bulk_create(rows)
        Item.objects.bulk_create(
            (
                Item(resource=row, ordinal=n, name=f"c{n}", title=title, data_type="C", grade="L1")
                for row in rows
                for n, title in enumerate(chance.sample(COLUMNS, ITEMS), 1)
            ),
            batch_size=10_000,
        )


def entry(n: int, chance: random.Random, orgs: list[Any], category: Any, now: Any) -> Any:
    """Return one entry made of usual words."""
    from yunshu.domains.exchange.models import Resource

    area, thing, kind = chance.choice(AREAS), chance.choice(THINGS), chance.choice(KINDS)
    return Resource(
        number=f"ML-{n:08d}",
        code=f"101001/{n:06d}",
        name=f"{area}{thing}{kind}",
        org=chance.choice(orgs),
        category=category,
        summary=f"{area}范围内{thing}的{kind}，来自{chance.choice(THINGS)}业务办理，用于政务服务核验。",
        format="database",
        sharing_type="conditional",
        way="platform",
        cycle="daily",
        stage="published",
        version=1,
        published_at=now,
        changed_at=now,
    )


def asked() -> list[str]:
    """Return the questions, the same in each run."""
    from yunshu.lib.kernel.pinyin import by_sound

    chance = random.Random(2)
    makers: list[Callable[[], str]] = [
        lambda: chance.choice(THINGS),
        lambda: chance.choice(COLUMNS),
        lambda: f"{chance.choice(AREAS)} {chance.choice(THINGS)}",
        lambda: chance.choice(AREAS) + chance.choice(THINGS) + chance.choice(KINDS),
        lambda: by_sound(chance.choice(THINGS)).split()[0],
        lambda: by_sound(chance.choice(AREAS) + chance.choice(THINGS)).split()[1],
        lambda: "信息",
    ]
    return [makers[n % len(makers)]() for n in range(ASKED)]


def by_index(question: str) -> None:
    """Ask as the page does."""
    from yunshu.domains.exchange import selectors

    selectors.best(selectors.published(), question).part(0, 50)


def by_name(question: str) -> None:
    """Ask the names only."""
    from yunshu.domains.exchange import selectors

    list(selectors.published().filter(name__icontains=question).order_by("-changed_at", "-pk")[:50])


def timed(questions: list[str], ask: Callable[[str], None]) -> list[float]:
    """Return how many milliseconds each question took; the first five are asked once more before."""
    for question in questions[:5]:
        ask(question)
    taken = []
    for question in questions:
        begun = time.perf_counter()
        ask(question)
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


if __name__ == "__main__":
    main()
