"""How the backups stand, as the process that keeps them wrote it down (``backup.json`` of the data folder)."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

OLD = timedelta(hours=26)
"""A daily backup older than this was missed."""
LATE_POINTS = 10
"""So many intervals without a point are no coincidence."""


@dataclass(frozen=True)
class Backup:
    """One whole backup, or the last point after it."""

    name: str
    at: datetime
    size_bytes: int
    added_bytes: int
    took_s: float


@dataclass(frozen=True)
class Trial:
    """What restoring a backup on trial said."""

    name: str
    at: datetime
    is_good: bool
    compared: bool
    faults: tuple[str, ...]
    tables: int
    rows: int
    members: int
    final_records: int
    waiting_records: int
    took_s: float


@dataclass(frozen=True)
class Standing:
    """Everything that is known of the backups."""

    folder: str = ""
    backups: tuple[Backup, ...] = ()
    point: Backup | None = None
    size_bytes: int = 0
    trial: Trial | None = None
    failure: str = ""
    failed_at: datetime | None = None

    @property
    def last(self) -> Backup | None:
        """The newest whole backup."""
        return self.backups[0] if self.backups else None

    @property
    def restorable(self) -> datetime | None:
        """The newest moment that can be given back."""
        moments = [each.at for each in (self.last, self.point) if each is not None]
        return max(moments, default=None)


def standing(status: Path) -> Standing:
    """Return what ``status`` says; empty if it says nothing that is understood."""
    try:
        words = json.loads(status.read_text())
        failure = words.get("failure") or {}
        return Standing(
            folder=str(words.get("folder", "")),
            backups=tuple(_backup(each) for each in words.get("bases", ())),
            point=_backup(words["last_point"]) if words.get("last_point") else None,
            size_bytes=int(words.get("size_bytes", 0)),
            trial=_trial(words["trial"]) if words.get("trial") else None,
            failure=str(failure.get("message", "")),
            failed_at=datetime.fromisoformat(failure["at"]) if failure.get("at") else None,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Standing()


def warnings(found: Standing, *, configured: bool, interval_s: int, now: datetime) -> list[str]:
    """Return what an operator must see to, the most urgent first; nothing when all is well."""
    if not configured:
        return [_("没有设置备份目录：现在没有备份，盘坏了数据就没有了。请设置 YUNSHU_BACKUP_FOLDER 后重新启动。")]
    said = [_("备份失败：%(why)s") % {"why": found.failure}] if found.failure else []
    if found.last is None:
        return [*said, _("还没有完整的备份。请查看备份进程的日志（yunshu logs backup）。")]
    if now - found.last.at > OLD:
        said.append(_("最近一次完整备份已超过一天。请执行 yunshu backup run，并查看 yunshu logs backup-run。"))
    if found.restorable and now - found.restorable > timedelta(seconds=interval_s * LATE_POINTS + 600):
        said.append(_("新的数据没有及时送到备份目录。请查看备份进程的日志（yunshu logs backup）。"))
    if found.trial is None:
        said.append(_("还没有试恢复过，备份能不能用还不知道。请执行 yunshu backup verify。"))
    elif not found.trial.is_good:
        said.append(_("最近一次试恢复没有通过。请立即执行 yunshu backup run，再执行 yunshu backup verify。"))
    return said


def _backup(words: dict[str, Any]) -> Backup:
    return Backup(
        name=str(words["name"]),
        at=datetime.fromisoformat(words["at"]),
        size_bytes=int(words["size_bytes"]),
        added_bytes=int(words["added_bytes"]),
        took_s=float(words["took_s"]),
    )


def _trial(words: dict[str, Any]) -> Trial:
    counts = {name: int(words[name]) for name in ("tables", "rows", "members", "final_records", "waiting_records")}
    return Trial(
        name=str(words["name"]),
        at=datetime.fromisoformat(words["at"]),
        is_good=bool(words["is_good"]),
        compared=bool(words["compared"]),
        faults=tuple(map(str, words["faults"])),
        took_s=float(words["took_s"]),
        **counts,
    )
