"""Django's door sign of the directory."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """组织与人员。"""

    name = "yunshu.domains.directory"
    label = "directory"
    verbose_name = "组织与人员"
