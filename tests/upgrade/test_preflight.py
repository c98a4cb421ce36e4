"""An upgrade begins only where it can come to its end: backup, disk, no release skipped."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from yunshu.config.upgrade import preflight, releases
from yunshu.config.upgrade.releases import Release
from yunshu.lib.kernel.errors import Refused

NOW = datetime(2026, 5, 6, 1, 0, tzinfo=UTC)
OUT = tuple(Release(v, "0" * 40, frozenset({("hotline", f"000{n}")})) for n, v in enumerate(("0.1.0", "0.2.0")))


def noted(folder: Path, *, base_hours: float, point_hours: float, trial_days: float, good: bool = True) -> Path:
    """Write down how the backups stand, as ``backup.standing`` does."""
    at = {name: (NOW - back).isoformat() for name, back in (
        ("base", timedelta(hours=base_hours)), ("point", timedelta(hours=point_hours)), ("trial", timedelta(days=trial_days)))}  # fmt: skip
    words = {
        "bases": [{"name": "base-1", "at": at["base"]}],
        "last_point": {"name": "point-1", "at": at["point"]},
        "trial": {"name": "base-1", "at": at["trial"], "is_good": good},
    }
    (folder / "backup.json").write_text(json.dumps(words))
    return folder


def test_a_fresh_and_proven_backup_is_named(tmp_path: Path) -> None:
    assert preflight.require_backup(noted(tmp_path, base_hours=70, point_hours=0.1, trial_days=6), NOW) == "base-1"
    assert preflight.require_backup(noted(tmp_path, base_hours=23, point_hours=90, trial_days=6), NOW) == "base-1"


@pytest.mark.parametrize(
    ("base_hours", "point_hours", "trial_days", "good", "why"),
    [(25, 25, 1, True, "24 小时"), (1, 1, 9, True, "试恢复已超过"), (1, 1, 1, False, "没有通过")],
)
def test_an_old_or_unproven_backup_is_refused(
    tmp_path: Path, base_hours: float, point_hours: float, trial_days: float, good: bool, why: str
) -> None:
    data = noted(tmp_path, base_hours=base_hours, point_hours=point_hours, trial_days=trial_days, good=good)
    with pytest.raises(Refused, match=why) as refusal:
        preflight.require_backup(data, NOW)
    assert refusal.value.code == "backup_not_recent"


def test_no_backup_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="yunshu backup run"):
        preflight.require_backup(tmp_path, NOW)


def test_a_disk_that_could_not_hold_the_touched_tables_again_is_refused(tmp_path: Path) -> None:
    preflight.require_space(tmp_path, preflight.Upgrade("0.1.0", (), (), 0))
    with pytest.raises(Refused, match="磁盘只剩"):
        preflight.require_space(tmp_path, preflight.Upgrade("0.1.0", (), (), 1 << 50))


def test_the_database_tells_its_release_and_one_that_still_uses_what_goes_is_not_skipped() -> None:
    assert [
        releases.of_database({("hotline", n) for n in names}, OUT) for names in ((), ("0000",), ("0000", "0001"))
    ] == [-1, 0, 1]
    takes_away = SimpleNamespace(app_label="hotline", name="0002_less", contract_of="0.2.0")
    preflight.refuse_skipping([takes_away], 1, OUT)
    with pytest.raises(Refused, match=r"先升级到 0\.2\.0"):
        preflight.refuse_skipping([takes_away], 0, OUT)
