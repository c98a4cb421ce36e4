"""Django's door sign of the directory."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """组织与人员。"""

    name = "yunshu.domains.directory"
    label = "directory"
    verbose_name = "组织与人员"

    def ready(self) -> None:
        """Listen to signing in; put the pages into the navigation and into search."""
        from yunshu.domains.directory import menu, signins, tracing
        from yunshu.lib.observe import steps

        signins.listen()
        menu.register()
        steps.register("directory", tracing.of_request)
