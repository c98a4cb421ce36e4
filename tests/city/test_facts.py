"""The facts of Jieyang's pack against what others say: an independent calendar, the published form."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import chinese_calendar
import pytest

from yunshu.config.city.calendar import by_year, special_days
from yunshu.config.city.pack import Pack, read
from yunshu.config.city.tables import form_of
from yunshu.domains.evaluation.contracts import Comparator, TableForm, TaskKind

from .conftest import JIEYANG

SATURDAY = 5


@pytest.fixture(scope="module")
def pack() -> Pack:
    pack, problems = read(JIEYANG)
    assert pack is not None, problems
    return pack


@pytest.fixture
def form(pack: Pack) -> TableForm:
    return form_of(pack.tables["tables/2022.toml"])


@pytest.mark.parametrize("year", range(2020, 2027))
def test_every_day_is_off_or_worked_as_an_independent_calendar_says(pack: Pack, year: int) -> None:
    special = {day.on: day for day in by_year(pack.years.values())[year]}
    days = [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]

    ours = {on: not special[on].is_off if on in special else on.weekday() < SATURDAY for on in days}

    assert ours == {on: chinese_calendar.is_workday(on) for on in days}


def test_the_extension_of_2020_replaces_the_first_notice_for_its_days_only(pack: Pack) -> None:
    days = special_days(pack.years["calendar/2020.toml"])

    assert days[date(2020, 1, 31)].source == "国办发明电〔2020〕1号"
    assert days[date(2020, 2, 1)].is_off
    assert days[date(2020, 1, 30)].source == "国办发明电〔2019〕16号"
    assert not days[date(2020, 1, 19)].is_off


def test_a_holiday_that_begins_in_december_lies_in_the_old_year(pack: Pack) -> None:
    (last,) = [day for day in by_year(pack.years.values())[2022] if day.on == date(2022, 12, 31)]

    assert (last.name, last.source) == ("元旦", "国办发明电〔2022〕16号")


def test_the_table_has_the_shape_and_the_sum_of_the_published_form(form: TableForm) -> None:
    assert (len(form.goals), len(form.tasks), len(form.indicators)) == (14, 14, 8)
    assert sum(t.kind is TaskKind.KEY for t in form.tasks) == 1
    assert form.task_total == form.project_expenditure == Decimal("51957500.00")
    assert (form.staff_count, form.subunit_count) == (41, 0)


def test_what_the_form_leaves_blank_stays_blank(form: TableForm) -> None:
    assert [f.category for f in form.funds if f.amount_yuan is None] == ["基本支出", "财政拨款", "其他资金"]


def test_the_indicators_keep_the_sign_that_was_typed_beside_the_one_that_was_read(form: TableForm) -> None:
    typed = {i.name: (i.comparator, i.comparator_text) for i in form.indicators}

    assert typed["系统正常运行率"] == (Comparator.GE, "》")
    assert typed["系统故障修复响应时间"] == (Comparator.LE, "《")
    assert typed["替代率"] == (Comparator.EQ, "")


def test_planned_and_due_are_two_figures_where_the_form_rounds(pack: Pack) -> None:
    tasks = {t.ref: t for t in pack.tables["tables/2022.toml"].tasks}

    lines, app = tasks["other:5"], tasks["other:6"]

    assert (lines.amount_yuan, lines.payment.due_yuan) == (Decimal("1164000.00"), Decimal("1163520.00"))
    assert (app.amount_yuan, app.payment.due_yuan) == (Decimal("954300.00"), Decimal("954240.00"))


@pytest.mark.shared
def test_names_and_amounts_are_those_of_the_published_form_and_the_words_are_our_own(pack: Pack, shared: Path) -> None:
    published = (shared / "input/performance-table-2022.txt").read_text()
    table = pack.tables["tables/2022.toml"]

    assert [t.name for t in table.tasks if t.name not in published] == []
    assert [i.name for i in table.indicators if i.name not in published] == []
    assert [t.content for t in table.tasks if t.content in published] == []
    assert [g.text for g in table.goals if g.text in published] == []


def test_no_sample_looks_like_a_real_organisation(pack: Pack) -> None:
    samples = [o for o in pack.organisations if o.is_sample]

    assert len(samples) == 54
    assert all(o.name.startswith("示例单位") and not o.uscc for o in samples)


def test_every_role_is_held_by_somebody(pack: Pack) -> None:
    assert {a.role for a in pack.assignments} == {r.code for r in pack.roles.roles}
