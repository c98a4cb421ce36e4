"""Settings of the processes that the chaos test kills: the outbox alone, so that they are back at once."""

from yunshu.config.settings import *  # noqa: F403

INSTALLED_APPS = ["django.contrib.contenttypes", "yunshu.lib.outbox"]
MIDDLEWARE: list[str] = []
