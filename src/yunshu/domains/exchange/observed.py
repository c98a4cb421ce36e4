"""What the exchange shows of itself: nodes that were not heard, orders that wait, the line to the level above."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min

from yunshu.domains.exchange.choices import DeliveryState, MessageState, NodeState
from yunshu.domains.exchange.models import CascadeMessage, Delivery, Node, NodeOrder, UpperLink
from yunshu.lib.kernel.labels import label
from yunshu.lib.observe import beats, figures
from yunshu.lib.observe.figures import Figure, Part, Reading, Rule, Severity

NODE = ("node",)
SEEN = Figure(
    name="yunshu_node_last_seen_timestamp_seconds",
    text=label("前置节点最近在线的时刻"),
    unit="s",
    labels=NODE,
    is_moment=True,
)
NODE_FREE = Figure(name="yunshu_node_disk_free_bytes", text=label("前置节点的可用磁盘"), unit="B", labels=NODE)
NODE_REPORTS = Figure(name="yunshu_node_waiting_reports", text=label("前置节点待上报的报告"), unit="条", labels=NODE)
ORDERS = Figure(name="yunshu_exchange_waiting_orders", text=label("还没有下达到节点的任务"), unit="个")
OLDEST_ORDER = Figure(name="yunshu_exchange_oldest_order_age_seconds", text=label("最早一个未下达的任务已等"), unit="s")
DELIVERIES = Figure(
    name="yunshu_exchange_open_deliveries",
    text=label("没有结束的交付"),
    unit="次",
    labels=("state",),
    words=dict(DeliveryState.choices),
)
UPPER_WAITING = Figure(name="yunshu_cascade_waiting_messages", text=label("等待上报的报文"), unit="条")
UPPER_OLDEST = Figure(
    name="yunshu_cascade_oldest_message_age_seconds", text=label("最早一条等待上报的报文已等"), unit="s"
)
UPPER_CONTACT = Figure(
    name="yunshu_cascade_last_contact_timestamp_seconds",
    text=label("最近一次与上级联通的时刻"),
    unit="s",
    is_moment=True,
)
FIGURES = (SEEN, NODE_FREE, NODE_REPORTS, ORDERS, OLDEST_ORDER, DELIVERIES)
OPEN = (DeliveryState.RUNNING, DeliveryState.SIGNING)

HUB = Part(
    code="hub",
    name=label("数据交换枢纽"),
    process="hub",
    order=50,
    shown=(OLDEST_ORDER, ORDERS, DELIVERIES),
    command="yunshu logs hub",
    in_use=lambda: bool(settings.HUB_URL),
    chapter="hub",
    rules=(
        *beats.rules_of("hub"),
        Rule(
            code="OrdersLate",
            figure=OLDEST_ORDER,
            above=600,
            for_s=300,
            severity=Severity.SLOW,
            means=label("给节点的任务十分钟以上没有下达。"),
            todo=label("看下面的前置节点是否在线；节点恢复后自动下达。"),
        ),
    ),
)
NODES = Part(
    code="nodes",
    name=label("前置节点"),
    order=51,
    shown=(SEEN, NODE_REPORTS, NODE_FREE),
    command="yunshu logs nodes",
    in_use=lambda: bool(settings.HUB_URL),
    chapter="nodes",
    rules=(
        Rule(
            code="NodeUnseen",
            figure=SEEN,
            above=300,
            for_s=300,
            severity=Severity.SLOW,
            means=label("前置节点五分钟没有消息，它的交付都停着。"),
            todo=label("联系该单位检查节点程序和网络，办法见 docs/operate/nodes.md；不再使用的，在节点页面切断。"),
        ),
        Rule(
            code="NodeDiskFull",
            figure=NODE_FREE,
            below=1024**3,
            for_s=300,
            severity=Severity.SLOW,
            means=label("前置节点的可用磁盘不到 1 GB。"),
            todo=label("请该单位清理磁盘或扩容。"),
        ),
    ),
)
CASCADE = Part(
    code="cascade",
    name=label("与上级平台级联"),
    process="cascade",
    order=52,
    shown=(UPPER_CONTACT, UPPER_OLDEST, UPPER_WAITING),
    command="yunshu logs cascade",
    in_use=lambda: bool(settings.CASCADE_URL),
    chapter="cascade",
    rules=(
        *beats.rules_of("cascade"),
        Rule(
            code="UpperUnreachable",
            figure=UPPER_CONTACT,
            above=900,
            for_s=300,
            severity=Severity.SLOW,
            means=label("十五分钟没有与上级平台联通，报文在排队。"),
            todo=label("检查到上级平台的网络和证件，办法见 docs/operate/cascade.md；恢复后自动补报。"),
        ),
    ),
)


def read(now: datetime) -> Iterator[Reading]:
    """Read nodes that may connect, their orders, open deliveries."""
    if not settings.HUB_URL:
        return
    for node in Node.objects.filter(state=NodeState.ACTIVE).select_related("org"):
        of = (f"{node.org.code}.{node.name}",)
        yield Reading(SEEN, (node.last_seen_at or node.enrolled_at).timestamp(), of)
        for figure, word in ((NODE_FREE, "free_bytes"), (NODE_REPORTS, "journal_depth")):
            if isinstance(value := node.health.get(word), int | float):
                yield Reading(figure, value, of)
    waiting = NodeOrder.objects.filter(sent_at__isnull=True).aggregate(n=Count("pk"), at=Min("made_at"))
    yield Reading(ORDERS, waiting["n"])
    yield Reading(OLDEST_ORDER, max(0.0, (now - waiting["at"]).total_seconds()) if waiting["at"] else 0.0)
    counts = Delivery.objects.filter(state__in=OPEN).order_by().values_list("state").annotate(n=Count("pk"))
    found = dict(counts)
    for state in OPEN:
        yield Reading(DELIVERIES, found.get(state, 0), (str(state),))


def read_upper(now: datetime) -> Iterator[Reading]:
    """Read the line to the level above."""
    if not settings.CASCADE_URL:
        return
    waiting = CascadeMessage.objects.filter(state=MessageState.WAITING).aggregate(n=Count("pk"), at=Min("made_at"))
    yield Reading(UPPER_WAITING, waiting["n"])
    yield Reading(UPPER_OLDEST, max(0.0, (now - waiting["at"]).total_seconds()) if waiting["at"] else 0.0)
    at = UpperLink.objects.order_by("-last_contact_at").values_list("last_contact_at", flat=True)
    if last := at.filter(last_contact_at__isnull=False).first():
        yield Reading(UPPER_CONTACT, last.timestamp())


def register() -> None:
    """Register the exchange."""
    figures.register("exchange", FIGURES, read, [HUB, NODES])
    figures.register("cascade", (UPPER_WAITING, UPPER_OLDEST, UPPER_CONTACT), read_upper, [CASCADE])
