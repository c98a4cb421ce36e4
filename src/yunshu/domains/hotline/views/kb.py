"""Pages of the knowledge base for staff: search, one article with its versions and reviews, writing, what is asked of departments."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.choices import ArticleState, Usefulness, VersionState
from yunshu.domains.hotline.contracts import KB_APPROVE, KB_DRAFT, PROOF_KIND
from yunshu.domains.hotline.forms_kb import ArticleForm, DemandForm, SayForm, initial_of
from yunshu.domains.hotline.rules import kb as rules
from yunshu.domains.hotline.selectors import kb as selectors
from yunshu.domains.hotline.selectors import pages
from yunshu.domains.hotline.selectors.kb_search import Recall
from yunshu.domains.hotline.services import kb_reviewing, kb_using, kb_writing
from yunshu.domains.ledger import api as ledger
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, NotPermitted
from yunshu.lib.kernel.labels import label
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, step_of, tell_done
from yunshu.lib.ui.lists import Choice, Column, Listing, YesNo, list_page
from yunshu.lib.ui.pages import show

ENDING = timedelta(days=30)
VALIDITY = (("valid", _l("有效")), ("ending", _l("30 天内失效")), ("expired", _l("已失效")), ("coming", _l("未生效")))


def _validity(_viewer: Any, value: str) -> Any:
    today = clock.city_date(clock.now())
    return selectors.validity(value, today, today + ENDING)


def _title(row: Any) -> str:
    return str((row.face or row.draft).title)


LISTING = Listing(
    name="hotline-kb",
    title=_l("知识库"),
    rows=selectors.visible_articles,
    columns=(
        Column("title", _l("标题"), value=_title, link=True),
        Column("number", _l("条目编号"), sort="number", hidden=True),
        Column("owner", _l("责任单位"), sort="owner__name"),
        Column("category", _l("诉求分类"), hidden=True),
        Column("state", _l("状态"), kind="choice"),
        Column(
            "valid_to", _l("有效期"), template="hotline/kb/_validity.html", value=lambda r: r.face and r.face.valid_to
        ),
        Column("is_public", _l("对市民公开"), kind="yesno", value=lambda r: (r.face or r.draft).is_public),
        Column("version", _l("版次"), kind="number", value=lambda r: (r.face or r.draft).version, hidden=True),
        Column("origin", _l("来源"), kind="choice", hidden=True),
        Column("review_on", _l("复审日期"), kind="day", sort="review_on", hidden=True),
        Column("hits", _l("有帮助"), kind="number", sort="hits"),
        Column("misses", _l("没有帮助"), kind="number", sort="misses", hidden=True),
        Column("complaints", _l("纠错"), kind="number", sort="complaints", hidden=True),
        Column("updated_at", _l("更新时间"), kind="instant", sort="updated_at"),
    ),
    filters=(
        Recall(),
        Choice("owner", _l("责任单位"), selectors.owner_choices, path="owner__code"),
        Choice("state", _l("状态"), ArticleState.choices),
        Choice("validity", _l("有效期"), VALIDITY, where=_validity),
        YesNo("public", _l("对市民公开"), path="face__is_public"),
    ),
    default_sort="-updated_at",
    row_url=lambda r: reverse("hotline:article", args=[r.number]),
    empty_title=_l("知识库还是空的"),
    empty_text=_l("由各单位采编后经两级审核发布，或由管理员导入政务服务事项（yunshu hotline import-matters）。"),
)
BY_RANK = replace(LISTING, default_sort="rank")


def demand_part(viewer: Viewer) -> None:
    """Raise NotPermitted for staff who have nothing to do with the hotline."""
    if not selectors.takes_part(viewer):
        raise NotPermitted("not_permitted", _("知识库供热线和承办单位的工作人员使用。"))


@staff()
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Search: what fits best first, what is out of its dates last and flagged."""
    viewer = viewer_of(request)
    demand_part(viewer)
    asked = request.GET.get("q", "").strip()
    context = {"may_write": bool(viewer.reach(KB_DRAFT)), "asked": asked}
    return list_page(request, BY_RANK if asked else LISTING, template="hotline/kb/index.html", context=context)


@staff()
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One article: the version asked for, its dates, sources, reviews."""
    return show_article(request, number)


def show_article(request: HttpRequest, number: str, refusal: Exception | None = None, **more: Any) -> HttpResponse:
    """Show one article, with what was refused above it."""
    context = _context(viewer_of(request), number, request.GET.get("version", "")) | {"refusal": refusal} | more
    return show(request, "hotline/kb/article.html", context, status=422 if refusal else 200)


def _context(viewer: Viewer, number: str, asked: str) -> dict[str, Any]:
    row, now = selectors.get_article(viewer, number), clock.now()
    wanted = int(asked) if asked.isdigit() and len(asked) < 6 else None
    version = selectors.get_version(viewer, row, wanted)
    today = clock.city_date(now)
    in_force = selectors.current(row)
    keeps = selectors.keeps(viewer, row)
    return {
        "row": row,
        "version": version,
        "versions": selectors.versions_of(viewer, row),
        "is_in_force": in_force == version,
        "is_expired": bool(version.valid_to and version.valid_to < today),
        "is_coming": bool(version.valid_from and version.valid_from > today),
        "before": in_force if row.draft == version and in_force else None,
        "keeps": keeps,
        "demands": selectors.open_demands(row) if keeps else [],
        "evidence": ledger.evidence_of(PROOF_KIND, number, now),
        "say_form": SayForm(),
        **_verbs(viewer, row, version),
    }


def _verbs(viewer: Viewer, row: Any, version: Any) -> dict[str, Any]:
    """Return what the viewer may do with a version: judge it, write at it, withdraw it."""
    writes = selectors.writing_unit(viewer, row) is not None
    administers = viewer.may(KB_APPROVE, row.desk.path)
    is_draft = row.draft_id == version.pk
    handed_in = is_draft and version.state != VersionState.DRAFT
    person = getattr(viewer, "person_id", None)
    verbs: list[Any] = []
    history: tuple[Any, ...] = ()
    if version.submitted_at is not None:
        case = workflow.get_case(rules.ARTICLE_REVIEW.code, selectors.reviewing(version))
        history = workflow.history(case)
        verbs = list(workflow.verbs_for(viewer, case)) if handed_in else []
    own = person in version.hands or (version.state == VersionState.APPROVING and person == version.checker_id)
    return {
        "history": history[::-1],
        "verbs": [verb for verb in verbs if not (own and verb.verb in kb_reviewing.JUDGING)],
        "is_own": own and any(verb.verb in kb_reviewing.JUDGING for verb in verbs),
        "may_edit": writes and is_draft and not handed_in,
        "may_begin": writes and row.draft_id is None and row.state != ArticleState.ARCHIVED,
        "may_withdraw": row.state == ArticleState.PUBLISHED and (writes or administers),
        "owners": pages.orgs() if administers and row.draft_id is None and row.state != ArticleState.ARCHIVED else [],
        "may_archive": row.state == ArticleState.WITHDRAWN and administers and row.draft_id is None,
    }


@staff(KB_DRAFT)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Begin an article; ``?demand=`` names the question that it answers."""
    viewer = viewer_of(request)
    number = request.GET.get("demand", "")
    demand = selectors.get_demand(viewer, number) if number else None
    choosing = {
        "owner": selectors.writing_orgs(viewer),
        "deputy": [("", "—"), *pages.orgs()],
        "category": pages.categories(),
    }
    initial = {"title": demand.question[:120], "owner": demand.unit.code if demand.unit else ""} if demand else {}
    form = ArticleForm(request.POST or None, choosing=choosing, initial=initial)
    if form.is_valid():
        with attempt(form):
            row = kb_writing.begin_article(
                actor=viewer,
                owner=form.cleaned_data["owner"],
                spec=form.spec(),
                now=clock.now(),
                places={name: form.cleaned_data[name] for name in ("deputy", "category")},
                demand=number,
            )
            messages.success(request, _("草稿已保存。核对后提交初审。"))
            return redirect(_draft_url(row))
    return show(request, "hotline/kb/edit.html", {"form": form, "demand": demand}, status=422 if form.errors else 200)


def _draft_url(row: Any) -> str:
    version = f"?version={row.draft.version}" if row.draft else ""
    return f"{reverse('hotline:article', args=[row.number])}{version}"


@staff()
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Write at a draft; where somebody saved meanwhile, both texts are shown."""
    viewer = viewer_of(request)
    row = selectors.get_article(viewer, number)
    kb_writing.demand_writer(viewer, row)
    if row.draft is None:
        raise NotFound("version_not_found")
    form, stored = ArticleForm(request.POST or None, initial=initial_of(row.draft), is_new=False), None
    if form.is_valid():
        spec, revision = form.spec(), form.cleaned_data["revision"] or 0
        with attempt(form) as step:
            kb_writing.save_draft(actor=viewer, number=number, revision=revision, spec=spec, now=clock.now())
            messages.success(request, _("草稿已保存。核对后提交初审。"))
            return redirect(_draft_url(row))
        if step.refusal is not None and step.refusal.code == "edited_meanwhile":
            stored = selectors.get_article(viewer, number).draft
            again = request.POST.copy()
            again["revision"] = str(stored.revision if stored else 0)
            form.data = again
    context = {"form": form, "row": row, "stored": stored, "mine": form.data.get("body", "")}
    return show(request, "hotline/kb/edit.html", context, status=422 if form.errors else 200)


@staff()
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Hand in, review, begin the next version, withdraw, put away."""
    viewer, now = viewer_of(request), clock.now()
    with attempt() as step:
        words = step_of(DemandForm(request.POST))
        verb, reason = words["verb"], words["reason"]
        row = _do(viewer, number, verb, reason, now, owner=request.POST.get("owner", ""))
        tell_done(request, DONE.get(verb, verb))
        return redirect(_draft_url(row) if row is not None else reverse("hotline:article", args=[number]))
    return show_article(request, number, step.refusal)


DONE = {
    **{step.verb: step.name for step in rules.ARTICLE_REVIEW.transitions},
    "begin": label("编写新版本"),
    "hand_in": label("提交初审"),
    "give_up": label("作废草稿"),
    "withdraw": label("下架"),
    "hand_over": label("移交责任单位"),
    "archive": label("归档"),
}
"""What a page says was done, by verb."""


def _do(viewer: Viewer, number: str, verb: str, reason: str, now: Any, *, owner: str = "") -> Any:
    if verb == "begin":
        kb_writing.begin_version(actor=viewer, number=number, now=now)
    elif verb == "hand_in":
        kb_writing.submit(actor=viewer, number=number, now=now)
    elif verb == "give_up":
        kb_writing.drop(actor=viewer, number=number, now=now)
        return None
    elif verb == "withdraw":
        kb_reviewing.withdraw(actor=viewer, number=number, reason=reason, now=now)
        return None
    elif verb == "hand_over":
        kb_reviewing.hand_over(actor=viewer, number=number, owner=owner, reason=reason, now=now)
        return None
    elif verb == "archive":
        kb_reviewing.archive(actor=viewer, number=number, now=now)
        return None
    else:
        kb_reviewing.review(actor=viewer, number=number, verb=verb, reason=reason, now=now)
    return selectors.get_article(viewer, number)


@staff()
@require_POST
def say(request: HttpRequest, number: str) -> HttpResponse:
    """Say that it helped, did not, or is wrong."""
    kind = request.POST.get("kind", "")
    if kind not in Usefulness.values:
        raise NotFound("page_not_found")
    with attempt() as step:
        words = request.POST.get("words", "")[:1000]
        kb_using.say(by=viewer_of(request), article=number, kind=Usefulness(kind), said=words, now=clock.now())
        messages.success(request, _("已记下，谢谢。有误的内容已转责任单位处理。") if words else _("已记下，谢谢。"))
        return redirect("hotline:article", number)
    return show_article(request, number, step.refusal)
