"""Sources for tests of taking over: sheets made on the spot, and the jobs that read them."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from yunshu.config.taking.wiring import actor_of
from yunshu.lib.kernel import clock
from yunshu.lib.taking import mapping, reading
from yunshu.lib.taking.kinds import kind_of
from yunshu.lib.taking.models import Row, Run
from yunshu.lib.taking.running import Job, Verdict, check, run

ACTOR = actor_of("测试")
ORGS = ("机构编码", "机构名称", "机构类别", "上级机构编码", "统一社会信用代码")
TICKETS = (
    "工单号", "类型", "标题", "内容", "状态", "承办单位", "答复", "来电时间", "派单时间", "办结时间", "姓名", "电话", "满意度",
)  # fmt: skip
WORDS = {
    "columns": {
        "工单号": "source_number", "类型": "kind", "标题": "title", "内容": "content", "状态": "state", "承办单位": "unit",
        "答复": "answer", "来电时间": "received_at", "派单时间": "dispatched_at", "办结时间": "closed_at", "姓名": "name",
        "电话": "phone", "满意度": "result_score",
    },
    "values": {"state": {"办结": "archived", "待派": "registered", "在办": "handling"}},
}  # fmt: skip


def sheet(path: Path, head: Sequence[str], *rows: Sequence[Any], encoding: str = "utf-8-sig") -> Path:
    """Write a source: CSV, or XLSX where the name says so."""
    if path.suffix == ".xlsx":
        book = Workbook()
        for row in (head, *rows):
            book.worksheets[0].append(list(row))
        book.save(path)
    else:
        with path.open("w", encoding=encoding, newline="") as out:
            csv.writer(out).writerows([head, *rows])
    return path


def job(path: Path, kind: str, words: dict[str, Any] | None = None) -> Job:
    """Return the job of a source; without words its columns are guessed."""
    wanted, source = kind_of(kind), reading.look_at(path)
    made = mapping.of(words, kind, wanted.fields) if words else mapping.guessed(kind, source.head, wanted.fields)
    return Job(wanted, source, made)


def taken(path: Path, kind: str, words: dict[str, Any] | None = None) -> Run:
    """Take a source over."""
    return run(job(path, kind, words), ACTOR, "测试", clock.now())


def judged(path: Path, kind: str, words: dict[str, Any] | None = None) -> list[Verdict]:
    """Try a source out."""
    return list(check(job(path, kind, words), ACTOR, clock.now()))


def reasons(verdicts: Sequence[Verdict]) -> list[tuple[int, str, str]]:
    """Return (line, column, why) of every reason."""
    return [(v.row.line, r.column, r.why) for v in verdicts for r in v.reasons]


def past(number: str, unit: str, **more: str) -> list[str]:
    """Return a closed ticket as a row of ``TICKETS``."""
    row = {
        "工单号": number, "类型": "求助", "标题": "路灯不亮", "内容": "榕华大道路灯三天不亮", "状态": "办结", "承办单位": unit,
        "答复": "已修复", "来电时间": "2023-05-04 09:30", "派单时间": "2023-05-04 10:00:00", "办结时间": "2023/5/8 16:20",
        "姓名": "陈某", "电话": "13812345678", "满意度": "满意",
    }  # fmt: skip
    row |= more
    return [row[column] for column in TICKETS]


def example() -> str:
    """Make a run with a faulty row, for the walk over all pages; return its number."""
    made = Run.objects.create(
        number="JG20260601-EXAMPLE2",
        kind="organisations",
        file="o.csv",
        path="/o.csv",
        size=1,
        sha256="0" * 64,
        sm3="0" * 64,
        mapping={},
        mapping_digest="0" * 64,
        by="测试",
        started_at=clock.now(),
        finished_at=clock.now(),
        state=Run.State.DONE,
        counts={"bad": 1},
    )
    reason = {"field": "kind", "column": "类别", "value": "王国", "why": "不在选项中", "todo": "改正"}
    Row.objects.create(run=made, kind=made.kind, line=2, key="A", digest="0" * 64, outcome="bad", reasons=[reason])
    return made.number
