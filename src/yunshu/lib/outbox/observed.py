"""What the outbox shows of itself: facts that wait, listeners that lag, the stream."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Q
from nats.js.api import ConsumerInfo, StreamInfo
from nats.js.client import JetStreamContext

from yunshu.lib import bus
from yunshu.lib.kernel.labels import label
from yunshu.lib.observe import beats, figures, steps
from yunshu.lib.observe.figures import Figure, Part, Reading, Rule, Severity
from yunshu.lib.outbox import tracing
from yunshu.lib.outbox.models import DeadLetter, OutboxEntry
from yunshu.lib.outbox.registry import handlers

PENDING = Figure(name="yunshu_outbox_pending_facts", text=label("等待转发的事实"), unit="条")
OLDEST = Figure(name="yunshu_outbox_oldest_fact_age_seconds", text=label("最早一条等待转发的事实已等"), unit="s")
RETRYING = Figure(
    name="yunshu_outbox_retrying_facts", text=label("处理失败、正在重试的事实"), unit="条", labels=("handler",)
)
DEAD = Figure(name="yunshu_outbox_dead_facts", text=label("停止重试、等人处理的事实"), unit="条", labels=("handler",))
LAG = Figure(name="yunshu_handler_pending_facts", text=label("处理者还没有处理的事实"), unit="条", labels=("handler",))
IN_HAND = Figure(
    name="yunshu_handler_unacknowledged_facts", text=label("处理者正在处理的事实"), unit="条", labels=("handler",)
)
DEPTH = Figure(name="yunshu_stream_messages", text=label("消息流中的消息数"), unit="条", labels=("stream",))
BYTES = Figure(name="yunshu_stream_bytes", text=label("消息流的大小"), unit="B", labels=("stream",))
BUS_UP = Figure(name="yunshu_bus_up", text=label("消息服务能连上（1）或不能（0）"))

RELAY = Part(
    code="relay",
    name=label("事实转发"),
    process="relay",
    order=30,
    shown=(OLDEST, PENDING),
    command="yunshu logs relay",
    chapter="relay",
    rules=(
        *beats.rules_of("relay"),
        Rule(
            code="OutboxLate",
            figure=OLDEST,
            above=60,
            for_s=120,
            severity=Severity.SLOW,
            means=label("事实在发件箱里等了一分钟以上，没有送进消息流。"),
            todo=label("先看消息服务是否可达，再执行 yunshu logs relay；恢复后会自动补送，不会丢。"),
        ),
    ),
)
HANDLERS = Part(
    code="handlers",
    name=label("事实处理"),
    process="handlers",
    order=31,
    shown=(LAG, DEAD, RETRYING),
    command="yunshu outbox dead",
    chapter="handlers",
    rules=(
        *beats.rules_of("handlers"),
        Rule(
            code="HandlerBehind",
            figure=LAG,
            above=1000,
            for_s=600,
            severity=Severity.SLOW,
            means=label("处理者落后一千条以上。"),
            todo=label("执行 yunshu logs handlers 看是哪一步慢；短时的高峰会自己消化。"),
        ),
        Rule(
            code="FactsDead",
            figure=DEAD,
            above=0,
            for_s=0,
            severity=Severity.SLOW,
            means=label("有事实多次处理失败，已停止重试。"),
            todo=label("执行 yunshu outbox dead 看原因；修复后执行 yunshu outbox replay 编号。"),
        ),
    ),
)
BUS = Part(
    code="nats",
    name=label("消息服务"),
    order=11,
    shown=(DEPTH, BYTES),
    command="yunshu logs nats",
    chapter="nats",
    rules=(
        Rule(
            code="BusDown",
            figure=BUS_UP,
            below=1,
            for_s=60,
            severity=Severity.STOPPED,
            means=label("消息服务连不上：事实、存证和数据交换都在等。"),
            todo=label("执行 yunshu status 查看 nats；三台的，至少要有两台在运行。恢复后自动补送。"),
        ),
    ),
)


def read_tables(now: datetime) -> Iterator[Reading]:
    """Read what waits in the outbox and what failed."""
    waiting = OutboxEntry.objects.filter(published_at__isnull=True)
    oldest = waiting.order_by("id").values_list("occurred_at", flat=True).first()
    yield Reading(PENDING, waiting.count())
    yield Reading(OLDEST, max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)
    given_up = Q(given_up_at__isnull=False)
    counts = (
        DeadLetter.objects.order_by()
        .values_list("handler")
        .annotate(dead=Count("pk", filter=given_up), retrying=Count("pk", filter=~given_up))
    )
    for handler, dead, retrying in counts:
        yield Reading(DEAD, dead, (handler,))
        yield Reading(RETRYING, retrying, (handler,))


def read_stream(_now: datetime) -> Iterator[Reading]:
    """Read how far each declared listener has come in the stream."""
    if not settings.NATS_URL or not bus.reachable(settings.NATS_URL):
        yield Reading(BUS_UP, 0)
        return
    yield Reading(BUS_UP, 1)
    stream, consumers = bus.once(settings.NATS_URL, _ask)
    yield Reading(DEPTH, stream.state.messages, (bus.client.STREAM,))
    yield Reading(BYTES, stream.state.bytes, (bus.client.STREAM,))
    declared = {handler.durable: name for name, handler in handlers().items()}
    for consumer in consumers:
        if consumer.name in declared:
            yield Reading(LAG, consumer.num_pending or 0, (declared[consumer.name],))
            yield Reading(IN_HAND, consumer.num_ack_pending or 0, (declared[consumer.name],))


async def _ask(stream: JetStreamContext) -> tuple[StreamInfo, list[ConsumerInfo]]:
    info = await stream.stream_info(bus.client.STREAM)
    found: list[ConsumerInfo] = []
    while page := await stream.consumers_info(bus.client.STREAM, offset=len(found)):
        found += page
        if len(found) >= (info.state.consumer_count or 0):
            break
    return info, found


def register() -> None:
    """Register the outbox."""
    figures.register("outbox", (PENDING, OLDEST, RETRYING, DEAD), read_tables, [RELAY])
    figures.register("stream", (BUS_UP, DEPTH, BYTES, LAG, IN_HAND), read_stream, [BUS, HANDLERS])
    steps.register("outbox", tracing.of_request)
