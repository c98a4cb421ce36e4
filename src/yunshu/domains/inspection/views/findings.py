"""Pages of findings: the list, one finding, its stored page, the accepted terms."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.inspection import evidence
from yunshu.domains.inspection.choices import Check, FindingState, Origin, Severity
from yunshu.domains.inspection.contracts import RECTIFY, REVIEW, SUPERVISE, VIEW
from yunshu.domains.inspection.forms_findings import DecideForm
from yunshu.domains.inspection.rules import life, marking
from yunshu.domains.inspection.selectors import finding_pages as pages
from yunshu.domains.inspection.selectors import findings as selectors
from yunshu.domains.inspection.services import rectifying, reviewing
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt, step_of
from yunshu.lib.ui.lists import BulkAction, Choice, Column, DateRange, Listing, Search, YesNo, list_page
from yunshu.lib.ui.pages import show

AROUND, MOST_SHOWN = 400, 20_000
"""Characters shown about a fault in the page's text, and at most of its source."""


def _together(verb: str) -> Any:
    def run(viewer: Any, rows: Any, now: Any) -> str:
        acts = {
            "accept": lambda n: reviewing.accept(actor=viewer, number=n, now=now),
            "close": lambda n: rectifying.decide(actor=viewer, number=n, verb="close", words="", now=now),
            "false": lambda n: reviewing.false_alarm(actor=viewer, number=n, reason=_("批量复核：误报"), now=now),
        }
        done = reviewing.together(list(rows.values_list("number", flat=True)), acts[verb])
        words = {"n": done.done, "refused": "；".join(done.refused[:5])}
        return (_("完成 %(n)s 项。未完成：%(refused)s") if done.refused else _("完成 %(n)s 项。")) % words

    return run


def _target(row: Any) -> str:
    return str(row.site or row.account)


FINDINGS = Listing(
    name="inspection-findings",
    title=_l("检查问题"),
    rows=selectors.visible_findings,
    default_sort="-last_seen",
    columns=(
        Column("number", _l("问题编号"), link=True),
        Column("words", _l("问题描述")),
        Column("kind", _l("检查项"), kind="choice", sort="kind"),
        Column("severity", _l("严重程度"), template="inspection/_severity_cell.html"),
        Column("target", _l("网站或账号"), value=_target),
        Column("org", _l("责任单位"), sort="org__name"),
        Column("state", _l("状态"), template="inspection/_state_cell.html", sort="state"),
        Column("due_at", _l("整改期限"), kind="instant", sort="due_at"),
        Column("confidence", _l("机器置信度"), kind="number", sort="confidence", hidden=True),
        Column("origin", _l("来源"), kind="choice", hidden=True),
        Column("url", _l("网址"), hidden=True),
        Column("occurrences", _l("发现次数"), kind="number", sort="occurrences", hidden=True),
        Column("reopened", _l("复发次数"), kind="number", sort="reopened", hidden=True),
        Column("first_seen", _l("首次发现"), kind="instant", sort="first_seen", hidden=True),
        Column("last_seen", _l("最近发现"), kind="instant", sort="last_seen"),
        Column("gone_at", _l("复查未再发现"), kind="instant", sort="gone_at", hidden=True),
    ),
    filters=(
        Search("number", "words", "url", "place", "excerpt", "site__name", "account__name"),
        Choice("state", _l("状态"), FindingState.choices),
        Choice("kind", _l("检查项"), Check.choices),
        Choice("severity", _l("严重程度"), Severity.choices),
        Choice("org", _l("责任单位"), pages.org_choices, path="org__code"),
        Choice("site", _l("政府网站"), pages.site_choices, path="site__id_code"),
        Choice("origin", _l("来源"), Origin.choices),
        YesNo("present", _l("最近检查仍存在"), path="gone_at__isnull"),
        DateRange("last_seen", _l("最近发现")),
    ),
    bulk=(
        BulkAction(name="accept", label=_l("确认"), run=_together("accept"), permission=REVIEW),
        BulkAction(
            name="false",
            label=_l("误报"),
            run=_together("false"),
            permission=REVIEW,
            confirm=_l("所选问题都作为误报处理。"),
            is_dangerous=True,
        ),
        BulkAction(name="close", label=_l("销号"), run=_together("close"), permission=SUPERVISE),
    ),
    row_url=lambda row: reverse("inspection:finding", args=[row.number]),
    empty_title=_l("没有检查问题"),
    empty_text=_l("检查运行后，发现的问题列在这里。"),
)


@staff()
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponseBase:
    """Every finding in sight."""
    viewer = viewer_of(request)
    context = {"may_review": viewer.may(REVIEW), "may_rectify": viewer.may(RECTIFY)}
    return list_page(request, FINDINGS, template="inspection/findings.html", context=context)


@staff()
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One finding: what, where, its evidence, what became of it."""
    return _detail(request, number, None)


def _detail(request: HttpRequest, number: str, refusal: Exception | None) -> HttpResponse:
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_finding(viewer, number)
    facts = pages.facts(viewer, row, now)
    decisions = (
        [life.OF_VERB[verb] for verb in ("verify", "close", "refuse") if life.step_of(verb, row.state)]
        if facts["may_supervise"]
        else []
    )
    context = {
        "row": row,
        "facts": facts,
        "decisions": decisions,
        "is_queued": row.state in life.QUEUED,
        "is_mending": row.state == life.NOTIFIED,
        "is_appealable": row.state in (life.NOTIFIED, life.SUBMITTED),
        "refusal": refusal,
        "now": now,
    }
    return show(request, "inspection/finding.html", context, status=422 if refusal else 200)


@staff(SUPERVISE)
@require_POST
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Close, verify by hand or send back."""
    with attempt() as step:
        words = step_of(DecideForm(request.POST))
        rectifying.decide(actor=viewer_of(request), number=number, now=clock.now(), **words)
        return redirect("inspection:finding", number)
    return _detail(request, number, step.refusal)


@staff()
@require_safe
def proof(request: HttpRequest, number: str, proof_id: int) -> HttpResponse:
    """A stored page: its text and its source, both as text, the place marked; never live in our origin."""
    viewer = viewer_of(request)
    row = selectors.get_finding(viewer, number)
    kept = selectors.proof_of(row, proof_id)
    context: dict[str, Any] = {"row": row, "proof": kept, "places": pages.places_of(row)}
    if kept.kind == "warc":
        stored = evidence.stored(kept.path, kept.offset)
        text, source = evidence.text_of(stored), evidence.source_of(stored)
        context |= {
            "stored": stored,
            "text": _cut(text, row),
            "source": _cut(source, row),
            "is_intact": evidence.is_intact(stored.body, kept.sha256),
        }
    response = show(request, "inspection/proof.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _cut(text: str, row: Any) -> list[tuple[str, bool]]:
    """Return the text in pieces: all of a short one, of a long one what lies about the fault."""
    places = marking.locate(text, row.excerpt, pages.places_of(row))
    if len(text) > MOST_SHOWN:
        text, places = marking.around(text, places[:20], AROUND)
    return marking.pieces(text[:MOST_SHOWN], places)


@staff()
@require_safe
def picture(request: HttpRequest, number: str, proof_id: int) -> HttpResponse:
    """A stored screenshot."""
    kept = selectors.proof_of(selectors.get_finding(viewer_of(request), number), proof_id)
    if kept.kind != "picture":
        raise NotFound("evidence_missing")
    content, media_type = evidence.picture(kept.path)
    response = HttpResponse(content, content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def _forget(viewer: Any, rows: Any, now: Any) -> str:
    for term_id in rows.values_list("pk", flat=True):
        reviewing.forget_term(actor=viewer, term_id=term_id, now=now)
    return _("所选词语不再认可。")


TERMS = Listing(
    name="inspection-terms",
    title=_l("认可词"),
    rows=pages.visible_terms,
    default_sort="term",
    columns=(
        Column("term", _l("词语"), sort="term"),
        Column("kind", _l("检查项"), kind="choice"),
        Column("scope", _l("认可范围"), kind="choice"),
        Column("site", _l("政府网站")),
        Column("reason", _l("理由")),
        Column("made_by", _l("认可人")),
        Column("made_at", _l("认可时间"), kind="instant", sort="made_at"),
        Column("expires", _l("有效至"), kind="day"),
        Column("is_active", _l("启用"), kind="yesno"),
    ),
    filters=(Search("term", "reason"), Choice("kind", _l("检查项"), Check.choices), YesNo("is_active", _l("启用"))),
    bulk=(BulkAction(name="forget", label=_l("不再认可"), run=_forget, permission=REVIEW, is_dangerous=True),),
    empty_title=_l("没有认可词"),
    empty_text=_l("复核误报时选择认可范围，词语就记在这里，以后不再报告。"),
)


@staff(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest) -> HttpResponseBase:
    """The terms that are no fault."""
    return list_page(request, TERMS)
