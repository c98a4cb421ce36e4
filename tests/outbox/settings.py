"""Settings of the processes that the chaos test kills: the outbox alone, so that they are back at once."""

from yunshu.config.settings import *  # noqa: F403

INSTALLED_APPS = ["django.contrib.contenttypes", "pgtrigger", "pghistory", "procrastinate.contrib.django"]
INSTALLED_APPS += ["yunshu.lib.outbox", "yunshu.lib.observe"]
MIDDLEWARE: list[str] = []
