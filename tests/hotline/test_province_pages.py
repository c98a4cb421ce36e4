"""What the operator of the province's line sees and may do; nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from tests.factories.directory import signed_in_client
from tests.hotline.hotline_world import Hotline
from tests.hotline.province_world import Province, province

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Person
from yunshu.domains.hotline.models import ProvinceLetter
from yunshu.domains.hotline.services import province_counts
from yunshu.lib.kernel import clock


@pytest.fixture
def hotline(db: None) -> Hotline:
    return Hotline(now=clock.now())


@pytest.fixture
def line(hotline: Hotline, tmp_path: Path) -> Iterator[Province]:
    with province(tmp_path) as made:
        yield made


def browser(viewer: Staff) -> Client:
    return signed_in_client(Person.objects.get(pk=viewer.person_id))


def test_without_a_line_the_page_says_what_to_do(hotline: Hotline) -> None:
    page = browser(hotline.manager).get(reverse("hotline:province")).content.decode()
    assert "YUNSHU_HOTLINE_PROVINCE_URL" in page


def test_the_page_tells_state_simulator_and_unverified_fields(hotline: Hotline, line: Province) -> None:
    line.assign(title=" ")
    line.go()
    page = browser(hotline.manager).get(reverse("hotline:province")).content.decode()
    assert "对方是模拟器" in page
    assert "字段未核对" in page
    assert "转办工单" in page


@pytest.mark.parametrize("name", ["province", "letters"])
def test_only_who_manages_sees_the_line(hotline: Hotline, name: str) -> None:
    assert browser(hotline.agent).get(reverse(f"hotline:{name}")).status_code == 403
    assert browser(hotline.handler).get(reverse(f"hotline:{name}")).status_code == 403


def test_a_stuck_letter_shows_no_caller_and_is_tried_again(hotline: Hotline, line: Province) -> None:
    line.assign(title=" ")
    line.go()
    client, letter = browser(hotline.manager), ProvinceLetter.objects.get()
    address = reverse("hotline:letter", args=[letter.pk])
    page = client.get(address).content.decode()
    assert "13812345678" not in page
    assert "重试" in page
    assert "仍未成功" in client.post(address, follow=True).content.decode()


def test_differences_are_shown_and_sent_again(hotline: Hotline, line: Province) -> None:
    line.assign()
    line.go()
    row = hotline.move(ProvinceLetter.objects.get().ticket, "accept", hotline.agent)
    line.go()
    line.desk.book._connection.execute("DELETE FROM taken")
    province_counts.reconcile(line.turn._peer.reconcile("445200"), clock.now())
    client = browser(hotline.manager)
    assert row.number in client.get(reverse("hotline:province")).content.decode()
    client.post(reverse("hotline:mend_province"))
    assert ProvinceLetter.objects.get(way="up").state == "waiting"
