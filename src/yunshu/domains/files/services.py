"""Writing: attach a file to a record, hold it, erase it, remove what nobody names any more."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import registry, rules, scanning, selectors, store
from yunshu.domains.files.contracts import FILE_ERASE, AttachmentCard
from yunshu.domains.files.models import Attachment, Blob
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.kernel.ids import public_number

log = structlog.get_logger()
ORPHAN_AGE = timedelta(days=1)
MEGABYTE = 1024 * 1024


class Upload(Protocol):
    """A file as it comes in: Django's UploadedFile has this shape."""

    @property
    def name(self) -> str | None:
        """The name it came with."""
        ...

    def chunks(self) -> Iterable[bytes]:
        """Its bytes, piece by piece."""
        ...


@transaction.atomic
def attach(*, actor: Viewer, owner_kind: str, owner_id: str, upload: Upload, now: datetime) -> AttachmentCard:
    """Attach one file to a record and return its card.

    Raises NotFound (``owner_not_found``) if the record is not ``actor``'s to see, NotPermitted, and Refused
    (``name_unfit``, ``type_not_taken``, ``file_too_large``, ``file_empty``, ``type_differs``, ``has_macros``,
    ``too_many_members``, ``infected``, ``scan_failed``), each saying which file and what to do. Nothing is kept of a refused file.
    """
    owner = registry.owner_of(owner_kind)
    if owner is None or not owner.may_view(actor, owner_id):
        raise NotFound("owner_not_found")
    if not owner.may_add(actor, owner_id):
        raise NotPermitted("not_permitted", _("您可以查看这条记录，但不能为它添加附件。"))
    name = (upload.name or "").strip()
    _refuse(rules.fault_of_name(name), name)
    blob = _store(name, upload, now)
    row = Attachment.objects.create(
        number=public_number("FJ", clock.city_date(now)),
        owner_kind=owner_kind,
        owner_id=owner_id,
        org_path=owner.org_path(owner_id),
        blob=blob,
        name=name,
        media_type=rules.KINDS[rules.ending_of(name)].media_type,
        added_by=actor.name,
        added_at=now,
        keep_until=keep_until(selectors.years_of(owner), clock.city_date(now)),
    )
    log.info("files.attached", number=row.number, owner=owner_kind, size_bytes=blob.size_bytes)
    return selectors.card(row)


def keep_until(years: int | None, added: date) -> date | None:
    """Return the last day of keeping: the same day ``years`` later, 28 February for a leap day; None is for good."""
    if years is None or added.year + years > date.max.year:
        return None
    try:
        return added.replace(year=added.year + years)
    except ValueError:
        return added.replace(year=added.year + years, day=28)


@transaction.atomic
def hold(*, actor: Viewer, number: str, because: str) -> None:
    """Keep an attachment beyond its term (a case is open), or with an empty reason let its term run again.

    Raises NotFound, NotPermitted, Conflict (``already_erased``).
    """
    row = _locked(actor, number)
    _demand_present(row)
    row.held_because = because.strip()[:200]
    row.save(update_fields=["held_because"])


@transaction.atomic
def erase(*, actor: Viewer, number: str, because: str, now: datetime) -> None:
    """Erase an attachment: the row stays with who and why, the bytes go when no other attachment needs them.

    Raises NotFound, NotPermitted, Refused (``reason_missing``, ``held``), Conflict (``already_erased``).
    """
    row = _locked(actor, number)
    if not because.strip():
        raise Refused("reason_missing", _("请写明销毁依据。"), where="because")
    _erase(row, actor.label, because.strip(), now)


def erase_due(now: datetime) -> int:
    """Erase what has passed its term and is not held; return how many. Safe to run twice."""
    due = Attachment.objects.filter(keep_until__lt=clock.city_date(now), erased_at__isnull=True, held_because="")
    erased = 0
    for number in list(due.values_list("number", flat=True)):
        with transaction.atomic():
            row = Attachment.objects.select_for_update().get(number=number)
            if row.erased_at is None and not row.held_because:
                _erase(row, "system:retention", _("保存期限届满"), now)
                erased += 1
    return erased


def sweep(now: datetime) -> int:
    """Remove bytes that no attachment names: left by a killed process, or erased. Return how many files went."""
    before = (now - ORPHAN_AGE).timestamp()
    return sum(store.is_older(path, before) and _remove_unnamed(path, before) for path in store.stored())


def _store(name: str, upload: Upload, now: datetime) -> Blob:
    most = settings.UPLOAD_MAX_BYTES
    try:
        incoming, digests = store.receive(upload.chunks(), most)
    except store.TooLarge as error:
        raise Refused(
            "file_too_large",
            _("“%(name)s”超过 %(most)s MB 的上限，请压缩或拆分后再传。") % {"name": name, "most": most // MEGABYTE},
            where="attachments",
        ) from error
    try:
        with incoming.open("rb") as file:
            _refuse(rules.fault_of_content(name, file), name)
            scanned = scanning.is_scanned(file)
        _lock_bytes(digests.sha256)
        blob, new = Blob.objects.get_or_create(
            sha256=digests.sha256,
            defaults={
                "sm3": digests.sm3,
                "size_bytes": digests.size_bytes,
                "scan": Blob.Scan.CLEAN if scanned else Blob.Scan.NOT_SCANNED,
                "stored_at": now,
            },
        )
        if not new and (blob.removed_at is not None or scanned):
            blob.removed_at, blob.scan = None, Blob.Scan.CLEAN if scanned else blob.scan
            blob.save(update_fields=["removed_at", "scan"])
        store.settle(incoming, digests.sha256)
    finally:
        incoming.unlink(missing_ok=True)
    return blob


def _refuse(code: str, name: str) -> None:
    if not code:
        return
    sentences = {
        "name_unfit": _("文件名“%(name)s”不能用：不能为空、不能含路径或控制字符、不超过 150 个字。"),
        "type_not_taken": _("不接收“%(name)s”这种类型的文件；可用：%(types)s。"),
        "file_empty": _("“%(name)s”是空文件。"),
        "type_differs": _("“%(name)s”的内容与扩展名不符，请用原来的软件打开后另存再传。"),
        "too_many_members": _("“%(name)s”里打包的部件过多，不像办公文档，请另存为 PDF 再传。"),
        "has_macros": _("“%(name)s”含有宏，请另存为不含宏的文件再传。"),
    }
    types = "、".join(ending[1:] for ending in rules.KINDS)
    raise Refused(code, sentences[code] % {"name": name[:60], "types": types}, where="attachments")


def _locked(actor: Viewer, number: str) -> Attachment:
    actor.require(FILE_ERASE)
    row = selectors.archived(actor).select_for_update().filter(number=number).first()
    if row is None:
        raise NotFound("attachment_not_found")
    return row


def _demand_present(row: Attachment) -> None:
    if row.erased_at is not None:
        raise Conflict("already_erased", _("该附件已经销毁。"))


def _erase(row: Attachment, by: str, because: str, now: datetime) -> None:
    _demand_present(row)
    if row.held_because:
        raise Refused("held", _("该附件暂缓销毁：%(why)s") % {"why": row.held_because})
    row.erased_at, row.erased_by, row.erased_because = now, by, because[:200]
    row.save(update_fields=["erased_at", "erased_by", "erased_because"])
    _lock_bytes(row.blob.sha256)
    if not row.blob.attachments.filter(erased_at__isnull=True).exists():
        row.blob.removed_at = now
        row.blob.save(update_fields=["removed_at"])
        path = store.path_of(row.blob.sha256)
        transaction.on_commit(lambda: _remove_unnamed(path))


@transaction.atomic
def _remove_unnamed(path: Path, before: float | None = None) -> bool:
    """Unlink ``path`` unless somebody names its bytes by now, or (``before``) has just brought them anew."""
    _lock_bytes(path.name)
    if Blob.objects.filter(sha256=path.name, removed_at__isnull=True).exists():
        return False
    if before is not None and not store.is_older(path, before):
        return False
    path.unlink(missing_ok=True)
    return True


def _lock_bytes(sha256: str) -> None:
    """Until the transaction ends nobody else attaches, erases or sweeps these bytes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"files:{sha256}"])
