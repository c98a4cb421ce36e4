"""Consents: noted before a citizen or company is asked about, withdrawn with effect at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.exchange.choices import AgreementState
from yunshu.domains.exchange.contracts import REQUEST_EDIT, Proven
from yunshu.domains.exchange.models import Agreement, Client, Consent
from yunshu.domains.exchange.services import proof
from yunshu.domains.exchange.services.asking import subject_of
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number


@dataclass(frozen=True, kw_only=True)
class ConsentSpec:
    """Who agreed (a number of identity or credit), to what, how, for how many days."""

    subject: str
    purpose: str
    means: str
    days: int


MOST_DAYS = 366
Recorder = Client | Viewer
"""Who notes a consent: a program of the consumer, or a person at it."""


@transaction.atomic
def record_consent(*, by: Recorder, agreement: str, spec: ConsentSpec, now: datetime) -> Consent:
    """Note that a person or company agreed to be asked about.

    Raises NotFound, NotPermitted and Refused (``agreement_not_active``, ``consent_incomplete``, ``consent_too_long``).
    """
    row = Agreement.objects.select_related("consumer").filter(number=agreement).first()
    if row is None:
        raise NotFound("agreement_not_found")
    who = _may(by, row)
    if row.state != AgreementState.ACTIVE:
        raise Refused("agreement_not_active", _("协议没有生效，不能登记同意。"))
    texts = [text.strip() for text in (spec.subject, spec.purpose, spec.means)]
    if not all(texts):
        raise Refused("consent_incomplete", _("请写明当事人证件号码、用途和同意方式。"), where="subject")
    if not 1 <= spec.days <= MOST_DAYS:
        raise Refused("consent_too_long", _("同意的有效期须在 1 天到 366 天之间。"), where="days")
    made = Consent.objects.create(
        number=public_number("TY", clock.city_date(now)),
        agreement=row,
        subject=subject_of(texts[0]),
        purpose=texts[1][:200],
        means=texts[2][:200],
        given_at=now,
        ends_at=now + timedelta(days=spec.days),
        recorded_by=who.name,
    )
    words = {"agreement": row.number, "subject": made.subject, "purpose": made.purpose, "means": made.means}
    proof.of(Proven.CONSENT, made.number, words, who, now)
    return made


@transaction.atomic
def withdraw_consent(*, by: Recorder, number: str, now: datetime) -> Consent:
    """Note that a consent was withdrawn: from now on nothing is asked under it. Raises NotFound, NotPermitted, Conflict."""
    rows = Consent.objects.select_for_update(of=("self",)).select_related("agreement__consumer")
    row = rows.filter(number=number).first()
    if row is None:
        raise NotFound("consent_not_found")
    who = _may(by, row.agreement)
    if row.withdrawn_at is not None:
        raise Conflict("consent_withdrawn", _("该同意已经撤回。"))
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    proof.of(Proven.CONSENT, row.number, {"withdrawn": True}, who, now)
    return row


def _may(by: Recorder, agreement: Agreement) -> Viewer:
    """Return who is written down. Raises NotFound for another organisation's program, NotPermitted for a person."""
    if isinstance(by, Client):
        if by.org_id != agreement.consumer_id:
            raise NotFound("agreement_not_found")
        return System(name=str(by))
    by.require(REQUEST_EDIT, agreement.consumer.path)
    return by
