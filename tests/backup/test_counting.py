"""Drills count apart from the program: what was acknowledged and is not there, or there twice, is named; a copy is nobody's neighbour."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from yunshu.config.world import restored
from yunshu.config.world.doors import Diary, Note
from yunshu.config.world.scratch import Scratch

AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def database(postgres) -> psycopg.Connection:
    with psycopg.connect(postgres.superuser_url) as connection:
        connection.execute(
            "CREATE TEMP TABLE hotline_ticket (source_number text, number text, title text, content text)"
        )
        for mark, number, title in (
            ("a", "1", "演练 a"),
            ("b", "2", "演练 b"),
            ("b", "3", "演练 b"),
            ("c", "4", "别的"),
        ):
            words = [mark, number, title, f"演练诉求，标记 {mark}。"]
            connection.execute("INSERT INTO hotline_ticket VALUES (%s, %s, %s, %s)", words)
        yield connection


def test_what_was_acknowledged_before_the_moment_is_counted_lost_doubled_and_changed(database) -> None:
    notes = [Note("ticket", m, "done", AT, {"number": n}) for m, n in (("a", "1"), ("b", "2"), ("c", "4"), ("d", "5"))]
    late = Note("ticket", "e", "done", AT + timedelta(hours=1), {"number": "6"})

    found = restored.tickets(database, [*notes, late], AT + timedelta(minutes=1))

    assert (found.wanted, found.lost, found.doubled) == (4, ("d",), ("b",))
    assert "c" in found.changed
    assert restored.tickets(database, notes[:1]).faults == []


def test_the_diary_is_on_disk_before_the_next_step(tmp_path: Path) -> None:
    diary = Diary(tmp_path / "diary")
    diary.note("ticket", "a", "done", number="1")
    diary.note("ticket", "b", "failed", why="503")

    assert (tmp_path / "diary").read_text().count("\n") == 2
    assert [note.mark for note in diary.done("ticket")] == ["a"]


def test_a_copy_hears_nothing_of_the_real_ones_neighbours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YUNSHU_HOTLINE_IMAP_URL", "imaps://real")
    monkeypatch.setenv("DATABASE_URL", "postgresql://real")
    monkeypatch.setenv("YUNSHU_CITY", "cities/jieyang")

    found = Scratch(tmp_path, {"YUNSHU_BACKUP_SECONDS": "2"}).environment()

    assert not {"YUNSHU_HOTLINE_IMAP_URL", "DATABASE_URL"} & found.keys()
    assert (found["YUNSHU_CITY"], found["YUNSHU_DATA"], found["YUNSHU_BACKUP_SECONDS"]) == (
        "cities/jieyang",
        str(tmp_path),
        "2",
    )
