"""``yunshu hotline import-matters FILE``: service matters become articles of the knowledge base, as an official chooses."""

import csv
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from yunshu.domains.directory.api import Account, viewer_for_account
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.services import kb_importing
from yunshu.domains.hotline.services.kb_importing import Result, Row
from yunshu.lib.kernel import clock

NAMES = {
    Result.NEW: "新建草稿",
    Result.UPDATED: "更新",
    Result.PUBLISHED: "发布",
    Result.SAME: "无变化",
    Result.SKIPPED: "跳过",
    Result.FAULTY: "有误",
}
SHOWN = 20


class Command(BaseCommand):
    """Takes in a file of matters; with ``--check`` nothing is kept. Run again, it goes on where it was stopped."""

    help = "导入政务服务事项到知识库（JSON 行，可 gzip）。--check 只检查；可反复执行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument("file", type=Path, help="事项文件（.jsonl 或 .jsonl.gz）")
        parser.add_argument("--by", required=True, metavar="用户名", help="由谁导入：须有终审知识条目的权限")
        parser.add_argument("--check", action="store_true", help="只检查，不保存")
        parser.add_argument("--publish", action="store_true", help="直接发布（来源记为导入）；不写则存为草稿，逐条两审")
        parser.add_argument("--internal", action="store_true", help="不对市民公开")
        parser.add_argument("--mapping", type=Path, help="部门对照表 CSV：部门名称,单位代码")
        parser.add_argument(
            "--otherwise", default="", metavar="单位代码", help="没有对应的部门归到哪个单位；不写则跳过"
        )
        parser.add_argument("--unmapped", type=Path, help="把没有对应的部门写成对照表，补上代码后再用")
        parser.add_argument("--report", type=Path, help="把每一行的结果写成 CSV")

    def handle(self, *, file: Path, by: str, **options: object) -> None:
        """Take in, tell of each row. Exit code 1 if a row is faulty."""
        mapping, unmapped, report = options["mapping"], options["unmapped"], options["report"]
        for path in (file, mapping):
            if isinstance(path, Path) and not path.is_file():
                raise CommandError(f"找不到文件：{path}")
        chosen = kb_importing.Choices(
            publish=bool(options["publish"]),
            check=bool(options["check"]),
            is_public=not options["internal"],
            mapping=kb_importing.read_mapping(mapping) if isinstance(mapping, Path) else {},
            otherwise=str(options["otherwise"]),
        )
        rows = list(self._told(kb_importing.bring_in(actor=_viewer(by), path=file, chosen=chosen, now=clock.now())))
        if isinstance(report, Path):
            _write(report, rows)
        missing = Counter(row.department for row in rows if row.result is Result.SKIPPED and "部门未对应" in row.reason)
        if isinstance(unmapped, Path):
            _write_unmapped(unmapped, missing)
        self._sum_up(rows, missing, check=chosen.check)

    def _told(self, rows: Iterator[Row]) -> Iterator[Row]:
        for n, row in enumerate(rows, 1):
            if row.result is Result.FAULTY:
                self.stderr.write(self.style.ERROR(f"第 {row.line} 行：{row.reason} {row.title}"))
            if n % 500 == 0:
                self.stdout.write(f"… {n} 行")
            yield row

    def _sum_up(self, rows: list[Row], missing: Counter[str], *, check: bool) -> None:
        counts = Counter(row.result for row in rows)
        said = "，".join(f"{name} {counts[result]}" for result, name in NAMES.items() if counts[result])
        self.stdout.write(f"{'检查（未保存）：' if check else ''}共 {len(rows)} 行：{said or '没有内容'}")
        for name, count in missing.most_common(SHOWN):
            self.stdout.write(self.style.WARNING(f"部门未对应：{name}（{count} 行）"))
        if len(missing) > SHOWN:
            self.stdout.write(f"……还有 {len(missing) - SHOWN} 个部门，用 --unmapped 文件 全部列出")
        if counts[Result.FAULTY]:
            raise CommandError(f"{counts[Result.FAULTY]} 行有误，未导入这些行。")


def _viewer(username: str) -> Viewer:
    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None:
        raise CommandError(f"没有用户：{username}")
    return viewer_for_account(account)


def _write(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["行", "实施编码", "事项名称", "部门", "结果", "原因", "条目编号"])
        for row in rows:
            writer.writerow([row.line, row.key, row.title, row.department, NAMES[row.result], row.reason, row.number])


def _write_unmapped(path: Path, missing: Counter[str]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["部门名称", "单位代码"])
        writer.writerows([name, ""] for name in sorted(missing))
