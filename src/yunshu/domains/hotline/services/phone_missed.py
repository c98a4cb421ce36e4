"""Calling back who reached nobody (国办函〔2025〕66号): claimed by one, dialled, and its outcome written down."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Staff, Viewer
from yunshu.domains.hotline.contracts import PHONE_ANSWER
from yunshu.domains.hotline.models import MissedCall
from yunshu.domains.hotline.phone import wire
from yunshu.domains.hotline.phone_choices import OPEN_RECALLS, Recall
from yunshu.domains.hotline.selectors import calls as selectors
from yunshu.lib.kernel.errors import Conflict, NotPermitted, Refused

CLAIM_HOLDS = timedelta(minutes=30)
"""After this somebody else may claim; ours."""
OUTCOMES = tuple(one for one in Recall if one not in (Recall.CAME_BACK, Recall.SEALED))


def _locked(actor: Viewer, pk: int) -> tuple[MissedCall, Staff]:
    found = selectors.get_missed(actor, pk)
    if not isinstance(actor, Staff):
        raise NotPermitted("staff_only", _("只有工作人员本人可以回拨。"))
    actor.require(PHONE_ANSWER, found.desk.path)
    row = MissedCall.objects.select_for_update().get(pk=found.pk)
    if row.closed_at is not None:
        raise Conflict("recalled_already", _("这位来电人已经联系上，不需要再回拨。"))
    return row, actor


def _claim(row: MissedCall, actor: Staff, now: datetime) -> None:
    other = row.claimed_by_id not in (None, actor.person_id)
    if other and row.claimed_at is not None and row.claimed_at > now - CLAIM_HOLDS:
        raise Conflict("claimed_already", _("已有其他座席认领，半小时内没有结果后可以再认领。"))
    if row.claimed_by_id != actor.person_id or other:
        row.claimed_by_id, row.claimed_at = actor.person_id, now
        row.save(update_fields=["claimed_by", "claimed_at"])


@transaction.atomic
def claim(*, actor: Viewer, pk: int, now: datetime) -> MissedCall:
    """Claim somebody to call back. Raises NotFound, NotPermitted, Conflict (``claimed_already``, ``recalled_already``)."""
    row, staff = _locked(actor, pk)
    _claim(row, staff, now)
    return row


def call_back(*, actor: Viewer, pk: int, now: datetime) -> None:
    """Claim and dial: one's own telephone rings, then the caller's. Raises as ``claim``, and Refused and Unavailable as dialling may."""
    with transaction.atomic():
        row, staff = _locked(actor, pk)
        _claim(row, staff, now)
        row.tries += 1
        row.save(update_fields=["tries"])
    wire.ask("dial", agent=str(staff.person_id), number=row.caller, missed=row.pk)


@transaction.atomic
def note_outcome(*, actor: Viewer, pk: int, outcome: str, words: str, now: datetime) -> MissedCall:
    """Write down what calling back came to; who was not reached stays on the list. Raises as ``claim``, and Refused (``outcome_unknown``)."""
    row, staff = _locked(actor, pk)
    _claim(row, staff, now)
    if outcome not in OUTCOMES:
        raise Refused("outcome_unknown", _("请选择回拨结果。"), where="outcome")
    row.outcome, row.words = outcome, words.strip()[:300]
    if outcome in OPEN_RECALLS:
        row.claimed_by = row.claimed_at = None
    else:
        row.closed_at, row.closed_by_id = now, staff.person_id
    row.save(update_fields=["outcome", "words", "claimed_by", "claimed_at", "closed_at", "closed_by"])
    return row
