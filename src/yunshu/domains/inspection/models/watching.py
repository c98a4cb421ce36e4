"""What the machine did about accounts: which words of a post it has read, when it asked a feed and what that said."""

from django.db import models
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.inspection.models.media import Post
from yunshu.domains.inspection.models.registry import Account


class PostReading(models.Model):
    """发文检查. The words of a post (its ``digest``) were checked by a version of the rules."""

    post = models.OneToOneField(Post, models.PROTECT, related_name="reading", verbose_name=_l("账号发文"))
    digest = models.CharField(_l("摘要"), max_length=64)
    rules = models.CharField(_l("规则版本"), max_length=80, db_index=True)
    read_at = models.DateTimeField(_l("检查时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("发文检查")
        ordering = ["-read_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.post_id} {self.rules}"


class FeedState(models.Model):
    """订阅抓取. One account's feed: what makes the next request conditional, how the last one ended, when the next is due."""

    account = models.OneToOneField(Account, models.PROTECT, related_name="feed_state", verbose_name=_l("新媒体账号"))
    url = models.CharField(_l("订阅地址（RSS）"), max_length=300)
    etag = models.CharField(_l("版本标记"), max_length=300, blank=True)
    modified = models.CharField(_l("修改时间"), max_length=80, blank=True)
    asked_at = models.DateTimeField(_l("最近抓取"))
    came_at = models.DateTimeField(_l("最近抓取成功"), null=True, blank=True)
    again_at = models.DateTimeField(_l("下次抓取"), db_index=True)
    fails = models.PositiveSmallIntegerField(_l("连续失败次数"), default=0)
    error = models.CharField(_l("失败原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("订阅抓取")
        ordering = ["account"]

    def __str__(self) -> str:
        return f"{self.account_id} {self.error}"
