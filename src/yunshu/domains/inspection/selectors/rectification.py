"""Reading what passes between supervisor and units: notices, appeals, extensions, their files."""

from django.db.models import Count, Q, QuerySet

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import api as files
from yunshu.domains.inspection.contracts import RECTIFY, SUPERVISE, VIEW
from yunshu.domains.inspection.models import Appeal, Extension, Finding, Notice, Reply
from yunshu.domains.inspection.rules import life
from yunshu.domains.inspection.selectors.findings import visible_findings
from yunshu.domains.inspection.selectors.reach import within
from yunshu.lib.kernel.errors import NotFound

ANSWER_FILES = "inspection.answer"
"""Files of a unit's reply or appeal, by its number."""


def visible_notices(viewer: Viewer) -> QuerySet[Notice]:
    """Return the notices to units in the viewer's reach, each with ``total`` and ``open`` findings."""
    reach = within(viewer, VIEW, "org__path") | within(viewer, SUPERVISE, "org__path")
    reach |= within(viewer, RECTIFY, "org__path")
    pending = Q(items__finding__state__in=(life.NOTIFIED, life.SUBMITTED, life.VERIFIED))
    rows = Notice.objects.filter(reach).select_related("org", "issuer")
    return rows.annotate(total=Count("items", distinct=True), open=Count("items", filter=pending, distinct=True))


def get_notice(viewer: Viewer, number: str) -> Notice:
    """Return one notice; raise NotFound (``notice_not_found``)."""
    row = visible_notices(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("notice_not_found")
    return row


def visible_appeals(viewer: Viewer) -> QuerySet[Appeal]:
    """Return the appeals about findings in sight."""
    seen = visible_findings(viewer).values("pk")
    return Appeal.objects.filter(finding__in=seen).select_related("finding__site", "finding__account", "org")


def get_appeal(viewer: Viewer, number: str) -> Appeal:
    """Return one appeal; raise NotFound (``appeal_not_found``)."""
    row = visible_appeals(viewer).filter(number=number).first()
    if row is None:
        raise NotFound("appeal_not_found")
    return row


def open_extensions(viewer: Viewer) -> QuerySet[Extension]:
    """Return the requests for more time that wait for the viewer's word."""
    rows = Extension.objects.filter(within(viewer, SUPERVISE, "finding__org__path"), state="open")
    return rows.select_related("finding__org").order_by("asked_at")


def get_extension(viewer: Viewer, number: str) -> Extension:
    """Return one request for more time about a finding in sight; raise NotFound (``extension_not_found``)."""
    rows = Extension.objects.filter(finding__in=visible_findings(viewer).values("pk")).select_related("finding__org")
    row = rows.filter(number=number).first()
    if row is None:
        raise NotFound("extension_not_found")
    return row


def finding_of_answer(number: str) -> Finding | None:
    """Return the finding that a reply or an appeal is about."""
    answer = (
        Reply.objects.select_related("finding__org").filter(number=number).first()
        or Appeal.objects.select_related("finding__org").filter(number=number).first()
    )
    return answer.finding if answer else None


def may_see_answer(viewer: Viewer, number: str) -> bool:
    """Say whether the viewer may read the files of a reply or an appeal."""
    row = finding_of_answer(number)
    return row is not None and visible_findings(viewer).filter(pk=row.pk).exists()


def may_add_to_answer(viewer: Viewer, number: str) -> bool:
    """Say whether the viewer may add files to a reply or an appeal."""
    row = finding_of_answer(number)
    return row is not None and viewer.may(RECTIFY, row.org.path)


def org_path_of_answer(number: str) -> str:
    """Return the path of the unit whose archivist answers for the files; ``/`` where there is no such answer."""
    row = finding_of_answer(number)
    return row.org.path if row else "/"


def files_of(number: str) -> list[files.AttachmentCard]:
    """Return the files of a reply or an appeal. The page has checked who looks."""
    return files.attachments_of(ANSWER_FILES, [number]).get(number, [])
