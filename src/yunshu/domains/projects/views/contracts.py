"""Pages of contracts: list, one contract with its instalments, filing, change, confirmation, deduction, guarantee."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.projects import forms, services
from yunshu.domains.projects.choices import FITTING, ContractState, InstalmentKind
from yunshu.domains.projects.contracts import (
    ACCEPTANCE_EDIT,
    CONTRACT_EDIT,
    PAYMENT_EDIT,
    PROJECT_VIEW,
)
from yunshu.domains.projects.rules.blanks import free
from yunshu.domains.projects.selectors import blanks
from yunshu.domains.projects.selectors import contracts as selectors
from yunshu.domains.projects.selectors import projects as of_projects
from yunshu.domains.projects.selectors.money import payable_now
from yunshu.domains.projects.views.parts import part_rows, parts_of
from yunshu.domains.projects.views.writing import Page, crumbs_of, page_of_project, sent, write
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

FIELDS = (
    "name",
    "amount_yuan",
    "supplier",
    "supplier_uscc",
    "is_small_supplier",
    "signed_on",
    "starts_on",
    "ends_on",
    "deliver_by",
    "warranty_until",
    "advance_limit_yuan",
    "advance_basis",
    "penalty_daily_percent",
    "penalty_cap_percent",
)
CONTRACTS = Listing(
    name="contracts",
    title=_l("项目合同"),
    rows=selectors.visible_contracts,
    default_sort="-created_at",
    columns=(
        Column("name", _l("合同名称"), link=True, sort="name"),
        Column("project", _l("信息化项目")),
        Column("supplier", _l("供应商"), value=lambda r: r.supplier or _("待补")),
        Column("worth_yuan", _l("合同金额"), kind="wan", sort="worth_yuan"),
        Column("paid_yuan", _l("已付合计"), kind="wan", sort="paid_yuan"),
        Column("state", _l("状态"), kind="choice"),
        Column("signed_on", _l("签订日期"), kind="day", sort="signed_on"),
        Column("number", _l("合同编号"), hidden=True),
        Column("created_at", _l("登记时间"), kind="instant", sort="created_at", hidden=True),
    ),
    filters=(
        Search("number", "name", "supplier", "project__name"),
        Choice("state", _l("状态"), ContractState.choices),
        DateRange("signed_on", _l("签订日期")),
    ),
    row_url=lambda r: reverse("projects:contract", args=[r.number]),
    empty_title=_l("没有项目合同"),
    empty_text=_l("打开一个项目，点“登记合同”。"),
)


@staff(PROJECT_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Contracts in one's reach."""
    return list_page(request, CONTRACTS)


@staff(PROJECT_VIEW)
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One contract: its terms, instalments with their sums, changes, guarantees, what one can do."""
    viewer = viewer_of(request)
    row = selectors.get_contract(viewer, number)
    path = row.project.org.path
    parts = selectors.parts(row.instalments.select_related("contract"))
    plan_yuan = sum((part.row.amount_yuan for part in parts), selectors.ZERO)
    worth_yuan = selectors.worth(row)
    today = clock.city_date(clock.now())
    total = selectors.total(parts, ("confirmed_yuan", "deducted_yuan", "paid_yuan", "payable_yuan"))
    lacking = blanks.shortfall(row)
    payable = payable_now(row.project, parts, today)
    context = {
        "row": row,
        "blanks": blanks.of_contract(row),
        "deliver_by": row.deliver_by or row.project.deliver_by,
        "parts": parts,
        "total": total,
        "lacking": lacking,
        "payable_years": payable,
        "payable_yuan": selectors.ZERO if lacking else sum((one.payable_yuan for one in payable), selectors.ZERO),
        "payable_parts": set() if lacking else {n for one in payable if one.payable_yuan > 0 for n in one.ordinals},
        "plan_yuan": plan_yuan,
        "short_yuan": max(worth_yuan - plan_yuan, selectors.ZERO) if parts else selectors.ZERO,
        "over_yuan": max(plan_yuan - worth_yuan, selectors.ZERO),
        "changes": row.changes.all(),
        "guarantees": row.guarantees.all(),
        "confirmations": selectors.confirmations_of(row),
        "penalties": selectors.penalties_of(row),
        "payments": row.payments.select_related("instalment", "line", "reverses", "reversed_by"),
        "may_edit": viewer.may(CONTRACT_EDIT, path),
        "may_accept": viewer.may(ACCEPTANCE_EDIT, path),
        "may_pay": viewer.may(PAYMENT_EDIT, path),
        "is_draft": row.state == ContractState.DRAFT,
        "in_force": row.state in (ContractState.FILED, ContractState.SETTLED),
        "today": today,
    }
    return show(request, "projects/contract.html", context)


def page_of(row: Any, title: str, submit: str, done: str = "", lead: str = "") -> Page:
    """Return the page of something written about a contract."""
    back = reverse("projects:contract", args=[row.number])
    return Page(title=title, back=back, crumbs=crumbs_of(row.project, row), submit=submit, done=done, lead=lead)


def _approvals(project: Any) -> list[tuple[str, str]]:
    return [(a.number, f"{a.item} · {a.document} · {a.amount_yuan:,.2f}") for a in project.approvals.all()]


def _spec(data: dict[str, Any]) -> services.ContractSpec:
    words = {name: data[name] for name in FIELDS}
    return services.ContractSpec(**words, approval=data["approval"], blanks=forms.lines(data["blanks"]))


@staff(CONTRACT_EDIT)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, project: str) -> HttpResponse:
    """Write down a contract of a project."""
    owner = of_projects.get_project(viewer_of(request), project)
    initial = {"name": _("%(name)s合同") % {"name": owner.name}, "advance_limit_yuan": 0}
    form = forms.ContractForm(sent(request), offers={"approval": _approvals(owner)}, initial=initial)
    lead = (
        ""
        if owner.approvals.exists()
        else _("批复事项还不能选：批复由项目主管岗登记，请等待。合同可以先登记，备案前补选。")
    )
    page = page_of_project(owner, _("登记合同"), _("登记"), _("已登记，接着填写付款分期。"), lead)
    page = replace(page, onward=lambda made: reverse("projects:plan", args=[made.number]))
    return write(
        request,
        page,
        form,
        lambda f: services.create_contract(
            actor=viewer_of(request), project=project, spec=_spec(f.cleaned_data), now=clock.now()
        ),
    )


@staff(CONTRACT_EDIT)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change a contract."""
    row = selectors.get_contract(viewer_of(request), number)
    initial: dict[str, Any] = {name: getattr(row, name) for name in FIELDS}
    initial |= {"approval": row.approval.number if row.approval else "", "blanks": "\n".join(free(row.blanks))}
    form = forms.ContractForm(sent(request), offers={"approval": _approvals(row.project)}, initial=initial)
    return write(
        request,
        page_of(row, _("修改合同"), _("保存")),
        form,
        lambda f: services.save_contract(actor=viewer_of(request), number=number, spec=_spec(f.cleaned_data)),
    )


@staff(CONTRACT_EDIT)
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, number: str) -> HttpResponse:
    """Write the instalments of a contract that is not filed."""
    row = selectors.get_contract(viewer_of(request), number)
    rows = part_rows(request, row)
    lead = _(
        "各期（含质保金）合计须等于合同金额 %(sum)s 元；填比例或金额一项即可；已保存的，改哪一项就以哪一项为准。空行不保存。"
    )
    page = page_of(row, _("付款分期"), _("保存"), _("已保存付款分期。"), lead % {"sum": f"{row.amount_yuan:,.2f}"})
    return write(
        request,
        page,
        forms.Offering(sent(request)),
        lambda _f: services.replace_plan(
            actor=viewer_of(request), number=number, parts=parts_of(rows, row.amount_yuan)
        ),
        rows,
    )


@staff(CONTRACT_EDIT)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, number: str) -> HttpResponse:
    """Change the sum of a filed contract with its instalments."""
    row = selectors.get_contract(viewer_of(request), number)
    rows = part_rows(request, row)
    offers = {"approval": _approvals(row.project)}
    form = forms.ChangeForm(sent(request), offers=offers, initial={"on": clock.city_date(clock.now())})
    lead = _("现合同金额 %(sum)s 元。调整后各期合计须等于变更后的金额。") % {"sum": f"{selectors.worth(row):,.2f}"}

    def save(filled: forms.ChangeForm) -> None:
        whole = selectors.worth(row) + filled.cleaned_data["amount_yuan"]
        spec = services.ChangeSpec(**filled.cleaned_data, parts=parts_of(rows, whole))
        services.change_contract(actor=viewer_of(request), number=number, spec=spec, now=clock.now())

    return write(request, page_of(row, _("合同变更"), _("登记变更"), _("已登记变更。"), lead), form, save, rows)


@staff(CONTRACT_EDIT)
@require_http_methods(["GET", "POST"])
def file(request: HttpRequest, number: str) -> HttpResponse:
    """File a contract."""
    row = selectors.get_contract(viewer_of(request), number)
    lead = _("备案后，金额、预付上限和付款条件只能按批准的变更调整。")
    return write(
        request,
        page_of(row, _("合同备案"), _("确认备案"), _("合同已备案。"), lead),
        forms.Offering(sent(request)),
        lambda _f: services.file_contract(actor=viewer_of(request), number=number, now=clock.now()),
    )


@staff(CONTRACT_EDIT)
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, number: str, state: str) -> HttpResponse:
    """Settle or end a contract."""
    row = selectors.get_contract(viewer_of(request), number)
    titles = {"settled": _("合同结算"), "ended": _("终止合同")}
    if state not in titles:
        raise Refused("state_unfit", _("只能结算或终止合同。"))
    leads = {"settled": _("结算后不再变更金额，余款仍按确认支付。"), "ended": _("终止后不能再付款，不可恢复。")}
    return write(
        request,
        page_of(row, titles[state], _("确认"), lead=leads[state]),
        forms.Offering(sent(request)),
        lambda _f: services.end_contract(actor=viewer_of(request), number=number, state=state, now=clock.now()),
    )


@staff(ACCEPTANCE_EDIT)
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, number: str, ordinal: int) -> HttpResponse:
    """Confirm that an instalment may be paid."""
    viewer = viewer_of(request)
    part = selectors.part_of(viewer, number, ordinal)
    row = selectors.get_contract(viewer, number)
    kinds = FITTING[InstalmentKind(part.row.kind)]
    initial = {
        "kind": kinds[0].value if len(kinds) == 1 else "",
        "amount_yuan": part.row.amount_yuan - part.confirmed_yuan,
        "on": clock.city_date(clock.now()),
    }
    seen = selectors.passed_acceptances(row)
    offers = {
        "kind": [(kind.value, kind.label) for kind in kinds],
        "acceptance": [(a.number, f"{a.on} {a.get_kind_display()} · {a.item}") for a in seen],
    }
    demanded = part.row.required_evidence
    form = forms.ConfirmationForm(sent(request), offers=offers, initial=initial, demanded=demanded)

    def save(filled: forms.ConfirmationForm) -> None:
        names = ("kind", "acceptance", "amount_yuan", "on", "statement")
        spec = services.ConfirmationSpec(**{n: filled.cleaned_data[n] for n in names}, evidence=filled.evidence())
        services.confirm_payable(actor=viewer, contract=number, ordinal=ordinal, spec=spec, now=clock.now())

    title = _("确认付款：第 %(n)s 期") % {"n": ordinal}
    lead = _("付款节点“%(what)s”，金额 %(sum)s 元，已确认 %(done)s 元。") % {
        "what": part.row.milestone,
        "sum": f"{part.row.amount_yuan:,.2f}",
        "done": f"{part.confirmed_yuan:,.2f}",
    }
    return write(request, page_of(row, title, _("确认"), _("已确认。"), lead), form, save)


@staff(ACCEPTANCE_EDIT)
@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, number: str, confirmation: str) -> HttpResponse:
    """Take a confirmation back."""
    row = selectors.get_contract(viewer_of(request), number)
    return write(
        request,
        page_of(row, _("撤回付款确认"), _("撤回"), _("已撤回。")),
        forms.ReasonForm(sent(request)),
        lambda f: services.take_back_confirmation(
            actor=viewer_of(request), number=confirmation, reason=f.cleaned_data["reason"], now=clock.now()
        ),
    )


@staff(CONTRACT_EDIT)
@require_http_methods(["GET", "POST"])
def deduct(request: HttpRequest, number: str, ordinal: int) -> HttpResponse:
    """Deduct from an instalment."""
    row = selectors.get_contract(viewer_of(request), number)
    form = forms.PenaltyForm(sent(request), initial={"on": clock.city_date(clock.now())})

    def save(filled: forms.PenaltyForm) -> None:
        spec = services.PenaltySpec(**filled.cleaned_data)
        services.deduct(actor=viewer_of(request), contract=number, ordinal=ordinal, spec=spec, now=clock.now())

    title = _("登记扣款：第 %(n)s 期") % {"n": ordinal}
    return write(request, page_of(row, title, _("登记扣款"), _("已登记扣款。")), form, save)


@staff(CONTRACT_EDIT)
@require_http_methods(["GET", "POST"])
def waive(request: HttpRequest, number: str, penalty: str) -> HttpResponse:
    """Waive a deduction."""
    row = selectors.get_contract(viewer_of(request), number)
    return write(
        request,
        page_of(row, _("免除扣款"), _("免除"), _("已免除。")),
        forms.ReasonForm(sent(request)),
        lambda f: services.waive(
            actor=viewer_of(request), number=penalty, reason=f.cleaned_data["reason"], now=clock.now()
        ),
    )


@staff(CONTRACT_EDIT)
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, number: str) -> HttpResponse:
    """Enter a guarantee."""
    row = selectors.get_contract(viewer_of(request), number)
    form = forms.GuaranteeEntryForm(sent(request), initial={"received_on": clock.city_date(clock.now())})
    return write(
        request,
        page_of(row, _("登记担保"), _("登记担保"), _("已登记担保。")),
        form,
        lambda f: services.receive_guarantee(
            actor=viewer_of(request), contract=number, spec=services.GuaranteeSpec(**f.cleaned_data), now=clock.now()
        ),
    )


@staff(CONTRACT_EDIT)
@require_http_methods(["GET", "POST"])
def give_back(request: HttpRequest, number: str, guarantee: str) -> HttpResponse:
    """Give a guarantee back."""
    row = selectors.get_contract(viewer_of(request), number)
    form = forms.ReturnForm(sent(request), initial={"on": clock.city_date(clock.now())})
    return write(
        request,
        page_of(row, _("退还担保"), _("退还"), _("已退还。")),
        form,
        lambda f: services.return_guarantee(actor=viewer_of(request), number=guarantee, on=f.cleaned_data["on"]),
    )
