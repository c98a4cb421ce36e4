"""Pictures are noted with their pages and read afterwards: only new content, by whoever comes, and what is not read is said."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from tests.crawl.place import EAGER, served
from tests.factories.directory import OrgFactory
from tests.factories.inspection import SiteFactory

from yunshu.domains.inspection.contracts import Found
from yunshu.domains.inspection.models import Finding, Picture, Run
from yunshu.domains.inspection.services import findings
from yunshu.domains.inspection.services.running import kits, pictures
from yunshu.domains.inspection.services.running.keeping import MACHINE, note
from yunshu.domains.inspection.services.running.working import Machine
from yunshu.lib import papers
from yunshu.lib.crawl import Reach
from yunshu.lib.kernel import clock

HOST = "www.pictures.gov.cn"
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Eye:
    """A reader that sees what it was told; dies after ``until`` pictures."""

    says: dict[bytes, str]
    until: int = 1000
    asked: list[bytes] = field(default_factory=list)

    def lines(self, picture: bytes, *, pixels: int) -> list[papers.Line]:
        if len(self.asked) == self.until:
            raise KeyboardInterrupt  # as a killed process: nothing is caught
        self.asked.append(picture)
        return [papers.Line(self.says.get(picture, "一张照片"), 0.99)]


def picture(word: str) -> bytes:
    return PNG + word.encode() + b"\0" * pictures.LEAST_BYTES


CARDS = {"/a.png": picture("a"), "/b.png": picture("b"), "/same.png": picture("b"), "/icon.png": PNG}


@pytest.fixture
def run(committed_db: object) -> Run:
    site = SiteFactory(org=OrgFactory(), host=HOST, home_url=f"http://{HOST}/")
    return opened(site)


def opened(site: object) -> Run:
    stage = Run.Stage.READING
    number, now = f"JC-{Run.objects.count()}", clock.now()
    run = Run.objects.create(number=number, site=site, crawl="x", stage=stage, started_at=now, asked_by="测试")
    note(run, f"http://{HOST}/1.html", [f"http://{HOST}{path}" for path in (*CARDS, "/gone.png")])
    return run


async def answer(request: web.BaseRequest) -> web.Response:
    body = CARDS.get(request.path)
    return web.Response(body=body, content_type="image/png") if body else web.Response(status=404)


@contextmanager
def reading(run: Run, eye: papers.Reader | None, folder: Path) -> Iterator[bool]:
    """Finish a run's pictures against a server."""
    kit = kits.kit()

    async def whole() -> bool:
        async with served(answer) as place:
            machine = Machine(reach=Reach(placed={HOST: place}), manners=EAGER, evidence=folder, reader=eye)
            return await asyncio.to_thread(pictures.finish, run, machine, kit)

    yield asyncio.run(whole())


def states() -> dict[str, str]:
    return {url.rsplit("/", 1)[1]: state for url, state in Picture.objects.values_list("url", "state")}


def test_what_a_picture_says_is_found_and_new_content_alone_is_read(run: Run, tmp_path: Path) -> None:
    eye = Eye({picture("a"): "联系电话 13800138000"})
    with reading(run, eye, tmp_path) as done:
        assert done
    finding = Finding.objects.get()
    assert (finding.kind, finding.url) == ("privacy_leak", f"http://{HOST}/a.png")
    assert finding.evidence.get().kind == "warc"
    assert "13800138000" not in str(Finding.objects.values()) + str(Picture.objects.values())
    assert len(eye.asked) == 2
    assert states() == {
        "a.png": "read", "b.png": "read", "same.png": "read", "icon.png": "small", "gone.png": "failed",
    }  # fmt: skip
    run.stage, run.finished_at = Run.Stage.DONE, clock.now()
    run.save()
    later = opened(run.site)
    with reading(later, again := Eye({}), tmp_path):
        assert again.asked == []
    finding.refresh_from_db()
    assert finding.last_seen == later.started_at


def test_who_is_killed_while_reading_has_lost_nothing(run: Run, tmp_path: Path) -> None:
    says = {picture("a"): "联系电话 13800138000", picture("b"): "联系电话 13900139000"}
    with pytest.raises(KeyboardInterrupt), reading(run, Eye(says, until=1), tmp_path):
        pass
    assert Finding.objects.count() == 1
    assert states()["b.png"] == "waiting"
    with reading(run, eye := Eye(says), tmp_path):
        assert picture("a") not in eye.asked
    assert Finding.objects.count() == 3
    assert set(Finding.objects.values_list("occurrences", flat=True)) == {1}


def test_what_nobody_can_read_is_counted_and_what_was_wrong_with_it_stays(run: Run, tmp_path: Path) -> None:
    url = f"http://{HOST}/a.png"
    before = run.started_at - pictures.PATIENCE
    found = Found(kind="privacy_leak", severity="veto", site=run.site.id_code, key="x", words="公开了手机号码", url=url)
    findings.keep([found], by=MACHINE, now=before)
    with reading(run, None, tmp_path) as done:
        assert done
    assert run.unseen == 5
    assert Finding.objects.get().last_seen == run.started_at


def test_a_run_waits_for_the_worker_of_pictures_but_not_for_ever(run: Run) -> None:
    machine = Machine(reads_apart=True)
    assert not pictures.finish(run, machine, kits.kit())
    run.started_at -= 2 * pictures.PATIENCE
    assert pictures.finish(run, machine, kits.kit())
