"""A kind of record that has attachments, and small files of each type."""

import io
import zipfile
from datetime import UTC, datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from tests.factories.directory import staff

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.files import services
from yunshu.domains.files.contracts import AttachmentCard, Owner

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(40)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def packed(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, "<x/>")
    return buffer.getvalue()


DOCX = packed("[Content_Types].xml", "word/document.xml")


def owner_at(org_path: str) -> Owner:
    """Records ``mine-*`` are any staff's, ``closed-*`` take nothing, others are nobody's; all lie at ``org_path``."""
    return Owner(
        kind="test",
        label="测试记录",
        may_view=lambda viewer, record: isinstance(viewer, Staff) and record.startswith(("mine", "closed")),
        may_add=lambda _viewer, record: record.startswith("mine"),
        org_path=lambda _record: org_path,
        years=3,
        basis="测试",
    )


def attach(name: str, content: bytes, *, record: str = "mine-1", actor: Staff | None = None) -> AttachmentCard:
    return services.attach(
        actor=actor or staff(),
        owner_kind="test",
        owner_id=record,
        upload=SimpleUploadedFile(name, content),
        now=NOW,
    )
