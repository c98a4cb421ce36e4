"""Approved promises in public: what was approved, as it was approved, and nothing else."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from tests.evaluation import lives
from tests.evaluation.table_forms import small_form
from tests.factories.directory import OrgFactory

from yunshu.domains.evaluation import services

pytestmark = pytest.mark.django_db
LIST = "/promises/"


@pytest.fixture(autouse=True)
def hours() -> None:
    lives.hours()


def page(number: str) -> str:
    return Client().get(f"{LIST}{number}/").content.decode()


def test_without_an_approved_table_the_page_says_so_and_the_front_page_leads_to_it() -> None:
    assert "还没有公开的绩效承诺" in Client().get(LIST).content.decode()
    assert 'href="/promises/"' in Client().get("/").content.decode()


def test_a_draft_is_not_public() -> None:
    draft = lives.drafted(OrgFactory(is_sample=False))
    assert Client().get(f"{LIST}{draft.number}/").status_code == 404
    assert draft.number not in Client().get(LIST).content.decode()


def test_a_sample_departments_table_is_not_public() -> None:
    table = lives.running(OrgFactory(is_sample=True))
    assert Client().get(f"{LIST}{table.number}/").status_code == 404
    assert table.number not in Client().get(LIST).content.decode()


def test_a_stranger_reads_goals_tasks_amounts_and_that_nothing_is_measured_yet() -> None:
    table = lives.running(OrgFactory(is_sample=False))
    shown = page(table.number)
    form = small_form()
    assert all(goal.text in shown for goal in form.goals)
    assert all(task.name in shown for task in form.tasks)
    assert "3,600" in shown
    assert "尚无数据" in shown


def test_a_measured_value_stands_with_its_day_and_evidence_but_without_the_statement() -> None:
    table = lives.running(OrgFactory(is_sample=False))
    spec = services.EvidenceSpec(on=date(2024, 5, 6), value=Decimal("87"), statement="张某签收")
    row = services.record_evidence(actor=lives.MACHINE, number=table.number, indicator=1, spec=spec, now=lives.NOW)
    shown = page(table.number)
    assert "2024-05-06" in shown
    assert row.number in shown
    assert "张某" not in shown
    assert "1 项已有实测" in shown


def test_while_a_table_is_adjusted_the_public_reads_the_approved_version() -> None:
    table = lives.running(OrgFactory(is_sample=False))
    later = lives.NOW + timedelta(days=9)
    services.move_table(actor=lives.MACHINE, number=table.number, verb="adjust", reason="年中", now=later)
    form = small_form()
    changed = replace(form.tasks[0], name="尚未批复的项目")
    services.save_version(
        actor=lives.MACHINE,
        number=table.number,
        form=replace(form, tasks=(changed, *form.tasks[1:])),
        reason="改名",
        expected=1,
        source="",
        now=later,
    )
    assert "尚未批复的项目" not in page(table.number)
    assert form.tasks[0].name in page(table.number)
