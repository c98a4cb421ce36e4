"""The operator's page of the backups and its metrics: what is missing, old or broken is said first, with what to do."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.factories.directory import OrgFactory, signed_in_client, staff_person

from yunshu.domains.operations.contracts import BACKUP_VIEW, TARGET_VIEW
from yunshu.domains.operations.selectors import backups
from yunshu.lib.kernel import clock

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
PAGE = "/console/operations/backups/"


def words(now: datetime, *, good: bool = True, age: timedelta = timedelta(hours=1)) -> dict[str, Any]:
    row = {
        "name": "base-1",
        "at": (now - age).isoformat(),
        "size_bytes": 5 << 20,
        "added_bytes": 1 << 20,
        "took_s": 3.5,
    }
    counts = {"tables": 3, "rows": 9, "members": 5, "final_records": 4, "waiting_records": 1, "took_s": 2.0}
    trial = {
        "name": "base-1",
        "at": now.isoformat(),
        "is_good": good,
        "compared": True,
        "faults": [] if good else ["表 public.t 不符"],
    }
    return {
        "folder": "/mnt/b",
        "bases": [row],
        "last_point": row,
        "size_bytes": 7 << 20,
        "trial": trial | counts,
        "failure": None,
    }


def said(tmp_path: Path, found: dict[str, Any], *, configured: bool = True) -> list[str]:
    (tmp_path / "backup.json").write_text(json.dumps(found))
    standing = backups.standing(tmp_path / "backup.json")
    return backups.warnings(standing, configured=configured, interval_s=60, now=NOW)


def test_all_well_says_nothing(tmp_path: Path) -> None:
    assert said(tmp_path, words(NOW, age=timedelta(minutes=5))) == []


@pytest.mark.parametrize(
    ("found", "configured", "sentence"),
    [
        ({}, False, "YUNSHU_BACKUP_FOLDER"),
        ({}, True, "还没有完整的备份"),
        (words(NOW) | {"failure": {"at": NOW.isoformat(), "message": "空间不足"}}, True, "备份失败：空间不足"),
        (words(NOW, age=timedelta(hours=27)), True, "超过一天"),
        (words(NOW, age=timedelta(minutes=25)), True, "没有及时送到"),
        (words(NOW) | {"trial": {}}, True, "还没有试恢复过"),
        (words(NOW, good=False), True, "没有通过"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, found: dict[str, Any], configured: bool, sentence: str) -> None:
    assert [each for each in said(tmp_path, found, configured=configured) if sentence in each]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"bases": [1]}', '{"trial": {"name": "x"}}'])
def test_a_torn_status_is_no_status(tmp_path: Path, text: str) -> None:
    (tmp_path / "backup.json").write_text(text)
    assert backups.standing(tmp_path / "backup.json") == backups.Standing()


@pytest.mark.django_db
def test_the_page_shows_age_size_and_trial_to_operators_only(settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_STATUS, settings.BACKUP_FOLDER = tmp_path / "backup.json", "/mnt/b"
    settings.BACKUP_STATUS.write_text(json.dumps(words(clock.now(), good=False)))
    org = OrgFactory()
    page = signed_in_client(staff_person([BACKUP_VIEW], org=org)).get(PAGE).content.decode()
    assert "base-1" in page
    assert "表 public.t 不符" in page
    assert "未通过" in page
    assert "/mnt/b" in page
    assert signed_in_client(staff_person([TARGET_VIEW], org=org)).get(PAGE).status_code == 403


@pytest.mark.django_db
def test_the_metrics_carry_the_backups(client: Any, settings: Any, tmp_path: Path) -> None:
    settings.METRICS_TOKEN, settings.SAMPLES_FOLDER = "t", tmp_path
    settings.BACKUP_STATUS = tmp_path / "backup.json"
    settings.BACKUP_STATUS.write_text(json.dumps(words(NOW)))
    text = client.get("/metrics", headers={"Authorization": "Bearer t"}).content.decode()
    lines = dict(line.split(" ") for line in text.splitlines() if line and not line.startswith("#"))
    assert float(lines["yunshu_backup_last_timestamp_seconds"]) == (NOW - timedelta(hours=1)).timestamp()
    assert float(lines["yunshu_backup_repository_bytes"]) == 7 << 20
    assert lines["yunshu_backup_trial_good"] == "1.0"
