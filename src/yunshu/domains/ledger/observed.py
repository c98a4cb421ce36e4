"""What the ledger shows of itself: records that are not final yet, alarms, members that do not answer."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Min

from yunshu.domains.ledger import peers, tracing
from yunshu.domains.ledger.models import Alarm, Batch, Record
from yunshu.lib.kernel.labels import label
from yunshu.lib.observe import beats, figures, steps
from yunshu.lib.observe.figures import Figure, Part, Reading, Rule, Severity

WAITING = Figure(name="yunshu_ledger_waiting_records", text=label("等待装批的存证"), unit="条")
OPEN = Figure(name="yunshu_ledger_open_batches", text=label("已送出、还没有最终确认的批次"), unit="批")
OLDEST = Figure(name="yunshu_ledger_oldest_open_record_age_seconds", text=label("最早一条未确认的存证已等"), unit="s")
LAST_FINAL = Figure(
    name="yunshu_ledger_last_final_timestamp_seconds", text=label("最近一次最终确认的时刻"), unit="s", is_moment=True
)
ALARMS = Figure(name="yunshu_ledger_open_alarms", text=label("没有处置的账本告警"), unit="条")
MEMBER_UP = Figure(name="yunshu_ledger_member_up", text=label("账本成员应答（1）或不应答（0）"), labels=("member",))
MEMBER_SIZE = Figure(
    name="yunshu_ledger_member_final_size", text=label("账本成员的最终叶数"), unit="条", labels=("member",)
)
FIGURES = (WAITING, OPEN, OLDEST, LAST_FINAL, ALARMS)


def _is_used() -> bool:
    return bool(settings.LEDGER_PEERS)


SUBMITTER = Part(
    code="ledger",
    name=label("存证送账"),
    process="ledger",
    order=40,
    shown=(OLDEST, WAITING, OPEN, LAST_FINAL),
    command="yunshu logs ledger",
    in_use=_is_used,
    chapter="ledger",
    rules=(
        *beats.rules_of("ledger"),
        Rule(
            code="LedgerLate",
            figure=OLDEST,
            above=120,
            for_s=120,
            severity=Severity.SLOW,
            means=label("存证两分钟以上没有最终确认。"),
            todo=label("看下面的账本成员是否多数在应答；恢复后会自动补送。办法见 docs/operate/ledger.md。"),
        ),
        Rule(
            code="LedgerAlarmOpen",
            figure=ALARMS,
            above=0,
            for_s=0,
            severity=Severity.SLOW,
            means=label("账本成员报告了异常，还没有处置。"),
            todo=label("打开 存证账本 → 告警，按 docs/operate/ledger.md 核对证据并写明处置。"),
        ),
    ),
)
MEMBERS = Part(
    code="ledger-members",
    name=label("账本成员"),
    order=41,
    shown=(MEMBER_UP, MEMBER_SIZE),
    command="yunshu status",
    in_use=_is_used,
    chapter="ledger",
    rules=(
        Rule(
            code="LedgerMemberDown",
            figure=MEMBER_UP,
            below=1,
            for_s=300,
            severity=Severity.SLOW,
            means=label("账本成员不应答；不应答的达到三分之一时，存证不能再最终确认。"),
            todo=label("联系该成员单位检查其服务器和网络；成员重新启动后自动补齐。"),
        ),
    ),
)


def read(now: datetime) -> Iterator[Reading]:
    """Read the submitter's tables; by their indexes, however long the ledger is."""
    waiting = Record.objects.filter(batch__isnull=True)
    unfinished = Batch.objects.filter(final_at__isnull=True)
    yield Reading(WAITING, waiting.count())
    yield Reading(OPEN, unfinished.count())
    first = waiting.order_by("pk").values_list("recorded_at", flat=True).first()
    oldest = min(filter(None, [first, unfinished.aggregate(at=Min("records__recorded_at"))["at"]]), default=None)
    yield Reading(OLDEST, max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)
    last = Batch.objects.filter(final_at__isnull=False).order_by("-number").values_list("final_at", flat=True).first()
    if last is not None:
        yield Reading(LAST_FINAL, last.timestamp())
    yield Reading(ALARMS, Alarm.objects.filter(handled_at__isnull=True).count())


def read_members(_now: datetime) -> Iterator[Reading]:
    """Ask every member how it is."""
    for member in peers.statuses():
        yield Reading(MEMBER_UP, float(member.answers), (member.name,))
        if member.status and member.status.get("final"):
            yield Reading(MEMBER_SIZE, float(member.status["final"]["size"]), (member.name,))


def register() -> None:
    """Register the ledger."""
    figures.register("ledger", FIGURES, read, [SUBMITTER])
    figures.register("ledger-members", (MEMBER_UP, MEMBER_SIZE), read_members, [MEMBERS])
    steps.register("ledger", tracing.of_request)
