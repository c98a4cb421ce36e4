"""Django's door sign."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """文件 — attachments: one hash, one scan, one retention rule."""

    name = "yunshu.domains.files"
    label = "files"
    verbose_name = "文件"
