"""Import in two steps: keep the file, show what was understood, correct it, then save. Nothing is half-written."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.contracts import TABLE_EDIT, TableForm
from yunshu.domains.evaluation.models import ImportDraft, PerformanceTable
from yunshu.domains.evaluation.services.tables import create_table, save_version
from yunshu.domains.evaluation.sheets import read_any
from yunshu.domains.evaluation.sheets.archive import MAX_BYTES
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number


@transaction.atomic
def keep_import(*, actor: Viewer, org_code: str, source: str, content: bytes, now: datetime) -> ImportDraft:
    """Keep a file for review. Raises NotFound (``org_not_found``), NotPermitted and Refused (``file_too_large``)."""
    org = Org.objects.filter(code=org_code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found", _("机构不存在：%(code)s") % {"code": org_code})
    actor.require(TABLE_EDIT, org.path)
    if len(content) > MAX_BYTES:
        raise Refused("file_too_large", _("文件过大，请上传不超过 10 MB 的文件。"), where="file")
    return ImportDraft.objects.create(
        number=public_number("DR", clock.city_date(now)),
        source=source[:200],
        content=content,
        org=org,
        made_by=actor.name,
        made_at=now,
    )


@transaction.atomic
def correct_import(*, actor: Viewer, number: str, corrections: Mapping[str, str]) -> ImportDraft:
    """Type over cells of a kept file; an empty mapping takes all corrections back. Raises NotFound, Conflict."""
    draft = _locked(actor, number)
    draft.corrections = {place: text[:4000] for place, text in corrections.items()}
    draft.save(update_fields=["corrections"])
    return draft


@transaction.atomic
def finish_import(*, actor: Viewer, number: str, reason: str, now: datetime) -> PerformanceTable:
    """Save a kept file as the department's table, or as a new version of the year's draft.

    Raises NotFound, NotPermitted, Conflict (``draft_used``) and Refused (``reading_faulty`` and those of
    ``save_version``).
    """
    draft = _locked(actor, number)
    reading = read_any(bytes(draft.content), draft.source, draft.corrections)
    if reading.form is None:
        raise Refused("reading_faulty", _("还有 %(n)s 处无法读取，请先更正。") % {"n": len(reading.faults)})
    draft.table = _write(actor, draft, reading.form, reason, now)
    draft.save(update_fields=["table"])
    return draft.table


def _write(actor: Viewer, draft: ImportDraft, form: TableForm, reason: str, now: datetime) -> PerformanceTable:
    table = PerformanceTable.objects.filter(org=draft.org, year=form.year).first()
    if table is None:
        return create_table(actor=actor, org_code=draft.org.code, form=form, source=draft.source, now=now)
    save_version(
        actor=actor,
        number=table.number,
        form=form,
        reason=reason or _("重新导入：%(source)s") % {"source": draft.source},
        expected=selectors.newest_version(table).ordinal,
        source=draft.source,
        now=now,
    )
    return table


def _locked(actor: Viewer, number: str) -> ImportDraft:
    draft = ImportDraft.objects.select_for_update(of=("self",)).select_related("org").filter(number=number).first()
    if draft is None or not actor.may(TABLE_EDIT, draft.org.path):
        raise NotFound("draft_not_found")
    if draft.table_id:
        raise Conflict("draft_used", _("这份导入稿已经保存。"))
    return draft
