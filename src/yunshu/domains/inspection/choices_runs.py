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
    READING = "reading", _l("识别图片")
    CONCLUDING = "concluding", _l("汇总判断")
    DONE = "done", _l("已完成")


class PictureState(models.TextChoices):
    """识别状态 of a picture."""

    WAITING = "waiting", _l("待识别")
    READ = "read", _l("已识别")
    SMALL = "small", _l("不识别（太小）")
    FAILED = "failed", _l("不能识别")
