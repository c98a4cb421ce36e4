"""Closed lists of runs."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _l


class RunKind(models.TextChoices):
    """检查方式."""

    FULL = "full", _l("全面检查")
    QUICK = "quick", _l("快速检查")

    def as_choice(self) -> tuple[str, Any]:
        """Return it as a form's choice."""
        return self.value, self.label


class RunStage(models.TextChoices):
    """进度 of a run."""

    PREPARING = "preparing", _l("读取平台目录")
    CRAWLING = "crawling", _l("抓取网页")
    LINKS = "links", _l("核验链接")
    CONCLUDING = "concluding", _l("汇总判断")
    DONE = "done", _l("已完成")
