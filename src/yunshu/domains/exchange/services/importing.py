"""A workbook enters in two steps: read and shown, then confirmed; nothing of it is written before, all of it after."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.contracts import CATALOGUE_EDIT, EntryForm
from yunshu.domains.exchange.models import Category, ImportDraft, Resource
from yunshu.domains.exchange.rules import forms, life
from yunshu.domains.exchange.services.catalogue import create_entry, save_draft
from yunshu.domains.exchange.sheets.guide import WorkbookReading
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.ids import public_number

MOST_ENTRIES = 5_000


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What confirming would do with one entry: ``deed`` is new, change, same or blocked with ``why``."""

    entry: EntryForm
    deed: str
    number: str = ""
    why: str = ""


@transaction.atomic
def keep_reading(*, actor: Viewer, reading: WorkbookReading, file_name: str, now: datetime) -> ImportDraft:
    """Keep a faultless reading until it is confirmed. Raises NotPermitted and Refused (``nothing_read``, ``too_many``)."""
    actor.require(CATALOGUE_EDIT)
    if not reading.entries:
        raise Refused("nothing_read", _("文件里没有数据目录。"), where="file")
    if len(reading.entries) > MOST_ENTRIES:
        raise Refused("too_many", _("一次最多导入 %(n)s 条目录，请分成多个文件。") % {"n": MOST_ENTRIES}, where="file")
    return ImportDraft.objects.create(
        number=public_number("DR", clock.city_date(now)),
        file_name=file_name[:200],
        entries=[forms.to_json(entry) for entry in reading.entries],
        made_by_id=getattr(actor, "person_id", 0),
        made_at=now,
    )


def get_draft(actor: Viewer, number: str) -> ImportDraft:
    """Return one's own reading; raise NotFound (``import_not_found``)."""
    row = ImportDraft.objects.filter(number=number, made_by_id=getattr(actor, "person_id", 0)).first()
    if row is None:
        raise NotFound("import_not_found")
    return row


def plan(actor: Viewer, draft: ImportDraft) -> list[Plan]:
    """Return what confirming would do, entry by entry."""
    entries = [forms.numbered(forms.from_json(plain)) for plain in draft.entries]
    orgs = dict(Org.objects.filter(code__in={e.org for e in entries}, is_active=True).values_list("code", "path"))
    classes = set(Category.objects.filter(code__in={e.category for e in entries}).values_list("code", flat=True))
    known = {
        row.code: row for row in selectors.visible_resources(actor).filter(code__in={e.code for e in entries if e.code})
    }
    return [_planned(actor, entry, orgs, classes, known.get(entry.code)) for entry in entries]


def _planned(actor: Viewer, entry: EntryForm, orgs: dict[str, str], classes: set[str], row: Resource | None) -> Plan:
    if entry.org not in orgs:
        return Plan(entry=entry, deed="blocked", why=_("提供方代码不存在：%(code)s") % {"code": entry.org})
    if not actor.may(CATALOGUE_EDIT, orgs[entry.org]):
        return Plan(entry=entry, deed="blocked", why=_("您不能为该部门编制目录"))
    if entry.category and entry.category not in classes:
        return Plan(entry=entry, deed="blocked", why=_("分类代码不存在：%(code)s") % {"code": entry.category})
    if entry.code and row is None:
        return Plan(entry=entry, deed="blocked", why=_("没有这个信息资源代码：%(code)s") % {"code": entry.code})
    if row is None:
        return Plan(entry=entry, deed="new")
    if not forms.changes(selectors.draft_of(row), entry):
        return Plan(entry=entry, deed="same", number=row.number)
    if row.stage not in life.EDITABLE:
        return Plan(entry=entry, deed="blocked", number=row.number, why=_("该目录已发布，请先发起变更再导入"))
    return Plan(entry=entry, deed="change", number=row.number)


@transaction.atomic
def confirm(*, actor: Viewer, number: str, now: datetime) -> tuple[int, int]:
    """Write what was read, all of it or nothing; return how many were begun and changed.

    Raises NotFound and Refused (``import_blocked``).
    """
    draft = get_draft(actor, number)
    planned = plan(actor, draft)
    blocked = [p for p in planned if p.deed == "blocked"]
    if blocked:
        words = {"n": len(blocked), "name": blocked[0].entry.name, "why": blocked[0].why}
        raise Refused("import_blocked", _("有 %(n)s 条不能导入，例如“%(name)s”：%(why)s") % words)
    for one in planned:
        if one.deed == "new":
            create_entry(actor=actor, form=one.entry, now=now)
        elif one.deed == "change":
            row = selectors.get_resource(actor, one.number)
            save_draft(actor=actor, number=one.number, form=one.entry, seen=row.changed_at, now=now)
    draft.delete()
    return sum(p.deed == "new" for p in planned), sum(p.deed == "change" for p in planned)
