"""How services run, in public: what is public is shown with unknown time said to be so, and nothing else is."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.operations.test_figures import probed, seen
from tests.operations.watch_world import target

from yunshu.domains.operations.services import statuses
from yunshu.lib.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(settings: Any, tmp_path: Path) -> None:
    settings.SAMPLES_FOLDER = tmp_path


def test_without_a_public_target_the_page_says_so() -> None:
    target(name="内部系统")
    page = Client().get("/status/").content.decode()
    assert "还没有公开的服务" in page
    assert "内部系统" not in page


def test_a_public_service_shows_its_condition_and_its_days_but_not_how_it_is_looked_at() -> None:
    now = clock.now()
    one = probed(name="网上办事大厅", is_public=True, contract="HT-1", provider="某公司")
    probed(name="内部系统")
    seen(one, int(now.timestamp()) - 7200, 7000, ok=False)
    statuses.record_verdicts([statuses.Verdict(number=one.number, condition="down", since=now)], now)

    page = Client().get("/status/").content.decode()

    assert "有 1 项服务暂时不能使用" in page
    assert page.count('class="state-') >= 30
    assert not any(word in page for word in ("内部系统", "192.0.2.1", "HT-1", "某公司", one.number))
