"""Reading: a record's attachments, one file through its record, what the disk says."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db.models import Q, QuerySet
from pghistory.core import event_models

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import registry, store
from yunshu.domains.files.contracts import FILE_ERASE, AttachmentCard, Owner
from yunshu.domains.files.models import Attachment, Blob, Retention
from yunshu.lib.kernel.errors import NotFound


def attachments_of(owner_kind: str, owner_ids: Iterable[str]) -> dict[str, list[AttachmentCard]]:
    """Return the attachments of several records by record, in the order they came. The page has checked who looks."""
    found: defaultdict[str, list[AttachmentCard]] = defaultdict(list)
    rows = Attachment.objects.filter(owner_kind=owner_kind, owner_id__in=list(owner_ids)).select_related("blob")
    for row in rows:
        found[row.owner_id].append(card(row))
    return dict(found)


def open_attachment(viewer: Viewer, number: str) -> tuple[AttachmentCard, Path]:
    """Return an attachment and where its bytes lie.

    Raises NotFound (``attachment_not_found``) if it is absent, erased, or its record is not ``viewer``'s to see.
    """
    row = Attachment.objects.filter(number=number, erased_at__isnull=True).select_related("blob").first()
    owner = registry.owner_of(row.owner_kind) if row else None
    if row is None or owner is None or not owner.may_view(viewer, row.owner_id):
        raise NotFound("attachment_not_found")
    return card(row), store.path_of(row.blob.sha256)


def archived(viewer: Viewer) -> QuerySet[Attachment]:
    """Return the attachments of the organisations whose archivist ``viewer`` is: their marks, not their content."""
    reach = Q(pk__in=())
    for path, subtree in viewer.reach(FILE_ERASE):
        reach |= Q(org_path__startswith=path) if subtree else Q(org_path=path)
    return Attachment.objects.filter(reach)


def get_archived(viewer: Viewer, number: str) -> Attachment:
    """Return one attachment for its archivist; raise NotFound (``attachment_not_found``)."""
    row = archived(viewer).select_related("blob").filter(number=number).first()
    if row is None:
        raise NotFound("attachment_not_found")
    return row


def label_of(kind: str) -> Any:
    """Return what a kind of record is called; its code if its domain is no longer there."""
    owner = registry.owner_of(kind)
    return owner.label if owner else kind


def trail(row: Attachment) -> QuerySet[Any]:
    """Return how an attachment was held, released, erased: the newest last."""
    (events,) = event_models(tracks_model=Attachment)
    return events._default_manager.filter(pgh_obj_id=row.pk).select_related("pgh_context").order_by("pgh_id")


def years_of(owner: Owner) -> int | None:
    """Return how many years attachments of this kind are kept: the archivist's rule, else the default of the kind."""
    rule = Retention.objects.filter(kind=owner.kind, is_active=True).first()
    return rule.years if rule else owner.years


def damaged() -> Iterator[tuple[str, str]]:
    """Hash every stored file anew; yield (digest, what is wrong) for each that is missing or different."""
    for blob in Blob.objects.filter(removed_at__isnull=True).order_by("pk").iterator():
        path = store.path_of(blob.sha256)
        try:
            with path.open("rb") as file:
                digests = store.digests_of(file)
        except OSError:
            yield blob.sha256, "missing"
            continue
        if (digests.sha256, digests.sm3, digests.size_bytes) != (blob.sha256, blob.sm3, blob.size_bytes):
            yield blob.sha256, "different"


def card(row: Attachment) -> AttachmentCard:
    """Return an attachment as pages show it."""
    return AttachmentCard(
        number=row.number,
        name=row.name,
        media_type=row.media_type,
        size_bytes=row.blob.size_bytes,
        sha256=row.blob.sha256,
        sm3=row.blob.sm3,
        scan=row.blob.get_scan_display(),
        added_by=row.added_by,
        added_at=row.added_at,
        erased_at=row.erased_at,
        erased_because=row.erased_because,
    )
