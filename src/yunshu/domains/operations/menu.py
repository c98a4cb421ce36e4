"""What operations tells the frame: its entries in the navigation."""

from django.utils.translation import gettext_lazy as _l

from yunshu.domains.operations.contracts import BACKUP_VIEW, PLATFORM_VIEW, TARGET_VIEW
from yunshu.lib.ui import nav

SECTION = _l("运行保障")
ENTRIES = (
    ("operations:overview", _l("总览"), "gauge", "", PLATFORM_VIEW),
    ("operations:live", _l("运行态势"), "activity", "", TARGET_VIEW),
    ("operations:targets", _l("监测对象"), "radar", "", TARGET_VIEW),
    ("operations:report", _l("运行月报"), "file-text", "", TARGET_VIEW),
    ("operations:vantages", _l("探测点"), "map-pin", "", TARGET_VIEW),
    ("operations:backups", _l("备份"), "database", "", BACKUP_VIEW),
    ("operations:seals", _l("监测日档"), "archive", "", TARGET_VIEW),
)


def register() -> None:
    """Register what other floors ask for."""
    nav.register_section(SECTION, ENTRIES, 50)
