"""Figures of the knowledge base and of the line to the province, from what is in the tables anyway; the list behind each is what was counted."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from django.urls import reverse
from tests.factories.directory import signed_in_client, staff_person
from tests.hotline.kb_world import Knowledge
from tests.hotline.province_world import Province, province
from tests.hotline.test_figures import asked, value

from yunshu.domains.hotline import contracts
from yunshu.domains.hotline.choices_figures import Dimension
from yunshu.domains.hotline.metrics import share
from yunshu.domains.hotline.models import ProvinceLetter, ProvinceTicket, Ticket
from yunshu.domains.hotline.rules.figures import Period
from yunshu.domains.hotline.selectors import figures
from yunshu.domains.hotline.selectors.figures import Question
from yunshu.domains.hotline.services import kb_using
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.measure import Scope


@pytest.fixture
def kb(db: None) -> Knowledge:
    return Knowledge(now=clock.now())


def now(kb: Knowledge) -> Question:
    """The month with the knowledge base's own today in it."""
    month = Period(first=kb.today.replace(day=1), last=kb.today)
    return replace(asked(kb), period=month, now=kb.now)


def consulted(kb: Knowledge, article: str = "") -> Ticket:
    """A consultation that was settled, answered from an article if one is named."""
    row = kb.handled(kind="consult")
    if article:
        kb_using.cite(actor=kb.agent, ticket=row.number, article=article, now=kb.now)
    kb.reply(row)
    kb.call(kb.review(row))
    return kb.close(row)


def test_a_hit_is_a_consultation_answered_from_an_article(kb: Knowledge) -> None:
    article = kb.published()
    hit, _other = consulted(kb, article.number), consulted(kb)
    kb.closed()
    assert value(now(kb), "kb_hit") == (1, 2, Decimal(50))
    assert [row.pk for row in figures.counted_tickets("consulted_cited", now(kb))] == [hit.pk]
    scope = Scope(starts_on=kb.today, ends_on=kb.today, org_code=kb.city.code)
    told = share("kb_hit")(scope)
    assert told.made_by == "hotline.kb_hit/1"


def test_what_is_beyond_its_last_day_is_a_share_of_what_is_published(kb: Knowledge) -> None:
    late, _fine, _endless = kb.expired(), kb.published(valid_to=kb.today), kb.published()
    kb.drafted()
    assert value(now(kb), "kb_expired") == (1, 3, Decimal("33.33"))
    assert [row.pk for row in figures.counted_articles("articles_expired", now(kb))] == [late.pk]
    row = figures.get_indicator("kb_expired")
    (group,) = figures.side_by_side(row, now(kb), Dimension.UNIT)
    assert (group.group, group.numerator, group.denominator) == (kb.urban.code, 1, 3)


def test_of_a_day_that_is_over_nobody_knows_what_was_expired(kb: Knowledge) -> None:
    kb.expired()
    past = replace(now(kb), period=now(kb).period.before)
    assert value(past, "kb_expired") == (None, None, None)
    assert not figures.counted_articles("articles", past).exists()


def test_the_page_lists_the_articles_behind_a_figure(kb: Knowledge) -> None:
    late, _fine = kb.expired(title="旧的办法"), kb.published(title="新的办法")
    client = signed_in_client(staff_person((contracts.FIGURES_VIEW, contracts.TICKET_MANAGE), org=kb.city))
    month = {"from": kb.today.isoformat(), "to": kb.today.isoformat()}
    page = client.get(reverse("hotline:counted", args=["articles_expired"]), month).content.decode()
    assert (late.face.title in page, "新的办法" in page, "与所选时期无关" in page) == (True, False, True)
    assert "知识库过期率" in client.get(reverse("hotline:figures"), month).content.decode()


@pytest.fixture
def line(kb: Knowledge, tmp_path: Path) -> Iterator[Province]:
    with province(tmp_path) as made:
        yield made


def test_the_province_waits_until_it_has_our_first_letter(kb: Knowledge, line: Province) -> None:
    for number in ("GD1", "GD2"):
        line.assign(number)
    line.go()
    told, silent = ProvinceTicket.objects.order_by("upper_number")
    kb.move(told.ticket, "accept", kb.agent)
    line.go()
    first = ProvinceLetter.objects.filter(ticket=told.ticket, way="up").earliest("version")
    came = ProvinceLetter.objects.get(ticket=told.ticket, way="down")
    waited = round((first.ended_at - came.made_at).total_seconds())
    assert value(now(kb), "province_told")[:2] == (1, 2)
    assert value(now(kb), "province_lag")[:2] == (waited, 1)
    assert {row.pk for row in figures.counted_tickets("province_sheets", now(kb))} == {told.pk, silent.pk}
