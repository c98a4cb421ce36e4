"""The demand, duty and negative lists: a line is added, changed, taken off; each change is proven."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.choices import ListKind
from yunshu.domains.exchange.contracts import CATALOGUE_EDIT, Proven
from yunshu.domains.exchange.models import ListLine
from yunshu.domains.exchange.rules import forms
from yunshu.domains.exchange.services import proof
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.ids import public_number


@dataclass(frozen=True, kw_only=True)
class LineSpec:
    """A line as typed; ``resource`` is the number of the catalogue entry it belongs to, or empty."""

    org: str
    name: str
    content: str
    purpose: str = ""
    basis: str = ""
    resource: str = ""


@transaction.atomic
def save_line(*, actor: Viewer, kind: str, number: str, spec: LineSpec, is_active: bool, now: datetime) -> ListLine:
    """Add a line (``number`` empty) or change one.

    Raises NotFound (``org_not_found``, ``line_not_found``), NotPermitted and Refused (``basis_missing``,
    ``resource_not_found``).
    """
    org = Org.objects.filter(code=spec.org, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found", _("机构不存在：%(code)s") % {"code": spec.org})
    actor.require(CATALOGUE_EDIT, org.path)
    if kind == ListKind.NEGATIVE and not spec.basis.strip():
        raise Refused("basis_missing", _("负面清单须写明不予共享的法律依据。"), where="basis")
    resource = selectors.visible_resources(actor).filter(number=spec.resource).first() if spec.resource else None
    if spec.resource and resource is None:
        raise Refused("resource_not_found", _("没有这个登记编号的数据目录。"), where="resource")
    row = _row(actor, kind, number, now)
    row.org, row.resource, row.is_active, row.changed_at = org, resource, is_active, now
    for name in ("name", "content", "purpose", "basis"):
        setattr(row, name, getattr(spec, name).strip())
    row.save()
    words = {"kind": kind, "org": org.code, "active": is_active, "digest": forms.digest(spec.__dict__)}
    proof.of(Proven.LIST, row.number, words, actor, now)
    return row


def _row(actor: Viewer, kind: str, number: str, now: datetime) -> ListLine:
    if not number:
        return ListLine(number=public_number("QD", clock.city_date(now)), kind=kind)
    row = ListLine.objects.select_for_update().filter(number=number, kind=kind).first()
    if row is None:
        raise NotFound("line_not_found")
    actor.require(CATALOGUE_EDIT, row.org.path)
    return row
