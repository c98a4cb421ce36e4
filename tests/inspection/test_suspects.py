"""Hosts that may imitate a site: gathered from a run's pages, kept by officials, compared."""

import pytest
from django.test import Client
from tests.factories.directory import OrgFactory, signed_in_client, staff_person
from tests.factories.inspection import SiteFactory

from yunshu.domains.directory.contracts import System
from yunshu.domains.inspection.contracts import REVIEW, VIEW
from yunshu.domains.inspection.models import Candidate, Page, Run, Site, Suspect
from yunshu.domains.inspection.services.running import imitating, kits, planning
from yunshu.lib.kernel import clock

pytestmark = pytest.mark.django_db
AT = "/console/lists/inspection-suspects/"


@pytest.fixture
def site() -> Site:
    return SiteFactory(org=OrgFactory(), host="www.vqbcdf.gov.cn", home_url="http://www.vqbcdf.gov.cn/")


@pytest.fixture
def run(site: Site) -> Run:
    run = planning.begin(actor=System(name="测试"), id_code=site.id_code, kind="full", now=clock.now())
    links = ("www.vqbcdf-gov.example", "www.baidu.example", "rsj.vqbcdf.gov.cn", "www.vqbcdf.gov.cn", "vqhjkl.example")
    led = [[f"http://{host}/", "链接", "a", True] for host in links]
    now = run.started_at
    Page.objects.create(
        site=site, url=site.home_url, role="home", first_at=now, seen_at=now, run=run, facts={"links": led}
    )
    return run


def test_hosts_in_links_go_where_they_belong(run: Run) -> None:
    other = SiteFactory(org=run.site.org, host="www.vqhjkl.gov.cn", home_url="http://www.vqhjkl.gov.cn/")
    for _twice in range(2):
        imitating._gather(run, kits.kit())
    rows = Suspect.objects.values_list("host", "site__host", "source", "seen_on")
    assert set(rows) == {
        ("www.vqbcdf-gov.example", run.site.host, "link", run.site.home_url),
        ("vqhjkl.example", other.host, "link", run.site.home_url),
    }
    assert list(Candidate.objects.values_list("host", flat=True)) == ["rsj.vqbcdf.gov.cn"]


def test_an_official_enters_a_host_and_reads_what_came_of_it(site: Site) -> None:
    keeper: Client = signed_in_client(staff_person([VIEW, REVIEW], org=site.org))
    sent = {"host": "www.mirror.example", "site": site.pk, "note": "上级通报"}
    assert keeper.post(f"{AT}new/", sent | {"host": "http://x.example/"}).status_code == 422
    keeper.post(f"{AT}new/", sent)
    row = Suspect.objects.get()
    assert (row.source, row.result) == ("person", "")
    Suspect.objects.update(result="copy")
    assert "内容相同" in keeper.get(AT).content.decode()
    assert 'name="result"' not in keeper.get(f"{AT}{row.pk}/").content.decode().split("<form", 2)[-1]
