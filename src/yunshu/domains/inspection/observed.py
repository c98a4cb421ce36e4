"""What the inspection shows of itself: runs that are under way, links and pictures that wait."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min

from yunshu.domains.inspection.choices_runs import PictureState, RunStage
from yunshu.domains.inspection.models import Picture, Run
from yunshu.lib.kernel.labels import label
from yunshu.lib.observe import figures
from yunshu.lib.observe.figures import Figure, Part, Reading, Rule, Severity

RUNS = Figure(
    name="yunshu_inspection_open_runs",
    text=label("进行中的检查批次（按进度）"),
    unit="批",
    labels=("stage",),
    words=dict(RunStage.choices),
)
OLDEST = Figure(name="yunshu_inspection_oldest_run_age_seconds", text=label("最早一个进行中的检查批次已用"), unit="s")
PICTURES = Figure(name="yunshu_inspection_waiting_pictures", text=label("等待识别文字的图片"), unit="张")
STAGES = [stage for stage in RunStage if stage is not RunStage.DONE]

CHECKING = Part(
    code="inspection",
    name=label("网站检查"),
    order=70,
    shown=(OLDEST, RUNS, PICTURES),
    command="yunshu logs worker",
    chapter="inspection",
    rules=(
        Rule(
            code="InspectionLate",
            figure=OLDEST,
            above=24 * 3600,
            for_s=600,
            severity=Severity.SLOW,
            means=label("有检查批次一天以上没有完成。"),
            todo=label("在 网站检查 → 检查批次 查看停在哪一步；站点太慢或打不开的，会在批次中写明。"),
        ),
    ),
)


def read(now: datetime) -> Iterator[Reading]:
    """Read the runs that are under way."""
    rows = (
        Run.objects.filter(stage__in=STAGES)
        .order_by()
        .values_list("stage")
        .annotate(n=Count("pk"), at=Min("started_at"))
    )
    found = {stage: (count, at) for stage, count, at in rows}
    for stage in STAGES:
        yield Reading(RUNS, found.get(stage, (0, None))[0], (str(stage),))
    oldest = min((at for _count, at in found.values()), default=None)
    yield Reading(OLDEST, max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)
    yield Reading(PICTURES, Picture.objects.filter(run__stage__in=STAGES, state=PictureState.WAITING).count())


def register() -> None:
    """Register the inspection."""
    figures.register("inspection", (RUNS, OLDEST, PICTURES), read, [CHECKING])
