"""What other domains receive: an attachment's card; what the owner of a kind of record must answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yunshu.lib.kernel.labels import label
from yunshu.lib.kernel.permissions import declare

FILE_ERASE = declare("files.erase", label("管理附件档案（暂缓与销毁）"))


@dataclass(frozen=True)
class AttachmentCard:
    """One attachment as a page shows it."""

    number: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    sm3: str
    scan: str
    added_by: str
    added_at: datetime
    erased_at: datetime | None
    erased_because: str


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A kind of record that has attachments. ``may_view`` and ``may_add`` are asked with (viewer, id of the record).

    ``org_path`` names the organisation whose archivist answers for the record's attachments.
    ``years`` is how long its attachments are kept after they were added, ``basis`` why; None keeps them for good.
    """

    kind: str
    label: Any
    may_view: Callable[[Any, str], bool]
    may_add: Callable[[Any, str], bool]
    org_path: Callable[[str], str]
    years: int | None
    basis: Any
