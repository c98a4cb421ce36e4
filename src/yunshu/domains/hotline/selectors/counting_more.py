"""What of the knowledge base and of the line to the province is counted, from what is in the tables anyway; nothing is collected for it.

| count | rests on |
|---|---|
| consultations answered with an article | ``Citation`` of the ticket |
| articles beyond their last day | ``ArticleVersion.valid_to`` of what is published, as it stands now: of a day that is over nobody knows it |
| how long the province waited | its first letter of a ticket and when it had our first one |
"""

from django.db.models import DateTimeField, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.hotline.choices import ArticleState, Kind, LetterState, Side, Way
from yunshu.domains.hotline.choices_figures import Dimension, Listed
from yunshu.domains.hotline.models import Article, ProvinceLetter, ProvinceTicket
from yunshu.domains.hotline.selectors.counting import Count, Source, register_count, register_source
from yunshu.lib.kernel import clock


def _sheets() -> QuerySet[ProvinceTicket]:
    """Tickets that came from the province: when its letter came, when it had our first one, ``waited`` between them."""
    letters = ProvinceLetter.objects.filter(ticket=OuterRef("ticket")).order_by("version")
    came = letters.filter(way=Way.DOWN).values("made_at")[:1]
    told = letters.filter(way=Way.UP, state=LetterState.DONE).values("ended_at")[:1]
    rows = ProvinceTicket.objects.filter(side=Side.DOWN).annotate(
        came_at=Subquery(came, output_field=DateTimeField()), told_at=Subquery(told, output_field=DateTimeField())
    )
    return rows.annotate(waited=F("told_at") - F("came_at"))


def _published() -> QuerySet[Article]:
    return Article.objects.filter(state=ArticleState.PUBLISHED)


_ALL = Q(pk__isnull=False)
_CONSULTED = Q(kind=Kind.CONSULT, relation="", is_past=False)
"""What was taken over from an earlier system knows nothing of articles."""
_TOLD = Q(waited__isnull=False)

SOURCES = (
    Source(
        code="articles",
        name=_l("已发布的知识条目"),
        rows=_published,
        moment="",
        desk="desk",
        paths={Dimension.UNIT.value: "owner__code", Dimension.CATEGORY.value: "category__code"},
        lists=Listed.ARTICLES,
    ),
    Source(
        code="province_sheets",
        name=_l("省平台转来的工单"),
        rows=_sheets,
        moment="joined_at",
        ticket="ticket__",
        unit="ticket__unit",
    ),
)
COUNTS = (
    Count("consulted", _l("办结的咨询"), "closed", lambda _now: _CONSULTED),
    Count("consulted_cited", _l("引用知识条目答复的咨询"), "closed", lambda _now: _CONSULTED & Q(is_cited=True)),
    Count("articles", _l("已发布的知识条目"), "articles", lambda _now: _ALL),
    Count(
        "articles_expired",
        _l("已过有效期仍在发布的知识条目"),
        "articles",
        lambda now: Q(face__valid_to__lt=clock.city_date(now)),
    ),
    Count("province_sheets", _l("省平台转来的工单"), "province_sheets", lambda _now: _ALL),
    Count("province_told", _l("省平台已收到本市首次报送的转来工单"), "province_sheets", lambda _now: _TOLD),
    Count("province_waited", _l("省平台等待首次报送（秒）"), "province_sheets", lambda _now: _TOLD, adds="waited"),
)


def register() -> None:
    """Offer them to the indicators."""
    for source in SOURCES:
        register_source(source)
    for count in COUNTS:
        register_count(count)
