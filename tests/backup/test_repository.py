"""A repository: what goes in comes out, what was damaged or cut off is named, nothing half-written counts."""

import errno
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.backup import gathering, giving, repository, retention
from yunshu.lib.backup.manifest import BASE, FOLDER, LINK, POINT, Entry, Head, Manifest
from yunshu.lib.backup.repository import PIECE_BYTES, Repository
from yunshu.lib.backup.retention import Retention
from yunshu.lib.kernel.errors import Conflict, Refused

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
PASSPHRASE = "correct horse battery"


def nothing(_name: str) -> bool:
    return False


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return repository.create(tmp_path / "repo", PASSPHRASE, NOW)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with all that a data folder has: large and small files, a private folder, a link, a database in use."""
    folder = tmp_path / "source"
    (folder / "keys").mkdir(parents=True, mode=0o700)
    (folder / "keys/key.pem").write_text("whispered")
    (folder / "keys/key.pem").chmod(0o600)
    (folder / "large").write_bytes(os.urandom(PIECE_BYTES * 2 + 7))
    (folder / "empty").touch()
    (folder / "link").symlink_to("keys/key.pem")
    database = sqlite3.connect(folder / "log.sqlite")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE t (n)")
    database.execute("INSERT INTO t VALUES (7)")
    database.commit()
    database.close()
    return folder


def backed_up(repo: Repository, source: Path, name: str = "base-1") -> Manifest:
    with repo.writing(name):
        entries = tuple(gathering.gather(source, nothing, repo))
        made = Manifest(Head(kind=BASE, name=name, at=NOW.isoformat()), entries, {"n": 1})
        repo.finish(made)
    return made


def test_a_folder_comes_back_as_it_was(repo: Repository, source: Path, tmp_path: Path) -> None:
    backed_up(repo, source)
    again = repository.opened(repo.folder, PASSPHRASE)

    giving.give(again.read(BASE, "base-1").entries, again, tmp_path / "out")

    for name in ("keys/key.pem", "large", "empty", "link"):
        assert (tmp_path / "out" / name).read_bytes() == (source / name).read_bytes()
    assert (tmp_path / "out/keys").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "out/link").is_symlink()
    assert sqlite3.connect(tmp_path / "out/log.sqlite").execute("SELECT n FROM t").fetchone() == (7,)


def test_nothing_in_a_repository_can_be_read_without_the_passphrase(repo: Repository, source: Path) -> None:
    backed_up(repo, source)
    held = b"".join(path.read_bytes() for path in repo.folder.rglob("*") if path.is_file())
    assert b"whispered" not in held
    assert b"key.pem" not in held
    with pytest.raises(Refused, match="口令不对"):
        repository.opened(repo.folder, "another passphrase")


def test_a_second_backup_stores_only_what_is_new(repo: Repository, source: Path) -> None:
    backed_up(repo, source)
    before = repo.added_bytes
    (source / "note").write_text("new")
    backed_up(repo, source, "base-2")
    assert 0 < repo.added_bytes - before < 500


def test_an_unchanged_file_is_not_read_again(repo: Repository, source: Path) -> None:
    known = {entry.path: entry for entry in gathering.gather(source, nothing, repo)}
    read: list[int] = []
    again = list(gathering.gather(source, nothing, repo, known, read.append))
    assert {entry.path: entry for entry in again} == known
    assert sum(read) == 0


def a_piece(repo: Repository) -> Path:
    return max(repo.folder.glob("pieces/??/*"), key=lambda path: path.stat().st_size)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda repo: a_piece(repo).write_bytes(a_piece(repo).read_bytes()[:-1] + b"?"), "piece_damaged"),
        (lambda repo: a_piece(repo).write_bytes(b""), "piece_damaged"),
        (lambda repo: a_piece(repo).unlink(), "piece_missing"),
    ],
)
def test_a_damaged_or_lost_piece_is_refused_by_name(
    repo: Repository, source: Path, tmp_path: Path, harm: Callable[[Repository], object], code: str
) -> None:
    made = backed_up(repo, source)
    harm(repo)
    with pytest.raises(Refused) as refused:
        giving.give(made.entries, repo, tmp_path / "out")
    assert refused.value.code == code
    assert str(repo.folder) in refused.value.message


@pytest.mark.parametrize("place", [0, 40, -1])
def test_a_manifest_changed_anywhere_does_not_count(repo: Repository, source: Path, place: int) -> None:
    backed_up(repo, source)
    path = repo.folder / BASE / "base-1"
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    assert repo.heads(BASE) == []
    with pytest.raises(Refused, match="清单"):
        repo.read(BASE, "base-1")


def test_what_was_killed_is_named_and_its_sound_pieces_are_gone_on_with(repo: Repository) -> None:
    writing = repo.writing("base-1")
    writing.__enter__()  # killed in here: nothing after this line runs
    sound, torn = repo.put(b"sound"), repo.put(b"torn")
    repo._piece(torn).write_bytes(b"")  # its name was on disk before its content
    writing.gen.close()

    (repo.folder / "unfinished/base-1").write_text("0")
    again = repository.opened(repo.folder, PASSPHRASE)
    assert again.clear_unfinished() == ["base-1"]
    assert list(again.names()) == [sound]
    assert again.clear_unfinished() == []


def test_a_backup_that_is_being_written_is_neither_cleared_nor_pruned(repo: Repository) -> None:
    other = repository.opened(repo.folder, PASSPHRASE)
    with repo.writing("base-1"):
        assert other.clear_unfinished() == []
        with pytest.raises(Conflict), other.alone():
            pass
    assert (repo.folder / "unfinished/base-1").exists()


def test_a_full_disk_is_said_with_what_to_do_and_leaves_no_half_piece(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fdopen

    def full(handle: int, mode: str) -> object:
        real(handle, mode).close()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(repository.os, "fdopen", full)
    with pytest.raises(Refused) as refused:
        repo.put(b"x")
    assert refused.value.code == "backup_disk_full"
    assert "空间不足" in refused.value.message
    assert "yunshu backup prune" in refused.value.message
    assert [path for path in repo.folder.glob("pieces/??/*") if path.is_file()] == []


def test_a_sweep_takes_only_what_no_backup_names(repo: Repository, source: Path, tmp_path: Path) -> None:
    kept = backed_up(repo, source)
    (source / "large").write_bytes(os.urandom(PIECE_BYTES))
    backed_up(repo, source, "base-2")
    repo.remove(BASE, "base-2")
    with repo.alone():
        assert repo.sweep() == 1
    assert giving.give(kept.entries, repo, tmp_path / "out") > 0


@pytest.mark.parametrize(
    "entry",
    [
        Entry("../outside"),
        Entry("/outside"),
        Entry("a/link", LINK, stamp="../../outside"),
        Entry("l", LINK, stamp="/etc"),
    ],
)
def test_nothing_is_written_outside_the_folder(repo: Repository, tmp_path: Path, entry: Entry) -> None:
    with pytest.raises(Refused, match=r"之外|越出"):
        giving.give([Entry("a", FOLDER, 0o700), entry], repo, tmp_path / "out")


def test_an_occupied_folder_becomes_no_repository(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(Refused, match="不是空目录"):
        repository.create(tmp_path, PASSPHRASE, NOW)


def daily(days: int) -> list[Head]:
    return [Head(kind=BASE, name=f"base-{n:03}", at=(NOW + timedelta(days=n)).isoformat()) for n in range(days)]


def test_a_year_of_daily_backups_keeps_days_weeks_and_months() -> None:
    stays = sorted(retention.kept(daily(365), Retention(daily=7, weekly=4, monthly=12)))
    assert stays[-7:] == [f"base-{n:03}" for n in range(358, 365)]
    months = {f"{NOW + timedelta(days=int(name[5:])):%Y-%m}" for name in stays}
    assert len(months) == 12
    assert len(stays) <= 7 + 4 + 12


@given(st.lists(st.integers(0, 800), min_size=1, unique=True), st.integers(1, 9), st.integers(0, 9), st.integers(0, 9))
def test_the_newest_always_stays_and_no_more_than_promised(
    days: list[int], daily: int, weekly: int, monthly: int
) -> None:
    heads = [Head(kind=BASE, name=str(day), at=(NOW + timedelta(days=day)).isoformat()) for day in days]
    stays = retention.kept(heads, Retention(daily, weekly, monthly))
    assert str(max(days)) in stays
    assert len(stays) <= daily + weekly + monthly
    assert {str(day) for day in sorted(days)[-daily:]} <= stays


def test_points_thin_out_after_an_hour_and_go_with_their_base() -> None:
    points = [
        Head(kind=POINT, name=f"p{n}", base="b", at=(NOW - timedelta(minutes=10 * n)).isoformat()) for n in range(30)
    ]
    stays = retention.points_kept(points, {"b"}, NOW)
    assert {f"p{n}" for n in range(6)} <= stays
    assert len(stays) <= 6 + 6
    assert retention.points_kept(points, set(), NOW) == set()
