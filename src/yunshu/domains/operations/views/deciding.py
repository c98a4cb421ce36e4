"""Pages of what is asked for and decided in a campaign: changes of the base, exceptions, keys of those who sign."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.campaign_forms import ChangeForm, ExceptionForm, KeyForm
from yunshu.domains.operations.contracts import CAMPAIGN_EDIT, PROOF_KIND
from yunshu.domains.operations.rules import campaign as rules
from yunshu.domains.operations.rules import campaign_flows as flows
from yunshu.domains.operations.selectors import campaign as selectors
from yunshu.domains.operations.services import campaigns, exceptions, signing
from yunshu.domains.operations.views.campaigns import crumbs_of
from yunshu.domains.operations.views.submitting import form_page
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, YesNo, list_page
from yunshu.lib.ui.pages import show

CHANGES = Listing(
    name="base_changes",
    title=_l("基数变更"),
    rows=selectors.visible_changes,
    default_sort="-proposed_at",
    columns=(
        Column("number", _l("变更编号"), link=True),
        Column("campaign", _l("替代任务")),
        Column("org", _l("单位")),
        Column("kind", _l("变更类型"), kind="choice"),
        Column("amount", _l("终端数"), kind="number"),
        Column("decision", _l("审批结果"), value=lambda r: r.get_decision_display() if r.decision else _("待审批")),
        Column("proposed_by", _l("申请人")),
        Column("proposed_at", _l("申请时间"), kind="instant", sort="proposed_at"),
        Column("decided_by", _l("审批人")),
        Column("decided_at", _l("审批时间"), kind="instant", sort="decided_at"),
    ),
    filters=(Search("number", "org__name", "reason", "campaign__name"), DateRange("proposed_at", _l("申请时间"))),
    row_url=lambda r: reverse("operations:base_change", args=[r.number]),
    empty_title=_l("没有基数变更"),
    empty_text=_l("基数锁定后，在单位页面申请增减终端。"),
)
EXCEPTIONS = Listing(
    name="replacement_exceptions",
    title=_l("替代例外"),
    rows=selectors.visible_exceptions,
    default_sort="-requested_at",
    columns=(
        Column("number", _l("例外编号"), link=True),
        Column("unit__org", _l("单位")),
        Column("terminal", _l("替代终端"), value=lambda r: r.terminal or _("整个单位")),
        Column("state", _l("状态"), value=lambda r: _(exception_state(r))),
        Column("expires_on", _l("到期日期"), kind="day", sort="expires_on"),
        Column("requested_by", _l("申请人")),
        Column("requested_at", _l("申请时间"), kind="instant", sort="requested_at"),
        Column("decided_by", _l("审批人")),
        Column("closed_at", _l("销案时间"), kind="instant", sort="closed_at"),
    ),
    filters=(
        Search("number", "unit__org__name", "reason", "terminal__number"),
        Choice("decision", _l("审批结果"), [("approved", _l("已批准")), ("refused", _l("未批准"))]),
        YesNo("open", _l("未销案"), path="closed_at__isnull"),
        DateRange("expires_on", _l("到期日期")),
    ),
    row_url=lambda r: reverse("operations:exception", args=[r.number]),
    empty_title=_l("没有替代例外"),
    empty_text=_l("确需暂时保留旧机的，在单位页面申请；批准前后都算未完成。"),
)
KEYS = Listing(
    name="signer_keys",
    title=_l("签收公钥"),
    rows=selectors.visible_keys,
    default_sort="-enrolled_at",
    columns=(
        Column("fingerprint", _l("指纹")),
        Column("person", _l("人员"), value=lambda r: r.person.name),
        Column("org", _l("单位")),
        Column("enrolled_by", _l("登记人")),
        Column("enrolled_at", _l("登记时间"), kind="instant", sort="enrolled_at"),
        Column("retired_at", _l("停用时间"), kind="instant", sort="retired_at"),
    ),
    filters=(Search("fingerprint", "person__name", "person__number", "org__name"),),
    row_url=lambda r: reverse("operations:key", args=[r.pk]),
    empty_title=_l("没有签收公钥"),
    empty_text=_l("没有登记公钥的人员以账号签收。"),
)


class OpinionForm(django_forms.Form):
    """A step with words."""

    reason = django_forms.CharField(label=_l("意见"), max_length=500, widget=django_forms.Textarea(attrs={"rows": 3}))


def exception_state(row: Any) -> str:
    """Return where an exception stands, in a word."""
    if row.closed_at:
        return "已销案"
    return {"": "待审批", "approved": "例外有效", "refused": "未批准"}[row.decision]


@staff()
@require_safe
def changes(request: HttpRequest) -> HttpResponseBase:
    """The log of changes of the bases in sight."""
    return list_page(request, CHANGES)


@staff(CAMPAIGN_EDIT)
@require_http_methods(["GET", "POST"])
def propose_change(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for a change of a frozen base."""
    viewer = viewer_of(request)
    unit = selectors.get_unit(viewer, number)
    listed = [(t.number, f"{t.number} {t.place}") for t in selectors.terminals_of(unit)]
    form = ChangeForm(request.POST or None, terminals=listed)
    if form.is_valid():
        words = dict(form.cleaned_data)
        words |= {"amount": words["amount"] or 0, "terminals": tuple(words["terminals"])}
        if words["kind"] == rules.ADD:
            words["terminals"] = ()
        with attempt(form):
            made = campaigns.propose_change(actor=viewer, unit=number, now=clock.now(), **words)
            return redirect("operations:base_change", made.number)
    crumbs = [*crumbs_of(unit.campaign), (reverse("operations:unit", args=[number]), unit.org.name)]
    return form_page(request, form, title=_("申请基数变更"), crumbs=crumbs, submit=_("提交审批"))


@staff()
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, number: str) -> HttpResponse:
    """One change of a base, and its decision."""
    row = selectors.get_change(viewer_of(request), number)
    answer = _decide(request, flows.CHANGE, number, campaigns.decide_change, "opinion")
    facts = [
        (_("替代任务"), row.campaign.name),
        (_("单位"), row.org.name),
        (_("变更类型"), f"{row.get_kind_display()} {row.amount}"),
        (_("终端编号"), "、".join(row.terminals)),
        (_("变更理由"), row.reason),
        (_("审批意见"), row.opinion),
    ]
    way = [(reverse("operations:base_changes"), _("基数变更"))]
    return _matter(request, answer, facts, title=_("基数变更 %(number)s") % {"number": number}, crumbs=way)


@staff()
@require_safe
def exceptions_list(request: HttpRequest) -> HttpResponseBase:
    """The exceptions in sight."""
    return list_page(request, EXCEPTIONS)


@staff()
@require_http_methods(["GET", "POST"])
def request_exception(request: HttpRequest, number: str) -> HttpResponse:
    """Ask that a machine stays for a time."""
    viewer = viewer_of(request)
    unit = selectors.get_unit(viewer, number)
    exceptions.demand_part(viewer, unit)
    listed = [(t.number, f"{t.number} {t.place}") for t in selectors.terminals_of(unit)]
    form = ExceptionForm(request.POST or None, terminals=listed)
    if form.is_valid():
        words = form.cleaned_data
        with attempt(form):
            made = exceptions.request_exception(actor=viewer, unit=number, now=clock.now(), **words)
            return redirect("operations:exception", made.number)
    crumbs = [*crumbs_of(unit.campaign), (reverse("operations:unit", args=[number]), unit.org.name)]
    lead = _("从申请到销案，该单位都不计入完成；到期不自动销案。")
    return form_page(request, form, title=_("申请替代例外"), crumbs=crumbs, submit=_("提交审批"), lead=lead)


@staff()
@require_http_methods(["GET", "HEAD", "POST"])
def exception(request: HttpRequest, number: str) -> HttpResponse:
    """One exception, its decision and its end."""
    row = selectors.get_exception(viewer_of(request), number)
    answer = _decide(request, flows.EXCEPTION, number, exceptions.move_exception, "reason")
    facts = [
        (_("单位"), row.unit.org.name),
        (_("替代终端"), row.terminal or _("整个单位")),
        (_("状态"), _(exception_state(row))),
        (_("理由"), row.reason),
        (_("到期日期"), row.expires_on),
        (_("销案说明"), row.closing),
    ]
    way = [(reverse("operations:exceptions"), _("替代例外"))]
    return _matter(request, answer, facts, title=_("替代例外 %(number)s") % {"number": number}, crumbs=way)


def _decide(request: HttpRequest, flow: str, number: str, service: Any, words_name: str) -> Any:
    """Return a redirect after a step; else the form to show (with its refusal), the verbs and the case."""
    viewer = viewer_of(request)
    form = OpinionForm(request.POST or None)
    if form.is_valid():
        verb, words = request.POST.get("verb", ""), {words_name: form.cleaned_data["reason"]}
        with attempt(form):
            service(actor=viewer, number=number, verb=verb, now=clock.now(), **words)
            return redirect(request.path)
    case = workflow.get_case(flow, number)
    return {
        "form": form,
        "verbs": workflow.verbs_for(viewer, case),
        "history": tuple(reversed(workflow.history(case))),
        "chain_broken": workflow.chain_breaks_at(case),
        "evidence": ledger.evidence_of(PROOF_KIND, number, clock.now()),
    }


def _matter(request: HttpRequest, answer: Any, facts: Any, **words: Any) -> HttpResponse:
    if not isinstance(answer, dict):
        return answer  # type: ignore[no-any-return]
    status = 422 if answer["form"].errors else 200
    return show(request, "operations/matter.html", answer | {"facts": facts} | words, status=status)


@staff(CAMPAIGN_EDIT)
@require_safe
def keys(request: HttpRequest) -> HttpResponseBase:
    """The keys by which people sign."""
    return list_page(request, KEYS, template="operations/keys.html")


@staff(CAMPAIGN_EDIT)
@require_http_methods(["GET", "POST"])
def enrol_key(request: HttpRequest) -> HttpResponse:
    """Let a person's key count."""
    viewer = viewer_of(request)
    form = KeyForm(request.POST or None)
    if form.is_valid():
        words = form.cleaned_data
        with attempt(form):
            signing.enrol_key(actor=viewer, now=clock.now(), **words)
            messages.success(request, _("公钥已登记，从现在起以它签收。"))
            return redirect("operations:keys")
    crumbs = [(reverse("operations:keys"), _("签收公钥"))]
    return form_page(request, form, title=_("登记公钥"), crumbs=crumbs, submit=_("登记"))


@staff(CAMPAIGN_EDIT)
@require_safe
def key(request: HttpRequest, pk: int) -> HttpResponse:
    """One key, and ending it."""
    row = selectors.get_key(viewer_of(request), pk)
    return show(request, "operations/key.html", {"row": row})


@staff(CAMPAIGN_EDIT)
@require_POST
def retire_key(request: HttpRequest, pk: int) -> HttpResponse:
    """End a key."""
    row = selectors.get_key(viewer_of(request), pk)
    signing.retire_key(actor=viewer_of(request), fingerprint=row.fingerprint, now=clock.now())
    return redirect("operations:keys")
