"""找错: a citizen's report is received, taken up as a finding or not, and answered; the clocks are data."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from yunshu.domains.directory.api import people_holding, people_with, working_calendar
from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import Check, Origin, Severity, SiteState
from yunshu.domains.inspection.choices_findings import PageFault, ReportState
from yunshu.domains.inspection.contracts import REPORT_EDIT, Found, Proven
from yunshu.domains.inspection.models import Finding, PageReport, Site
from yunshu.domains.inspection.selectors.findings import by_limit, dues
from yunshu.domains.inspection.selectors.reports import site_choices, visible_reports
from yunshu.domains.inspection.services import findings, proof, telling
from yunshu.domains.notify.api import NoticeSpec, send
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number


@dataclass(frozen=True, kw_only=True)
class ReportSpec:
    """What a citizen says: the page's address, the kind of fault (``PageFault``), words, and how to be reached, if at all."""

    url: str
    kind: str
    words: str
    contact: str = ""


@dataclass(frozen=True, kw_only=True)
class TakeUp:
    """How a report is taken up: which site (its code) where the address names none, which check and how grave."""

    kind: str
    severity: str = Severity.GENERAL.value
    site: str = ""
    words: str = ""


@transaction.atomic
def receive(*, by: Viewer, spec: ReportSpec, now: datetime) -> PageReport:
    """Receive a report from anybody; whose site it is follows from the address.

    Raises Refused (``address_unfit``, ``kind_unknown``, ``words_missing``).
    """
    parts = urlsplit(spec.url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused("address_unfit", _("请填写完整的网址，以 http:// 或 https:// 开头。"), where="url")
    if spec.kind not in PageFault.values:
        raise Refused("kind_unknown", _("请选择错误类别。"), where="kind")
    if not spec.words.strip():
        raise Refused("words_missing", _("请说明错在哪里。"), where="words")
    limits, calendar = dues(), working_calendar()
    row = PageReport.objects.create(
        number=public_number("ZC", clock.city_date(now)),
        site=_site_of(parts.hostname.lower()),
        url=spec.url.strip()[:2000],
        kind=spec.kind,
        words=spec.words.strip()[:2000],
        contact=spec.contact.strip()[:80],
        received_at=now,
        accept_due_at=by_limit(limits["report_accept"], now, calendar),
        reply_due_at=by_limit(limits["report_reply"], now, calendar),
    )
    proof.of(Proven.REPORT, row.number, {"url": row.url, "kind": row.kind, "words": row.words}, by, now)
    _tell(row, now)
    return row


def _site_of(host: str) -> Site | None:
    rows = Site.objects.filter(Q(host=host) | Q(aliases__contains=[host]))
    return rows.exclude(state__in=(SiteState.CLOSED, SiteState.MERGED)).first()


def _tell(row: PageReport, now: datetime) -> None:
    cards = people_with(REPORT_EDIT.code, row.site.org.path, now) if row.site else people_holding(REPORT_EDIT.code, now)
    spec = NoticeSpec(
        kind=telling.REPORTS.code,
        title=_("收到网民找错：%(kind)s") % {"kind": row.get_kind_display()},
        body=row.words,
        url=f"{telling.PLACE}/reports/{row.number}/",
        once=f"report-{row.number}",
    )
    send(people={card.id for card in cards}, spec=spec, now=now)


@transaction.atomic
def take_up(*, actor: Viewer, number: str, spec: TakeUp, now: datetime) -> Finding:
    """Take a report up: it becomes a finding in the review queue, the same one for the same address and kind.

    Raises NotFound, NotPermitted, Conflict (``decided_already``) and Refused (``site_missing``, ``kind_unknown``).
    """
    row = _locked(actor, number)
    if row.state != ReportState.RECEIVED:
        raise Conflict("decided_already", _("该找错已经处理。"))
    code = row.site.id_code if row.site else spec.site
    if code not in dict(site_choices(actor)):
        raise Refused("site_missing", _("请选择所属网站。"), where="site")
    if spec.kind not in Check.values or spec.severity not in Severity.values:
        raise Refused("kind_unknown", _("请选择检查项和严重程度。"), where="kind")
    found = Found(
        kind=spec.kind,
        severity=spec.severity,
        key=row.url,
        words=(spec.words.strip() or row.words)[:300],
        site=code,
        url=row.url,
        excerpt=row.words,
        detail={"report": row.number},
    )
    (made,) = findings.keep([found], by=actor, now=now, origin=Origin.CITIZEN.value).numbers.values()
    row.finding = Finding.objects.select_related("site").get(number=made)
    row.site, row.state, row.accepted_at, row.handled_by = row.finding.site, ReportState.ACCEPTED, now, actor.name
    row.save(update_fields=["finding", "site", "state", "accepted_at", "handled_by"])
    proof.of(Proven.REPORT, row.number, {"finding": made, "state": row.state}, actor, now)
    return row.finding


@transaction.atomic
def answer(*, actor: Viewer, number: str, reply: str, is_declined: bool, now: datetime) -> PageReport:
    """Answer a report, or say why it is not taken up; the reporter reads it by the number.

    Raises NotFound, NotPermitted, Conflict (``decided_already``) and Refused (``reply_missing``).
    """
    row = _locked(actor, number)
    possible = (ReportState.RECEIVED,) if is_declined else (ReportState.RECEIVED, ReportState.ACCEPTED)
    if row.state not in possible:
        raise Conflict("decided_already", _("该找错已经处理。"))
    if not reply.strip():
        raise Refused("reply_missing", _("请填写答复内容。"), where="reply")
    row.state = ReportState.DECLINED if is_declined else ReportState.ANSWERED
    row.reply, row.replied_at, row.handled_by = reply.strip(), now, actor.name
    row.accepted_at = row.accepted_at or now
    row.save(update_fields=["state", "reply", "replied_at", "handled_by", "accepted_at"])
    proof.of(Proven.REPORT, row.number, {"state": row.state, "reply": row.reply}, actor, now)
    return row


@transaction.atomic
def erase_contact(*, actor: Viewer, number: str, now: datetime) -> PageReport:
    """Erase how a reporter can be reached, at their wish. Raises NotFound and NotPermitted."""
    row = _locked(actor, number)
    _erase(row, now)
    return row


@transaction.atomic
def erase_contacts(*, now: datetime) -> int:
    """Erase how reporters can be reached some days (limit ``contact_erase``) after the answer; return how many. Safe twice."""
    before = now - timedelta(days=dues()["contact_erase"].amount)
    rows = PageReport.objects.select_for_update(of=("self",)).filter(replied_at__lt=before).exclude(contact="")
    return sum(1 for row in list(rows) if _erase(row, now))


def _erase(row: PageReport, now: datetime) -> bool:
    if not row.contact:
        return False
    row.contact, row.contact_erased_at = "", now
    row.save(update_fields=["contact", "contact_erased_at"])
    return True


def _locked(actor: Viewer, number: str) -> PageReport:
    if not visible_reports(actor).filter(number=number).exists():
        raise NotFound("report_not_found", _("没有这条找错。"))
    row = PageReport.objects.select_for_update(of=("self",)).select_related("site__org").get(number=number)
    actor.require(REPORT_EDIT, row.site.org.path if row.site else None)
    return row
