"""Django's door sign of the attachments."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """附件。"""

    name = "yunshu.domains.files"
    label = "files"
    verbose_name = "附件"

    def ready(self) -> None:
        """Offer the archive in the navigation."""
        from django.utils.translation import gettext_lazy as _

        from yunshu.domains.files.contracts import FILE_ERASE
        from yunshu.lib.ui import nav

        nav.register(
            nav.NavItem(
                section=_("系统"),
                label=_("附件档案"),
                url_name="files:archive",
                permission=FILE_ERASE,
                order=803,
                icon="archive",
            )
        )
