"""Score forms are drafted as a new version, changed while they are a draft, and put to use; what was used never changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.choices_roster import FormState, Subject
from yunshu.domains.hotline.contracts import QUALITY_MANAGE
from yunshu.domains.hotline.models import ScoreForm, ScoreItem
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused

MOST_POINTS = 100


@dataclass(frozen=True, kw_only=True)
class Line:
    """One item: points, or a veto."""

    name: str
    points: int
    is_veto: bool = False
    guide: str = ""


@transaction.atomic
def draft(*, actor: Viewer, code: str, name: str, subject: str, now: datetime) -> ScoreForm:
    """Begin a new version: a copy of the newest of that code, or an empty one.

    Raises NotPermitted, Conflict (``draft_exists``), Refused (``subject_unknown``, ``name_missing``).
    """
    actor.require(QUALITY_MANAGE)
    last = ScoreForm.objects.filter(code=code).order_by("-version").first()
    if subject not in Subject.values or (last is not None and last.subject != subject):
        raise Refused("subject_unknown", _("请选择质检对象；同一评分表的对象不能改变。"), where="subject")
    if not name.strip() or not code.strip():
        raise Refused("name_missing", _("请填写代码和名称。"), where="name")
    version = (ScoreForm.objects.filter(code=code).aggregate(last=Max("version"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            made = ScoreForm.objects.create(
                code=code, version=version, name=name.strip()[:60], subject=subject, made_by=actor.name, made_at=now
            )
    except IntegrityError as error:
        raise Conflict("draft_exists", _("这个评分表已有草稿，请先改完或启用它。")) from error
    for item in last.items.all() if last else ():
        ScoreItem.objects.create(
            form=made, ordinal=item.ordinal, name=item.name, points=item.points, is_veto=item.is_veto, guide=item.guide
        )
    return made


@transaction.atomic
def save_lines(*, actor: Viewer, form_id: int, lines: Sequence[Line]) -> ScoreForm:
    """Replace the items of a draft. Raises NotFound, NotPermitted, Conflict (``not_a_draft``), Refused (``points_unfit``)."""
    actor.require(QUALITY_MANAGE)
    row = _draft(form_id)
    for line in lines:
        if not line.name.strip() or (line.is_veto != (line.points == 0)) or not 0 <= line.points <= MOST_POINTS:
            raise Refused("points_unfit", _("每一项须有名称和 1 至 100 分；一票否决项为 0 分。"), where="lines")
    row.items.all().delete()
    for n, line in enumerate(lines, start=1):
        ScoreItem.objects.create(
            form=row,
            ordinal=n,
            name=line.name.strip()[:60],
            points=line.points,
            is_veto=line.is_veto,
            guide=line.guide.strip()[:200],
        )
    return row


@transaction.atomic
def put_to_use(*, actor: Viewer, form_id: int) -> ScoreForm:
    """Use a draft from now on; the version used before is retired. Raises NotFound, NotPermitted, Conflict (``not_a_draft``), Refused (``points_missing``)."""
    actor.require(QUALITY_MANAGE)
    row = _draft(form_id)
    if not row.items.filter(is_veto=False).exists():
        raise Refused("points_missing", _("至少要有一项可以得分。"))
    ScoreForm.objects.filter(code=row.code, state=FormState.USED).update(state=FormState.RETIRED)
    row.state = FormState.USED
    row.save(update_fields=["state"])
    return row


def _draft(form_id: int) -> ScoreForm:
    row = ScoreForm.objects.select_for_update().filter(pk=form_id).first()
    if row is None:
        raise NotFound("form_not_found")
    if row.state != FormState.DRAFT:
        raise Conflict("not_a_draft", _("已启用的评分表不能改，请新建版次。"))
    return row
