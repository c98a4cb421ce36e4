"""The explorer: members and their health, blocks, a record's way to final, receipts, alarms."""

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.ledger import peers, publishing, selectors, services
from yunshu.domains.ledger.contracts import LEDGER_DESTROY, LEDGER_OPEN, LEDGER_OPERATE, LEDGER_VIEW, kind_name
from yunshu.domains.ledger.forms import DestroyForm, HandleForm, OpenForm
from yunshu.lib.consortium import verifying
from yunshu.lib.consortium.fetching import Unreachable
from yunshu.lib.consortium.verifying import Compared
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.context import address
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

TREES = ("sha256", "sm3")
RECORDS = Listing(
    name="ledger-records",
    title=_("存证记录"),
    rows=selectors.visible_records,
    columns=(
        Column("number", _("存证编号"), link=True),
        Column("kind", _("类别"), value=lambda r: _t(kind_name(r.kind))),
        Column("subject", _("对象")),
        Column("org", _("机构"), value=lambda r: r.org or ""),
        Column("recorded_by", _("记录人"), hidden=True),
        Column("recorded_at", _("记录时间"), kind="instant", sort="recorded_at"),
        Column("leaf_index", _("叶序"), kind="number", sort="leaf_index"),
        Column("state", _("状态"), template="ledger/_state.html", value=lambda r: selectors.state_of(r, clock.now())),
    ),
    filters=(
        Search("number", "subject", "kind"),
        Choice("state", _("状态"), (("final", _("已最终确认")), ("open", _("未确认"))), where=selectors.by_state),
        DateRange("recorded_at", _("记录时间")),
    ),
    default_sort="-recorded_at",
    row_url=lambda r: reverse("ledger:record", args=[r.number]),
    empty_title=_("还没有存证"),
    empty_text=_("绩效目标表的版本、批复、测量等事实发生时自动存证。"),
)
ALARMS = Listing(
    name="ledger-alarms",
    title=_("账本告警"),
    rows=selectors.alarms,
    columns=(
        Column("about", _("事由"), link=True),
        Column("kind", _("类别"), value=lambda a: selectors.ALARM_NAMES.get(a.kind, a.kind)),
        Column("member", _("报告成员")),
        Column("raised_at", _("告警时间"), kind="instant", sort="raised_at"),
        Column("handled_at", _("处置时间"), kind="instant", sort="handled_at"),
    ),
    filters=(Search("about", "member"), DateRange("raised_at", _("告警时间"))),
    default_sort="-raised_at",
    row_url=lambda a: reverse("ledger:alarm", args=[a.pk]),
    empty_title=_("没有告警"),
    empty_text=_("成员之间不一致、消息流被回退、记录迟迟不能确认时，会在这里给出告警和证据。"),
)


@staff(LEDGER_VIEW)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Members, heads, what waits, the latest blocks."""
    found = peers.statuses()
    blocks = peers.fetch("/blocks?limit=20")
    context = {
        "members": found,
        "heads_agree": selectors.heads_agree(found),
        "standing": selectors.standing(viewer_of(request)),
        "blocks": blocks.json() if blocks is not None and blocks.status_code == 200 else [],
        "configured": bool(peers.own_url()),
        "verify_url": address("portal:ledger_verify"),
        "now": clock.now(),
    }
    return show(request, "ledger/home.html", context)


@staff(LEDGER_VIEW)
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two members' heads side by side, with the proof that one log begins with the other."""
    addresses = dict(settings.LEDGER_PEERS)
    names = [name if (name := request.GET.get(field, "")) in addresses else "" for field in ("one", "other")]
    context: dict[str, Any] = {"members": list(addresses), "one": names[0], "other": names[1]}
    if all(names):
        context["trees"] = [(tree, *_compared(addresses[names[0]], addresses[names[1]], tree)) for tree in TREES]
    return show(request, "ledger/compare.html", context)


def _compared(one: str, other: str, tree: str) -> tuple[Compared | None, str]:
    try:
        return verifying.compare(one, other, tree), ""
    except (TlogError, Unreachable) as error:
        return None, str(error)


@staff(LEDGER_VIEW)
@require_safe
def block(request: HttpRequest, number: int) -> HttpResponse:
    """One block: its head, its part of the stream, its leaves."""
    answer = peers.fetch(f"/blocks/{number}")
    if answer is None or answer.status_code != 200:
        raise NotFound("block_not_found", _t("找不到区块 %(n)s，或本单位的成员节点没有应答。") % {"n": number})
    return show(request, "ledger/block.html", {"block": answer.json()})


@staff(LEDGER_VIEW)
@require_safe
def records(request: HttpRequest) -> HttpResponseBase:
    """Every record, the newest first."""
    return list_page(request, RECORDS)


@staff(LEDGER_VIEW)
@require_safe
def record(request: HttpRequest, number: str) -> HttpResponse:
    """One record's way from recorded to final."""
    return _record(request, number)


def _record(
    request: HttpRequest, number: str, form: DestroyForm | None = None, opening_form: OpenForm | None = None
) -> HttpResponse:
    viewer = viewer_of(request)
    row = selectors.get_record(viewer, number)
    entry = peers.fetch(f"/entries/{row.leaf_index}") if row.leaf_index is not None else None
    context = {
        "record": row,
        "kind": _t(kind_name(row.kind)),
        "cosigners": publishing.cosigners(row.leaf_index) if row.final_at and row.leaf_index is not None else (),
        "state": selectors.state_of(row, clock.now()),
        "entry": entry.json() if entry is not None and entry.status_code == 200 else None,
        "body": json.loads(bytes(row.body)),
        "may_open": viewer.may(LEDGER_OPEN) and row.destroyed_at is None,
        "may_destroy": viewer.may(LEDGER_DESTROY) and row.destroyed_at is None,
        "form": form or DestroyForm(),
        "opening_form": opening_form or OpenForm(),
    }
    return show(request, "ledger/record.html", context, status=422 if form or opening_form else 200)


@staff()
@require_safe
def receipt(_request: HttpRequest, number: str) -> HttpResponse:
    """The receipt: a proof file that anyone can check offline. It says no more than the public one."""
    return _download(publishing.receipt(number), f"{number}.tlog-proof", "text/plain; charset=utf-8")


@staff(LEDGER_OPEN)
@require_http_methods(["POST"])
def opening(request: HttpRequest, number: str) -> HttpResponse:
    """What opens the record to an auditor: the text that was committed to, and the salt."""
    form = OpenForm(request.POST)
    if not form.is_valid():
        return _record(request, number, opening_form=form)
    found = services.open_record(
        actor=viewer_of(request), number=number, reason=form.cleaned_data["why"], now=clock.now()
    )
    return _download(json.dumps(found, ensure_ascii=False, indent=1).encode(), f"{number}.json", "application/json")


@staff(LEDGER_DESTROY)
@require_http_methods(["POST"])
def destroy(request: HttpRequest, number: str) -> HttpResponse:
    """Destroy a record's text and salt, with the legal basis."""
    form = DestroyForm(request.POST)
    if form.is_valid():
        with attempt(form, otherwise="reason"):
            services.destroy(
                actor=viewer_of(request), number=number, reason=form.cleaned_data["reason"], now=clock.now()
            )
            messages.success(request, _t("原文和盐已经销毁，账本上的叶保留。"))
            return redirect("ledger:record", number)
    return _record(request, number, form)


@staff(LEDGER_VIEW)
@require_safe
def alarms(request: HttpRequest) -> HttpResponseBase:
    """Every alarm, the newest first."""
    return list_page(request, ALARMS)


@staff(LEDGER_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def alarm(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """One alarm with its evidence; what was done about it."""
    viewer = viewer_of(request)
    found = selectors.alarms(viewer).filter(pk=alarm_id).first()
    if found is None:
        raise NotFound("alarm_not_found")
    form = HandleForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with attempt(form, otherwise="handling"):
            services.handle_alarm(
                actor=viewer, alarm_id=alarm_id, handling=form.cleaned_data["handling"], now=clock.now()
            )
            return redirect("ledger:alarm", alarm_id)
    context = {
        "alarm": found,
        "kind_name": selectors.ALARM_NAMES.get(found.kind, found.kind),
        "may_handle": viewer.may(LEDGER_OPERATE) and found.handled_at is None,
        "form": form,
    }
    return show(request, "ledger/alarm.html", context, status=422 if form.errors else 200)


@staff(LEDGER_VIEW)
@require_safe
def evidence(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """An alarm's evidence as a file."""
    found = selectors.alarms(viewer_of(request)).filter(pk=alarm_id).first()
    if found is None:
        raise NotFound("alarm_not_found")
    return _download(found.evidence.encode(), f"ledger-alarm-{alarm_id}.txt", "text/plain; charset=utf-8")


@staff(LEDGER_VIEW)
@require_safe
def head(request: HttpRequest) -> HttpResponse:
    """The last final head with everybody's signatures, to print in the gazette."""
    texts: dict[str, Any] = {}
    for name in TREES:
        answer = peers.fetch(f"/{name}/checkpoint")
        texts[name] = answer.text if answer is not None and answer.status_code == 200 else ""
    return show(request, "ledger/head.html", {"heads": texts, "now": clock.now()})


def _download(data: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
