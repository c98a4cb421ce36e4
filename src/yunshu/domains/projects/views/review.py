"""Pages of the third-party review: organise, draw, question, reduce, conclude; the expert's own marks."""

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.projects import forms, reporting, services
from yunshu.domains.projects.choices import Criteria, ReviewState, Verdicts
from yunshu.domains.projects.contracts import PROJECT_EDIT, PROJECT_VIEW, REVIEW_ORGANISE, REVIEW_SCORE
from yunshu.domains.projects.rules import review as rules
from yunshu.domains.projects.selectors import limits
from yunshu.domains.projects.selectors import projects as of_projects
from yunshu.domains.projects.selectors import review as selectors
from yunshu.domains.projects.views.writing import Page, page_of_project, sent, write
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui import search
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.lists import Choice, Column, Listing, Search, list_page
from yunshu.lib.ui.pages import show

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
REVIEWS = Listing(
    name="reviews",
    title=_l("第三方评审"),
    rows=selectors.visible_reviews,
    default_sort="-made_at",
    columns=(
        Column("number", _l("评审编号"), link=True),
        Column("project", _l("信息化项目")),
        Column("agency", _l("评审机构")),
        Column("state", _l("状态"), kind="choice"),
        Column("score", _l("总评分"), kind="number", sort="score"),
        Column("verdict", _l("结论"), kind="choice"),
        Column("fee_yuan", _l("评审服务费"), kind="wan", sort="fee_yuan"),
        Column("made_at", _l("组织时间"), kind="instant", sort="made_at"),
    ),
    filters=(
        Search("number", "project__name", "agency"),
        Choice("state", _l("状态"), ReviewState.choices),
        Choice("verdict", _l("结论"), Verdicts.choices),
    ),
    row_url=lambda r: reverse("projects:review", args=[r.number]),
    empty_title=_l("没有评审"),
    empty_text=_l("项目进入第三方评审后，在项目页面点“组织评审”。"),
)


@staff(PROJECT_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Reviews in one's reach."""
    return list_page(request, REVIEWS)


@staff(PROJECT_VIEW)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One review: the draw and how to check it, who scored what, findings, what one can do."""
    viewer = viewer_of(request)
    row = selectors.get_review(viewer, number)
    path = row.project.org.path
    marks = selectors.marks_of(row)
    seats = list(row.seats.select_related("expert").all())
    totals = rules.totals_of(marks)
    context = {
        "row": row,
        "is_drawn": row.state in (ReviewState.DRAWN, ReviewState.CONCLUDED),
        "is_open": row.state == ReviewState.DRAWN,
        "draw_holds": bool(row.order) and selectors.draw_holds(row),
        "seats": [(seat, totals.get(seat.expert.code)) for seat in seats],
        "criteria": _criteria(marks),
        "findings": row.findings.all(),
        "may_organise": viewer.may(REVIEW_ORGANISE, path),
        "may_answer": viewer.may(PROJECT_EDIT, path),
    }
    return show(request, "projects/review.html", context)


def _criteria(marks: list[rules.Mark]) -> list[tuple[str, Decimal | None, str]]:
    if not marks:
        return []
    found = rules.summary(marks, limits.value("score_pass"), open_findings=0)
    return [
        (str(Criteria(c.value).label), found.means[c], str(Verdicts(found.verdicts[c].value).label))
        for c in rules.Criterion
    ]


@staff(REVIEW_ORGANISE)
@require_http_methods(["GET", "POST"])
def organise(request: HttpRequest, number: str) -> HttpResponse:
    """Begin a review: the commitment to a draw."""
    viewer = viewer_of(request)
    row = of_projects.get_project(viewer, number)
    services.demand_reviewed(row)
    form = forms.ReviewForm(sent(request), initial={"size": int(limits.value("experts_least"))})

    def save(filled: forms.ReviewForm) -> None:
        data = filled.cleaned_data | {"parties": forms.lines(filled.cleaned_data["parties"])}
        services.open_review(actor=viewer, project=number, spec=services.ReviewSpec(**data), now=clock.now())

    lead = _(
        "提交以后，候选专家名单和一个保密的随机数就固定下来，两者的校验码写入账本，和名单编号一起公布在评审页；此后谁也换不了名单，"
        "抽取结果人人可以核对。"
    )
    page = page_of_project(row, _("组织评审"), _("固定名单并公布校验码"), _("候选名单已固定，校验码已写入账本。"), lead)
    return write(request, page, form, save)


def _page(row: Any, title: str, submit: str, lead: str = "") -> Page:
    back = reverse("projects:review", args=[row.number])
    crumbs = [(row.project.name, reverse("projects:project", args=[row.project.number])), (row.number, back)]
    return Page(title=title, back=back, crumbs=crumbs, submit=submit, lead=lead)


@staff(PROJECT_EDIT)
@require_http_methods(["GET", "POST"])
def word(request: HttpRequest, number: str) -> HttpResponse:
    """The owner's word for the draw."""
    row = selectors.get_review(viewer_of(request), number)
    lead = _("组织方已固定候选名单和种子并公布承诺；请给出任意一个词或数字，双方的内容共同决定抽取结果。")
    return write(
        request,
        _page(row, _("给出随机词"), _("提交"), lead),
        forms.WordForm(sent(request)),
        lambda f: services.give_word(
            actor=viewer_of(request), number=number, word=f.cleaned_data["word"], now=clock.now()
        ),
    )


@staff(REVIEW_ORGANISE)
@require_http_methods(["GET", "POST"])
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """Reveal the draw."""
    row = selectors.get_review(viewer_of(request), number)
    return write(
        request,
        _page(row, _("揭示抽取结果"), _("揭示")),
        forms.Offering(sent(request)),
        lambda _f: services.reveal_draw(actor=viewer_of(request), number=number, now=clock.now()),
    )


@staff(REVIEW_ORGANISE)
@require_http_methods(["GET", "POST"])
def recuse(request: HttpRequest, number: str, expert: str) -> HttpResponse:
    """Let an expert step aside."""
    row = selectors.get_review(viewer_of(request), number)
    return write(
        request,
        _page(row, _("专家回避：%(code)s") % {"code": expert}, _("确认回避")),
        forms.ReasonForm(sent(request)),
        lambda f: services.recuse(
            actor=viewer_of(request), number=number, expert=expert, reason=f.cleaned_data["reason"], now=clock.now()
        ),
    )


@staff(REVIEW_ORGANISE)
@require_http_methods(["GET", "POST"])
def find(request: HttpRequest, number: str) -> HttpResponse:
    """Write down a finding."""
    row = selectors.get_review(viewer_of(request), number)
    return write(
        request,
        _page(row, _("提出问题"), _("提出")),
        forms.FindingForm(sent(request)),
        lambda f: services.raise_finding(actor=viewer_of(request), number=number, now=clock.now(), **f.cleaned_data),
    )


@staff(PROJECT_VIEW)
@require_http_methods(["GET", "POST"])
def settle(request: HttpRequest, number: str, finding: str) -> HttpResponse:
    """Answer a finding, or close it."""
    row = selectors.get_review(viewer_of(request), number)
    lead = _("建设单位填写答复；组织方留空提交即关闭已答复的问题。")
    return write(
        request,
        _page(row, _("答复或关闭问题"), _("提交"), lead),
        forms.AnswerForm(sent(request)),
        lambda f: services.settle_finding(
            actor=viewer_of(request), number=finding, answer=f.cleaned_data["answer"], now=clock.now()
        ),
    )


@staff(REVIEW_ORGANISE)
@require_http_methods(["GET", "POST"])
def cut(request: HttpRequest, number: str) -> HttpResponse:
    """Reduce the cost lines."""
    row = of_projects.get_project(viewer_of(request), number)
    lines = list(row.cost_lines.all())
    initial = [
        {
            "item": f"{line.item} · {line.amount_yuan:,.2f}",
            "approved_yuan": line.amount_yuan if line.approved_yuan is None else line.approved_yuan,
            "reason": line.cut_reason,
        }
        for line in lines
    ]
    rows = forms.CutRows(sent(request), initial=initial, prefix="row")

    def save(_form: forms.Offering) -> None:
        cuts = [
            services.CutSpec(
                ordinal=line.ordinal, approved_yuan=r.cleaned_data["approved_yuan"], reason=r.cleaned_data["reason"]
            )
            for line, r in zip(lines, rows, strict=False)
        ]
        services.cut_costs(actor=viewer_of(request), project=number, cuts=cuts, now=clock.now())

    lead = _("逐项填写审定金额；低于报审金额的写明核减原因。")
    return write(
        request, page_of_project(row, _("审定概算"), _("保存"), lead=lead), forms.Offering(sent(request)), save, rows
    )


@staff(REVIEW_ORGANISE)
@require_http_methods(["GET", "POST"])
def conclude(request: HttpRequest, number: str) -> HttpResponse:
    """Sum up."""
    row = selectors.get_review(viewer_of(request), number)
    lead = _("结论由专家评分得出：安全性多数不通过的，全部不通过。")
    return write(
        request,
        _page(row, _("出具结论"), _("出具结论"), lead),
        forms.OpinionForm(sent(request)),
        lambda f: services.conclude(
            actor=viewer_of(request), number=number, opinion=f.cleaned_data["opinion"], now=clock.now()
        ),
    )


@staff(PROJECT_VIEW)
@require_safe
def report(request: HttpRequest, number: str) -> HttpResponse:
    """The report as DOCX."""
    row = selectors.get_review(viewer_of(request), number)
    if row.state != ReviewState.CONCLUDED:
        raise NotFound("report_not_found", _("评审还没有结论。"))
    response = HttpResponse(reporting.report(row), content_type=DOCX)
    response["Content-Disposition"] = f'attachment; filename="review-{row.number}.docx"'
    return response


@staff(REVIEW_ORGANISE)
@require_safe
def duplicates(request: HttpRequest, number: str) -> HttpResponse:
    """What may be built twice: projects that look alike, and what the other registers know by the project's name."""
    viewer = viewer_of(request)
    row = of_projects.get_project(viewer, number)
    context = {"row": row, "alike": selectors.alike(viewer, row), "found": search.find(viewer, row.name[:20])}
    return show(request, "projects/duplicates.html", context)


@staff(REVIEW_SCORE)
@require_safe
def seats(request: HttpRequest) -> HttpResponse:
    """The reviews at which one sits."""
    found = [(seat, selectors.last_round(seat)) for seat in selectors.own_seats(viewer_of(request))]
    return show(request, "projects/seats.html", {"seats": found})


@staff(REVIEW_SCORE)
@require_http_methods(["GET", "POST"])
def score(request: HttpRequest, number: str) -> HttpResponse:
    """Score the five criteria."""
    viewer = viewer_of(request)
    seat = selectors.own_seat(viewer, number)
    rows = forms.MarkRows(sent(request), initial=[{"criterion": c.value} for c in Criteria], prefix="row")
    back = reverse("projects:seats")
    page = Page(
        title=_("评审打分"),
        back=back,
        crumbs=[(_("我的评审"), back)],
        submit=_("提交评分"),
        lead=f"{seat.review.project.name} · {seat.review.number}",
        done=_("已提交评分。"),
    )

    def save(_form: forms.Offering) -> None:
        marks = [services.ScoreSpec(**r.cleaned_data) for r in rows]
        services.score(actor=viewer, number=number, marks=marks, now=clock.now())

    return write(request, page, forms.Offering(sent(request)), save, rows)
