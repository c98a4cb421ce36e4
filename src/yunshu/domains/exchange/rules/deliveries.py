"""Deliveries: what each node is ordered to do, when the next one is due, how fresh data is. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yunshu.domains.exchange.contracts import Cycle
from yunshu.lib.kernel.labels import label

SPANS: Mapping[Cycle, timedelta | None] = {
    Cycle.REALTIME: timedelta(minutes=5),
    Cycle.DAILY: timedelta(days=1),
    Cycle.WEEKLY: timedelta(days=7),
    Cycle.MONTHLY: timedelta(days=31),
    Cycle.QUARTERLY: timedelta(days=92),
    Cycle.YEARLY: timedelta(days=366),
    Cycle.IRREGULAR: None,
}
"""How long a delivery stays fresh, by the promised cycle: the cycle itself, its longest month or year. 实时 by table is not
possible; five minutes is the house's own figure, no rule known to us names one."""
GRACE = 1.25
"""A delivery is late when this part of its cycle has passed without the next one."""
WHOLE_EVERY = timedelta(days=7)
"""A followed table is compared as a whole at least so often, so that deletions arrive."""
AGAIN_FIRST, AGAIN_LONGEST = timedelta(minutes=2), timedelta(hours=6)
SILENT_S = 30
"""A node that has not reported for so long (six reports) is shown as away."""
TOLD_AFTER = 3
"""After so many failures in a row both sides and the bureau are told."""

STEP_NAMES: dict[str, str] = {
    "ordered": label("下达任务"),
    "sent": label("来源节点已发完"),
    "received": label("目标节点已落库并签署"),
    "signing": label("请来源节点会签"),
    "receipted": label("双方签署的回执已核对"),
    "differs": label("对账不符"),
    "drift": label("来源表与目录不一致"),
    "failed": label("失败"),
    "refused": label("节点拒绝"),
    "stop": label("要求停止"),
    "stopped": label("节点已停止"),
}
FAILURES: dict[str, str] = {
    "connection_lost": label("节点连不上本单位的数据库。请检查数据库是否运行、节点设置中的地址和口令。"),
    "table_closed": label("来源节点没有允许提供这张表。请提供方在节点设置的 send 中登记。"),
    "database_unknown": label("节点设置中没有这个库别名。请核对交付设置中的库别名。"),
    "database_closed": label("目标节点没有指定接收模式。请使用方在节点设置中写明 receive。"),
    "source_drifted": label("来源表缺少约定的字段。请提供方核对表结构或变更目录。"),
    "table_missing": label("来源库中没有这张表。请提供方核对交付设置中的来源表。"),
    "mask_unfit": label("脱敏方式与字段的实际类型不符。请提供方核对字段类型。"),
    "card_unknown": label("节点还没有信任对方节点的证件。请在节点上执行 yunshu node trust。"),
    "column_not_agreed": label("来源节点发来了协议之外的信息项，目标节点已拒绝。请立即联系提供方核查。"),
    "key_missing": label("来源表没有主键，不能按主键写入。请改用整表替换。"),
    "key_unfit": label(
        "来源表主键的类型（例如定长字符 CHAR(n)）不能按日志逐条更新或按页列出。请改用整表替换或按主键更新并删除。"
    ),
    "55000": label(
        "来源库没有打开逻辑复制，不能按日志更新。请提供方设置 wal_level = logical 后重启，或改用其他写入方式。"
    ),
    "42501": label("数据库账号权限不足。请给节点使用的账号授权。"),
    "2BP01": label("目标表上有视图依赖，不能整表替换。请改用“按主键更新并删除”。"),
    "23505": label("数据中主键重复，没有切换。请提供方核对数据。"),
    "node_barred": label("节点已被切断。"),
    "agreement_ended": label("协议已暂停、终止或到期。"),
}
"""What a failure's code means and what to do, for the codes that people can mend."""


def span_of(cycle: str) -> timedelta | None:
    """Return how long a delivery of this cycle stays fresh; None where nothing is promised."""
    return SPANS[Cycle(cycle)]


def next_due(cycle: str, since: datetime) -> datetime | None:
    """Return when the next delivery is due after one at ``since``."""
    span = span_of(cycle)
    return None if span is None else since + span


def again_at(failures: int, now: datetime) -> datetime:
    """Return when a failed delivery is tried again: two minutes, doubled at each failure, six hours at most."""
    doubled: int = 1 << min(failures - 1, 10)
    return now + min(AGAIN_FIRST * doubled, AGAIN_LONGEST)


def is_late(cycle: str, last: datetime | None, due: datetime, now: datetime) -> bool:
    """Say whether data is later than promised: the first delivery after ``due``, the next ones after their cycle."""
    if last is None:
        return now > due
    span = span_of(cycle)
    return span is not None and now > last + span * GRACE


@dataclass(frozen=True, kw_only=True)
class End:
    """One end of a route, as orders name it."""

    org: str
    node: str
    database: str
    table: str


def mask_form(mask: Mapping[str, Any]) -> dict[str, Any]:
    """Return an agreed mask as the nodes read it (``lib.tables.masking``); keys are the source node's own affair."""
    match mask.get("kind"):
        case "partial":
            return {"mask": "partial", "head": mask["head"], "tail": mask["tail"], "fill": "*"}
        case "generalise" if "prefix" in mask:
            return {"mask": "generalise_text", "length": mask["prefix"]}
        case "generalise" if "unit" in mask:
            return {"mask": "generalise_date", "unit": mask["unit"], "zone": "Asia/Shanghai"}
        case "generalise":
            return {"mask": "generalise_number", "width": str(mask["band"])}
        case "shift":
            return {"mask": "date_shift", "max_days": mask["days"], "subject": mask["subject"]}
        case "hash" | "keep" | "encrypt" as plain:
            return {"mask": plain}
    raise ValueError(f"no such mask: {mask}")


def rows_form(rows: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the agreed rows as the nodes read them (``lib.tables.predicate``)."""
    if not rows:
        return None
    if "prefix" in rows:
        parts = [{"is": "prefix", "column": rows["field"], "text": text} for text in rows["prefix"]]
        return {"is": "or", "parts": parts}
    return {"is": "in", "column": rows["field"], "values": list(rows["in"])}


def field_form(field: Mapping[str, Any]) -> dict[str, Any]:
    """Return one agreed item as the nodes read it."""
    return {
        "name": field["name"],
        "type": field["type"],
        "length": field.get("length"),
        "required": field["is_required"],
        "mask": mask_form(field["mask"]),
    }


def specs(
    terms: Mapping[str, Any], source: End, target: End, *, mode: str, suite: str, watermark: str, since: str
) -> tuple[dict[str, Any], ...]:
    """Return what the source and the target node are ordered, or the one node that is both: then one order.

    ``since`` is the last delivery that arrived, where only what is new is wanted; empty for the whole.
    """
    follow = mode == "follow" and (source.org, source.node) != (target.org, target.node)
    if mode == "follow":
        mode = "refresh"
    shared = {
        "resource": terms["resource"],
        "suite": suite,
        "mode": "upsert" if since else mode,
        "fields": [field_form(field) for field in terms["fields"]],
        "rows": rows_form(terms["rows"]),
        "watermark": "" if follow else watermark,
        "since": since,
        "follow": follow,
    }
    here = {"database": source.database, "table": source.table}
    there = {"database": target.database, "table": target.table}
    if (source.org, source.node) == (target.org, target.node):
        return ({"role": "direct", **here, "to": there, **shared},)
    return (
        {"role": "send", "peer": {"org": target.org, "node": target.node}, **here, **shared},
        {"role": "receive", "peer": {"org": source.org, "node": source.node}, **there, **shared},
    )


def target_name(table: str) -> str:
    """Return the name a table has at the consumer, if nothing else is wished: its own, without schema and suffix."""
    name = table.rsplit("/", 1)[-1]
    if name.endswith((".csv", ".xlsx", ".json", ".jsonl", ".parquet")):
        name = name.rsplit(".", 1)[0]
    return name.rsplit(".", 1)[-1][:63]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """What is measured of a resource's real deliveries: how many arrived of those tried, in time, and how many rows fit."""

    tried: int
    arrived: int
    in_time: int
    rows: int
    quarantined: int

    @property
    def fit_share(self) -> float | None:
        """The part of rows that fit the agreed schema (GB/T 36344-2018 规范性); None before any row came."""
        return None if not self.rows else (self.rows - self.quarantined) / self.rows


def quality(lines: Sequence[tuple[bool, bool, int, int]]) -> Quality:
    """Return the quality of deliveries: each (arrived, in time, rows, quarantined)."""
    return Quality(
        tried=len(lines),
        arrived=sum(arrived for arrived, *_rest in lines),
        in_time=sum(in_time for _arrived, in_time, *_rest in lines),
        rows=sum(rows for _a, _t, rows, _q in lines),
        quarantined=sum(quarantined for *_rest, quarantined in lines),
    )
