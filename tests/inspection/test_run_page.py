"""The page of a run: who sees it, and what it says of what could not be looked at."""

import pytest
from django.test import Client
from pytest_django import Settings
from tests.factories.directory import OrgFactory, signed_in_client, staff_person
from tests.factories.inspection import SiteFactory

from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.contracts import VIEW
from yunshu.domains.inspection.models import Page, Run
from yunshu.lib import papers
from yunshu.lib.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def org() -> Org:
    return OrgFactory()


@pytest.fixture
def run(org: Org) -> Run:
    site = SiteFactory(org=org)
    run = Run.objects.create(
        number="JC-1", site=site, crawl="x", started_at=clock.now(), asked_by="测试", unread=1, unseen=2
    )
    Page.objects.create(
        site=site, url="http://x.gov.cn/app", role="shell", first_at=clock.now(), seen_at=clock.now(), run=run
    )
    return run


def shown(run: Run, org: Org) -> str:
    return reader(org).get(f"/console/inspection/runs/{run.number}/").content.decode()


def reader(org: Org) -> Client:
    return signed_in_client(staff_person([VIEW], org=org))


def test_what_is_missing_is_said_with_how_to_install_it(
    run: Run, org: Org, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CHROMIUM = "/nowhere/chromium"
    monkeypatch.setattr(papers, "reader_installed", lambda: False)
    page = shown(run, org)
    assert "http://x.gov.cn/app" in page
    assert "apt install chromium" in page
    assert "uv sync --extra ocr" in page


def test_where_all_is_installed_nothing_is_to_be_installed(run: Run, org: Org, settings: Settings) -> None:
    settings.CHROMIUM = __file__  # a file that is there
    page = shown(run, org)
    assert "请人工查看" in page
    assert "apt install" not in page
    assert "--extra" not in page


def test_a_stranger_does_not_find_it(run: Run) -> None:
    assert reader(OrgFactory()).get(f"/console/inspection/runs/{run.number}/").status_code == 404
    assert Client().get(f"/console/inspection/runs/{run.number}/").status_code == 302
