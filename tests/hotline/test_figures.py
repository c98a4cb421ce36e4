"""Figures: what is counted is what is listed; extensions both ways; what two people set aside; grades, not places."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.directory import signed_in_client, staff, staff_person
from tests.hotline.hotline_world import MONDAY, UNSOLVED, Hotline

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline import contracts
from yunshu.domains.hotline.choices_figures import Dimension
from yunshu.domains.hotline.models import GradeRule, Indicator, Judgement, Ticket
from yunshu.domains.hotline.rules import figures as rules
from yunshu.domains.hotline.rules.figures import Period
from yunshu.domains.hotline.selectors import figures
from yunshu.domains.hotline.selectors.counting import COUNTS, SOURCES, Count, Source, register_count, register_source
from yunshu.domains.hotline.selectors.figures import Question
from yunshu.domains.hotline.selectors.tickets import reach_of
from yunshu.domains.hotline.services import asking, judging
from yunshu.lib.kernel.errors import Conflict, NotPermitted, Refused

JUNE = Period(first=date(2026, 6, 1), last=date(2026, 6, 30))


@pytest.fixture
def hotline(db: None) -> Hotline:
    return Hotline()


def asked(hotline: Hotline, viewer: object = None, **filters: str) -> Question:
    reach = reach_of(viewer or hotline.manager)  # type: ignore[arg-type]
    return Question(reach=reach, period=JUNE, now=MONDAY + timedelta(days=29), filters=filters)


def answered(hotline: Hotline, who: Staff | None = None, unit: Org | None = None) -> Ticket:
    """A ticket whose answer was handed in and reviewed: until then its clock stands still and it is not due."""
    row = hotline.handled(who, unit)
    hotline.reply(row, who)
    return hotline.review(row)


def value(question: Question, code: str) -> tuple[int, int, Decimal | None]:
    found = next(each for each in figures.totals(question) if each.indicator.code == code)
    return found.numerator, found.denominator, found.value


@given(top=st.integers(0, 10_000), rest=st.integers(0, 10_000))
def test_a_share_and_its_rest_never_look_better_than_they_are(top: int, rest: int) -> None:
    share, other = (rules.value(form, top, top + rest) for form in (rules.SHARE, rules.REST))
    assert (share is None) == (top + rest == 0)
    assert share is None or (0 <= share <= 100 and share * (top + rest) <= top * 100)
    assert share is None or other is None or 100 - Decimal("0.01") <= share + other <= 100


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 400))
def test_the_period_before_ends_where_a_period_begins(first: date, days: int) -> None:
    period = Period(first=first, last=first + timedelta(days=days - 1))
    assert period.before.last + timedelta(days=1) == first
    month = rules.month_of(first)
    assert month.before == rules.month_of(month.first - timedelta(days=1))


@pytest.mark.parametrize(("better", "figure", "grade"), [
    ("higher", "98", "good"), ("higher", "97.99", "fair"), ("higher", "94.99", "poor"),
    ("lower", "98", "fair"), ("lower", "95", "fair"), ("lower", "1", "good"),
])  # fmt: skip
def test_a_grade_follows_its_lines_and_few_cases_have_none(better: str, figure: str, grade: str) -> None:
    lines = {"higher": (98, 95), "lower": (3, 98)}[better]
    good, fair = (Decimal(line) for line in lines)
    assert rules.grade(better, Decimal(figure), 20, good, fair, 20) == grade
    assert rules.grade(better, Decimal(figure), 19, good, fair, 20) == "few"


@pytest.mark.parametrize("code", sorted(code for code, each in COUNTS.items() if not SOURCES[each.source].desk))
def test_every_count_is_answered_and_listed(hotline: Hotline, code: str) -> None:
    hotline.closed()
    question = asked(hotline)
    counted = figures.tally([code], question)[figures.TOTAL][code]
    listed = figures.counted_tickets(code, question).count()
    assert listed == counted if not SOURCES[COUNTS[code].source].ticket else listed <= counted


def test_the_drill_down_lists_exactly_what_was_counted_in_each_group(hotline: Hotline) -> None:
    for unit, who in ((hotline.urban, hotline.handler), (hotline.power, hotline.other)):
        for _n in range(2):
            answered(hotline, who, unit)
    late = hotline.handled()
    row = figures.get_indicator("on_time")
    groups = figures.side_by_side(row, asked(hotline), Dimension.UNIT)
    for each in groups:
        narrowed = asked(hotline, unit=each.group)
        assert figures.counted_tickets(row.numerator, narrowed).count() == each.numerator
        assert figures.counted_tickets(row.denominator, narrowed).count() == each.denominator
    assert {(g.group, g.numerator, g.denominator) for g in groups} == {
        (hotline.urban.code, 2, 3),
        (hotline.power.code, 2, 2),
    }
    assert [t.pk for t in figures.counted_tickets("due_late", asked(hotline))] == [late.pk]


def test_an_extension_counts_both_ways(hotline: Hotline) -> None:
    row = hotline.handled()
    due = Ticket.objects.get(pk=row.pk).due_at
    assert due
    asking.ask_extension(actor=hotline.handler, number=row.number, reason="待料", amount=3, now=hotline.now)
    hotline.move(row, "grant_extension", hotline.sorter)
    hotline.now = due + timedelta(hours=20)
    hotline.reply(row)
    hotline.review(row)
    settled = Ticket.objects.get(pk=row.pk)
    assert settled.first_due_at == due
    assert value(asked(hotline), "on_time") == (1, 1, Decimal(100))
    assert value(asked(hotline), "on_time_first") == (0, 1, Decimal(0))
    assert value(asked(hotline), "extended") == (1, 1, Decimal(100))


def test_signing_is_measured_against_the_limit_of_that_day(hotline: Hotline) -> None:
    hotline.handled()
    slow = hotline.dispatch(hotline.registered())
    hotline.later(days=2)
    hotline.move(slow, "sign")
    assert value(asked(hotline), "signing") == (1, 2, Decimal(50))


def test_what_two_people_set_aside_leaves_result_and_solved_but_not_process(hotline: Hotline) -> None:
    row = hotline.handled()
    hotline.reply(row)
    hotline.review(row)
    hotline.call(row, UNSOLVED)
    assert value(asked(hotline), "result") == (0, 1, Decimal(0))
    made = judging.ask(actor=hotline.agent, number=row.number, ground="unlawful", reason="违反规划", now=hotline.now)
    with pytest.raises(NotPermitted):
        judging.answer(actor=hotline.agent, judgement_id=made.pk, grants=True, words="", now=hotline.now)
    judge = staff((contracts.JUDGE, contracts.TICKET_MANAGE), org=hotline.city)
    judging.answer(actor=judge, judgement_id=made.pk, grants=True, words="", now=hotline.now)
    assert value(asked(hotline), "result") == (0, 0, None)
    assert value(asked(hotline), "solved") == (0, 0, None)
    assert value(asked(hotline), "process") == (0, 1, Decimal(0))
    assert hotline.close(row).state == "closed"


def test_nobody_judges_their_own_request_and_once_is_enough(hotline: Hotline) -> None:
    row = hotline.handled()
    hotline.reply(row)
    hotline.review(row)
    both = staff((contracts.JUDGE, contracts.TICKET_CALL_BACK), org=hotline.city)
    words = {"number": row.number, "ground": "unreasonable", "reason": "要求超出职责", "now": hotline.now}
    with pytest.raises(Conflict, match="接通"):
        judging.ask(actor=both, **words)
    hotline.call(row, UNSOLVED)
    made = judging.ask(actor=both, **words)
    with pytest.raises(Refused) as refused:
        judging.answer(actor=both, judgement_id=made.pk, grants=True, words="", now=hotline.now)
    assert refused.value.code == "own_request"
    with pytest.raises(Conflict):
        judging.ask(actor=hotline.agent, **words)
    assert Judgement.objects.get().state == "open"


def test_a_unit_sees_its_own_figures_only(hotline: Hotline) -> None:
    answered(hotline)
    answered(hotline, hotline.other, hotline.power)
    assert value(asked(hotline), "on_time")[1] == 2
    assert value(asked(hotline, hotline.handler), "on_time")[1] == 1
    assert value(asked(hotline, staff(contracts.UNIT_RIGHTS)), "on_time")[1] == 0


def test_small_numbers_are_not_graded(hotline: Hotline) -> None:
    answered(hotline)
    rule = GradeRule.objects.get(indicator__code="on_time")
    _rows, (card,) = figures.graded_units(asked(hotline))
    assert dict((f.indicator.code, g) for f, g in card.cells)["on_time"] == "few"
    GradeRule.objects.filter(pk=rule.pk).update(fewest=1)
    _rows, (card,) = figures.graded_units(asked(hotline))
    assert dict((f.indicator.code, g) for f, g in card.cells)["on_time"] == "good"


def test_another_branch_adds_an_indicator_in_a_few_lines(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yunshu.domains.hotline.selectors.counting.SOURCES", SOURCES)
    row = hotline.registered()
    register_source(Source(code="mine", name="我的", rows=Ticket.objects.all, moment="received_at"))
    register_count(Count("mine_all", "全部", "mine", lambda now: figures.Q(received_at__lte=now)))
    try:
        Indicator.objects.create(code="mine", name="我的", form="count", numerator="mine_all", source="测试")
        assert value(asked(hotline), "mine") == (1, 0, Decimal(1))
        assert [t.pk for t in figures.counted_tickets("mine_all", asked(hotline))] == [row.pk]
        with pytest.raises(ValueError, match="twice"):
            register_count(Count("mine_all", "全部", "mine", lambda now: figures.Q()))
    finally:
        COUNTS.pop("mine_all")
        SOURCES.pop("mine")


def test_pages_of_figures_cost_the_same_whatever_there_is(
    hotline: Hotline, django_assert_max_num_queries: object
) -> None:
    rights = (contracts.FIGURES_VIEW, contracts.TICKET_MANAGE, contracts.LOG_VIEW)
    client = signed_in_client(staff_person(rights, org=hotline.city))
    address = reverse("hotline:figures") + "?from=2026-06-01&to=2026-06-30"
    client.get(address)
    for _n in range(3):
        hotline.closed(category="0301")
    for place, most in ((address, 50), (reverse("hotline:graded_units"), 32), (reverse("hotline:log"), 18)):
        with django_assert_max_num_queries(most):  # type: ignore[operator]
            assert client.get(place).status_code == 200


def test_the_page_exports_what_it_shows_and_a_stranger_does_not_open_it(hotline: Hotline) -> None:
    hotline.closed()
    client = signed_in_client(staff_person((contracts.FIGURES_VIEW, contracts.TICKET_MANAGE), org=hotline.city))
    address = reverse("hotline:figures") + "?from=2026-06-01&to=2026-06-30&format=csv"
    text = b"".join(client.get(address).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "按时办结率（含延期）,,100.00,%,1,1," in text
    stranger = signed_in_client(staff_person(contracts.UNIT_RIGHTS, org=hotline.urban))
    assert stranger.get(address).status_code == 403


def test_the_log_masks_numbers_and_keeps_a_confidential_caller_out(hotline: Hotline) -> None:
    row = hotline.registered(kind="report")
    hotline.move(hotline.dispatch(row), "sign", reason="请回电13812345678")
    client = signed_in_client(staff_person((contracts.LOG_VIEW, contracts.TICKET_MANAGE), org=hotline.city))
    page = client.get(reverse("hotline:log")).content.decode()
    assert "138****5678" in page
    assert "13812345678" not in page
    assert row.number in page
