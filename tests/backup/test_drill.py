"""The drill: an instance's servers write, are backed up, are killed; what was committed is given back, nothing half-written."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from yunshu.config.backup import choosing, database, keeper, places, restoring, taking, verifying
from yunshu.config.backup.places import Source
from yunshu.config.backup.recovery import Cluster
from yunshu.config.bootstrap import EmbeddedNats, EmbeddedPostgres, create_database
from yunshu.lib import bus
from yunshu.lib.backup import repository
from yunshu.lib.backup.manifest import BASE, POINT, WAL
from yunshu.lib.backup.repository import Repository
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]
PASSPHRASE = "correct horse battery"
SETUP = """
CREATE TABLE debit (n bigint PRIMARY KEY, yuan int NOT NULL);
CREATE TABLE credit (n bigint PRIMARY KEY, yuan int NOT NULL);
CREATE TABLE ballast AS SELECT g AS n, md5(g::text) AS text FROM generate_series(1, 20000) g;
"""


@dataclass
class Office:
    """Two embedded servers, a clerk who writes into them, and a repository."""

    data: Path
    postgres: EmbeddedPostgres
    nats: EmbeddedNats
    repository: Repository
    committed: list[tuple[int, datetime]] = field(default_factory=list)
    _resting: threading.Event = field(default_factory=threading.Event)
    _clerk: threading.Thread | None = None

    @property
    def source(self) -> Source:
        found = places.source()
        assert found is not None
        return found

    def begin_work(self) -> None:
        """Book pairs, each in one transaction and beside it a file, as fast as it goes, until the server is gone."""
        self._clerk = threading.Thread(target=self._work)
        self._clerk.start()

    def end_work(self) -> None:
        self._resting.set()
        if self._clerk is not None:
            self._clerk.join(30)

    def _work(self) -> None:
        (self.data / "files").mkdir(exist_ok=True)
        try:
            with psycopg.connect(self.source.of("yunshu"), autocommit=True) as connection:
                n = 0
                while not self._resting.is_set():
                    n += 1
                    (self.data / "files" / str(n)).write_text(str(n))
                    with connection.transaction():
                        connection.execute("INSERT INTO debit VALUES (%s, %s)", [n, n % 97])
                        connection.execute("INSERT INTO credit VALUES (%s, %s)", [n, -(n % 97)])
                    self.committed.append((n, clock.now()))
                    time.sleep(0.002)
        except psycopg.OperationalError:
            return

    def await_commits(self, count: int) -> None:
        goal, deadline = len(self.committed) + count, time.monotonic() + 60
        while len(self.committed) < goal and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.committed) >= goal


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with tempfile.TemporaryDirectory(prefix="yunshu-drill-", ignore_cleanup_errors=True) as name:
        data = Path(name) / "data"
        data.mkdir()
        server, nats = EmbeddedPostgres(data), EmbeddedNats(data)
        server.start()
        nats.start()
        create_database(server.superuser_url, "yunshu")
        monkeypatch.setenv("YUNSHU_DATA", str(data))
        monkeypatch.setenv("DATABASE_URL", server.app_url("yunshu"))
        monkeypatch.setenv("NATS_URL", nats.url)
        made = Office(data, server, nats, repository.create(Path(name) / "repository", PASSPHRASE, clock.now()))
        with psycopg.connect(made.source.of("yunshu")) as connection:
            connection.execute(SETUP)
        asyncio.run(publish(nats.url, 100))
        yield made
        made.end_work()
        nats.stop()
        server.stop()


async def publish(url: str, count: int) -> int:
    """Put messages into a stream of the ledger's kind; return its last sequence."""
    async with bus.connection(url, "drill") as client:
        stream = client.jetstream()
        await stream.add_stream(name="LEDGER_drill_1", subjects=["ledger.drill.1"])
        for n in range(count):
            await stream.publish("ledger.drill.1", str(n).encode())
        return int((await stream.stream_info("LEDGER_drill_1")).state.last_seq)


def silent(_line: str) -> None:
    return


def booked(root: Path) -> tuple[list[int], int]:
    """Return the pairs in a restored database, and the sum of all, which is nothing if every pair is whole."""
    with Cluster(root).running() as conninfo, psycopg.connect(f"{conninfo} dbname=yunshu") as connection:
        numbers = [n for (n,) in connection.execute("SELECT n FROM debit ORDER BY n")]
        halves = connection.execute(
            "SELECT coalesce(sum(yuan), 0), count(*) FROM (SELECT * FROM debit UNION ALL SELECT * FROM credit) b"
        ).fetchall()[0]
    assert halves[1] == 2 * len(numbers)
    return numbers, int(halves[0])


def require_what_was_committed(office: Office, root: Path, moment: datetime, until: datetime) -> None:
    """Every commit seen before ``moment`` is there, none after ``until`` but the one under way, each whole, with its file."""
    numbers, sum_of_all = booked(root)
    assert sum_of_all == 0
    assert numbers == list(range(1, len(numbers) + 1))
    must = [n for n, seen_at in office.committed if seen_at < moment]
    assert len(must) <= len(numbers) <= len([n for n, seen_at in office.committed if seen_at < until]) + 1
    assert all((root / "files" / str(n)).read_text() == str(n) for n in numbers)
    assert not (root / places.RESTORING).exists()


def test_under_load_killed_and_given_back_every_commit_is_there_and_no_half_of_one(office: Office) -> None:
    office.begin_work()
    office.await_commits(50)
    receiver = database.Receiver(office.source, office.data / places.SPOOL)
    receiver.start()
    work = taking.Taking(office.repository, office.source, office.data, silent)
    base = work.take_base(receiver, clock.now())
    office.await_commits(50)
    middle = clock.now()
    office.await_commits(50)
    point = work.take_point(receiver, clock.now())
    taken_at = clock.now()
    office.await_commits(20)
    os.kill(office.postgres.process.pid, signal.SIGKILL)
    office.end_work()
    receiver.stop()

    for moment, at, until in ((point.moment, None, taken_at), (middle, middle, middle)):
        root = office.data.parent / f"again-{moment:%H%M%S%f}"
        restoring.restore(office.repository, root, silent, at=at)
        require_what_was_committed(office, root, moment, until)
    assert base.moment < middle < point.moment


def test_a_trial_passes_over_a_good_backup_and_names_what_is_wrong_with_a_bad_one(office: Office) -> None:
    office.begin_work()
    office.await_commits(20)
    work = taking.Taking(office.repository, office.source, office.data, silent)
    head = taking.run_once(work, clock.now())
    trial = verifying.verify(office.repository, office.data.parent, clock.now(), silent)
    assert trial.faults == []
    assert trial.rows > 20000
    assert office.repository.last_trial()["name"] == head.name

    made = office.repository.read(BASE, head.name)
    there = dict(made.facts["tables"]) | {"public.ballast": ["19999", "1"], "public.gone": ["1", "1"]}
    faults = verifying.compare_tables(there, made.facts["tables"])
    assert [fault for fault in faults if "public.ballast" in fault and "19999" in fault]
    assert "缺少表 public.gone" in faults

    largest = max(office.repository.folder.glob("pieces/??/*"), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[:-1])
    assert "损坏" in verifying.verify(office.repository, office.data.parent, clock.now(), silent).faults[0]
    assert list(office.data.parent.glob("yunshu-verify-*")) == []


def test_streams_come_back_with_their_sequences_and_only_into_an_empty_folder(office: Office) -> None:
    work = taking.Taking(office.repository, office.source, office.data, silent)
    taking.run_once(work, clock.now())
    root = office.data.parent / "again"
    restoring.restore(office.repository, root, silent)
    server = EmbeddedNats(root)
    server.start()
    try:
        assert asyncio.run(publish(server.url, 1)) == 101
    finally:
        server.stop()

    with pytest.raises(Refused, match="不是空目录"):
        restoring.restore(office.repository, root, silent)
    (root / places.RESTORING).write_text("cut off")
    with pytest.raises(Refused, match="恢复没有完成"):
        restoring.restore(office.repository, root, silent)


def test_moments_outside_what_was_kept_are_refused_with_the_nearest_one(office: Office) -> None:
    before = clock.now()
    work = taking.Taking(office.repository, office.source, office.data, silent)
    head = taking.run_once(work, clock.now())
    with pytest.raises(Refused) as early:
        choosing.choose(office.repository, at=before)
    with pytest.raises(Refused) as late:
        choosing.choose(office.repository, at=head.moment + timedelta(hours=1))
    assert (early.value.code, late.value.code) == ("moment_too_early", "moment_too_late")
    assert f"{head.moment.astimezone(clock.CITY_ZONE):%H:%M:%S}" in late.value.message
    segment = max(office.repository.folder.glob("wal/*"))
    segment.unlink()
    with pytest.raises(Refused, match=segment.name[8:]):
        choosing.choose(office.repository)


def test_between_two_whole_backups_every_moment_comes_back_and_old_log_goes_with_its_base(office: Office) -> None:
    receiver = database.Receiver(office.source, office.data / places.SPOOL)
    receiver.start()
    work = taking.Taking(office.repository, office.source, office.data, silent)
    office.begin_work()
    first = work.take_base(receiver, clock.now())
    office.await_commits(30)
    middle = clock.now()
    office.await_commits(30)
    second = work.take_base(receiver, clock.now() + timedelta(seconds=1))
    office.end_work()
    receiver.stop()
    root = office.data.parent / "again"
    choice, _ = restoring.restore(office.repository, root, silent, at=middle)
    assert (choice.base.head.name, choice.last.head.name) == (first.name, second.name)
    numbers, sum_of_all = booked(root)
    assert sum_of_all == 0
    assert len([n for n, at in office.committed if at <= middle]) in (len(numbers), len(numbers) - 1)

    office.repository.remove(BASE, first.name)
    keeper.prune(office.repository, clock.now())
    start = office.repository.read(BASE, second.name).facts["database"]["start"]
    assert min(office.repository.listed(WAL)) == start
    assert choosing.choose(office.repository).last.head.name == second.name


def test_the_keeper_killed_in_the_middle_goes_on_and_says_what_was_given_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YUNSHU_BACKUP_FOLDER", str(office.repository.folder))
    monkeypatch.setenv("YUNSHU_BACKUP_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("YUNSHU_BACKUP_SECONDS", "1")
    monkeypatch.setenv("YUNSHU_BACKUP_VERIFY_DAYS", "0")
    (office.data / "logs").mkdir(exist_ok=True)
    office.begin_work()
    killed = kept(office, lambda: any(office.repository.folder.glob("unfinished/base-*")))
    assert office.repository.heads(BASE) == []
    assert killed

    kept(office, lambda: len(office.repository.heads(POINT)) >= 2)
    numbers = office.committed[-1][0]
    root = office.data.parent / "again"
    restoring.restore(office.repository, root, silent)
    found, sum_of_all = booked(root)
    assert sum_of_all == 0
    assert found == list(range(1, len(found) + 1))
    assert len(found) <= numbers
    assert "unfinished_cleared" in (office.data / "logs/keep.log").read_text()


def kept(office: Office, until: object, seconds: float = 90) -> bool:
    """Run the keeper until something is so, then kill it and what it started; say whether it came to be so."""
    with (office.data / "logs/keep.log").open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "yunshu.config.cli", "backup", "keep"],
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
        deadline = time.monotonic() + seconds
        while not until() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.02)
        process.kill()
        process.wait(10)
    return bool(until())


def test_the_daily_hour_is_the_citys(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 3, 2, 18, 29, tzinfo=clock.CITY_ZONE)
    assert keeper.last_hour(now, "18:30") == datetime(2026, 3, 1, 18, 30, tzinfo=clock.CITY_ZONE)
    assert keeper.last_hour(now, "18:29") == now
    with pytest.raises(Refused, match="YUNSHU_BACKUP_AT"):
        keeper.last_hour(now, "半夜")
