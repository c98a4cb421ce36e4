"""What the watching, the backups and the web server show of themselves."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from yunshu.domains.operations.models import Vantage
from yunshu.domains.operations.selectors import backups
from yunshu.domains.operations.selectors import figures as watching
from yunshu.lib.kernel.labels import label
from yunshu.lib.observe import beats, figures
from yunshu.lib.observe.figures import Figure, Part, Reading, Rule, Severity

DAY = 86_400.0
VANTAGE_SEEN = Figure(
    name="yunshu_vantage_last_seen_timestamp_seconds",
    text=label("探测点最近报到的时刻"),
    unit="s",
    labels=("vantage",),
    is_moment=True,
)
CERTIFICATE = Figure(
    name="yunshu_certificate_left_days", text=label("被监测证书的剩余天数"), unit="天", labels=("target",)
)
FAILING = Figure(name="yunshu_backup_failing", text=label("最近一次备份失败（1）或没有（0）"))
REPOSITORY = Figure(name="yunshu_backup_repository_bytes", text=label("备份目录的大小"), unit="B")
LAST = Figure(
    name="yunshu_backup_last_timestamp_seconds", text=label("最近一次完整备份的时刻"), unit="s", is_moment=True
)
LAST_BYTES = Figure(name="yunshu_backup_last_bytes", text=label("最近一次完整备份的大小"), unit="B")
RESTORABLE = Figure(
    name="yunshu_backup_restorable_timestamp_seconds", text=label("可以恢复到的最近时刻"), unit="s", is_moment=True
)
TRIAL_GOOD = Figure(name="yunshu_backup_trial_good", text=label("最近一次试恢复通过（1）或没有（0）"))
TRIAL = Figure(
    name="yunshu_backup_trial_timestamp_seconds", text=label("最近一次试恢复的时刻"), unit="s", is_moment=True
)
BACKUPS = (FAILING, REPOSITORY, LAST, LAST_BYTES, RESTORABLE, TRIAL_GOOD, TRIAL)

WEB = Part(
    code="web",
    name=label("网站"),
    process="web",
    order=20,
    shown=(beats.STARTED,),
    only={"process": "web"},
    command="yunshu logs web",
    chapter="web",
    rules=beats.rules_of("web"),
)
PROBE = Part(
    code="probe",
    name=label("运行监测"),
    process="probe",
    order=60,
    shown=(VANTAGE_SEEN, CERTIFICATE),
    command="yunshu logs probe",
    chapter="probe",
    rules=(
        *beats.rules_of("probe"),
        Rule(
            code="VantageSilent",
            figure=VANTAGE_SEEN,
            above=300,
            for_s=300,
            severity=Severity.SLOW,
            means=label("探测点五分钟没有报到，这段时间的状态是未知。"),
            todo=label("在 运行保障 → 探测点 查看；本机的执行 yunshu logs probe，别处的检查那台机器和网络。"),
        ),
        Rule(
            code="CertificateExpiring",
            figure=CERTIFICATE,
            below=14,
            for_s=3600,
            severity=Severity.SLOW,
            means=label("被监测的证书不到 14 天到期。"),
            todo=label("通知该系统的责任单位更换证书；对象页面有联系人。"),
        ),
    ),
)
BACKUP = Part(
    code="backup",
    name=label("备份"),
    process="backup",
    order=15,
    shown=(RESTORABLE, LAST, TRIAL),
    command="yunshu backup list",
    in_use=lambda: bool(settings.BACKUP_FOLDER),
    chapter="backup",
    rules=(
        *beats.rules_of("backup"),
        Rule(
            code="BackupFailing",
            figure=FAILING,
            above=0,
            for_s=600,
            severity=Severity.STOPPED,
            means=label("备份失败。"),
            todo=label("打开 运行保障 → 备份 看原因，按 docs/operate/backup.md 处理。"),
        ),
        Rule(
            code="BackupOld",
            figure=LAST,
            above=26 * 3600,
            for_s=600,
            severity=Severity.SLOW,
            means=label("最近一次完整备份已超过一天。"),
            todo=label("执行 yunshu backup run，并查看 yunshu logs backup-run。"),
        ),
        Rule(
            code="BackupTrialOld",
            figure=TRIAL,
            above=32 * DAY,
            for_s=3600,
            severity=Severity.SLOW,
            means=label("一个月没有试恢复过，备份能不能用还不知道。"),
            todo=label("执行 yunshu backup verify。"),
        ),
        Rule(
            code="BackupTrialBad",
            figure=TRIAL_GOOD,
            below=1,
            for_s=0,
            severity=Severity.STOPPED,
            means=label("最近一次试恢复没有通过。"),
            todo=label("立即执行 yunshu backup run，再执行 yunshu backup verify。"),
        ),
    ),
)


def read(_now: datetime) -> Iterator[Reading]:
    """Read who looks, and the certificates that were looked at."""
    for vantage in Vantage.objects.filter(is_active=True, seen_at__isnull=False):
        assert vantage.seen_at is not None  # noqa: S101 - filtered
        yield Reading(VANTAGE_SEEN, vantage.seen_at.timestamp(), (vantage.name,))
    for target, words in watching.latest().items():
        left = (words.get("values") or {}).get("days_left")
        if isinstance(left, int | float):
            yield Reading(CERTIFICATE, left, (target,))


def read_backups(_now: datetime) -> Iterator[Reading]:
    """Read how the backups stand; nothing where nothing is known of any."""
    found = backups.standing(settings.BACKUP_STATUS)
    if found == backups.Standing():
        return
    yield Reading(FAILING, float(bool(found.failure)))
    yield Reading(REPOSITORY, found.size_bytes)
    if found.last:
        yield Reading(LAST, found.last.at.timestamp())
        yield Reading(LAST_BYTES, found.last.size_bytes)
    if found.restorable:
        yield Reading(RESTORABLE, found.restorable.timestamp())
    if found.trial:
        yield Reading(TRIAL_GOOD, float(found.trial.is_good))
        yield Reading(TRIAL, found.trial.at.timestamp())


def register() -> None:
    """Register operations."""
    figures.register("watching", (VANTAGE_SEEN, CERTIFICATE), read, [WEB, PROBE])
    figures.register("backups", BACKUPS, read_backups, [BACKUP])
