"""Django's door sign of the attachments."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """附件。"""

    name = "yunshu.domains.files"
    label = "files"
    verbose_name = "附件"
