"""What is left out of a backup, where it must not go, and the refusals of the command line."""

from pathlib import Path

import pytest

from yunshu.config import cli
from yunshu.config.backup import commands, places, restoring
from yunshu.lib.backup import repository
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused

PASSPHRASE = "correct horse battery"


@pytest.mark.parametrize(
    "name",
    ["postgres", "nats", "logs", "static", "backup-wal", "instance.json", "supervisor.lock", ".restoring", "hub/hub.pid",
     "ledger/bureau/data/lock", "hub/store/jetstream/A/streams/S/msgs/index.db"],
)  # fmt: skip
def test_what_is_made_anew_is_left_out(name: str) -> None:
    assert places.is_left_out(name)


@pytest.mark.parametrize(
    "name",
    ["secrets.json", "accounts.txt", "files/ab/abcd", "hub/keys/signing.pem", "ledger/bureau/data/log.sqlite", "evidence/lock.warc",
     "ledger/bureau/data/public/sha256/checkpoint", "world/445200-010/journal.sqlite", "world/445200-010/masks.secret", "postgres.txt",
     "hub/store/jetstream/A/streams/S/msgs/1.blk"],
)  # fmt: skip
def test_what_cannot_be_made_anew_is_in(name: str) -> None:
    assert not places.is_left_out(name)


def test_backups_do_not_go_onto_the_data_they_protect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YUNSHU_DATA", str(tmp_path))
    monkeypatch.setenv("YUNSHU_BACKUP_FOLDER", str(tmp_path / "backups"))
    with pytest.raises(Refused, match="数据目录之内"):
        places.folder()
    monkeypatch.setenv("YUNSHU_BACKUP_FOLDER", "")
    with pytest.raises(Refused, match="YUNSHU_BACKUP_FOLDER"):
        places.folder()


def test_an_external_database_needs_an_address_to_replicate_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("YUNSHU_DATA", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://yunshu_app:a@db/city")
    assert places.source() is None
    monkeypatch.setenv("YUNSHU_BACKUP_DATABASE_URL", "postgresql://keeper:hidden@db/postgres")
    found = places.source()
    assert found is not None
    assert (found.database, found.user, found.is_embedded) == ("city", "keeper", False)
    assert "hidden" not in found.shown()
    assert found.password == "hidden"


def test_restoring_without_or_with_the_wrong_passphrase_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = repository.create(tmp_path / "repository", PASSPHRASE, clock.now())
    words = ["restore", str(kept.folder), "--to", str(tmp_path / "again")]
    for given, said in (
        ("", "YUNSHU_BACKUP_PASSPHRASE"),
        ("some other words", "备份口令不对"),
        (PASSPHRASE, "没有完整的备份"),
    ):
        monkeypatch.setenv("YUNSHU_BACKUP_PASSPHRASE", given)
        monkeypatch.setattr(commands.sys.stdin, "isatty", lambda: False)
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        assert ended.value.code == 1
        assert said in capsys.readouterr().err
    assert not (tmp_path / "again").exists()


def test_a_folder_whose_restore_was_cut_off_is_not_started(tmp_path: Path) -> None:
    restoring.require_whole(tmp_path)
    (tmp_path / places.RESTORING).touch()
    with pytest.raises(Refused, match="没有完成"):
        restoring.require_whole(tmp_path)
