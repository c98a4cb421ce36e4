"""Who is told of quality checks: whose work was scored or decided, and who may decide an appeal."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.api import people_with
from yunshu.domains.hotline.contracts import QUALITY_MANAGE
from yunshu.domains.hotline.models import QualityCheck
from yunshu.domains.notify.api import NoticeKind, NoticeSpec, send

KIND = NoticeKind(code="hotline.quality", name=_l("热线质检"), help=_l("您的工作有了质检评分，或有申诉等待裁定。"))


def _spec(row: QualityCheck, title: str) -> NoticeSpec:
    return NoticeSpec(
        kind=KIND.code,
        title=title % {"n": row.number},
        body=row.get_state_display(),
        url=f"/console/hotline/quality/checks/{row.number}/",
        once=f"check-{row.pk}-{row.state}",
    )


def of_check(row: QualityCheck, now: datetime) -> None:
    """Tell whose work it is."""
    send(people={row.person_id}, spec=_spec(row, _("质检结果：%(n)s")), now=now)


def of_appeal(row: QualityCheck, now: datetime) -> None:
    """Tell whoever may decide: a third person."""
    able = {card.id for card in people_with(QUALITY_MANAGE.code, row.desk.path, now)}
    send(people=able - {row.person_id, row.checker_id or 0}, spec=_spec(row, _("质检申诉待裁定：%(n)s")), now=now)
