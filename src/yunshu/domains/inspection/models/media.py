"""What accounts publish and what citizens ask: posts and letters, as they were brought in."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.inspection.choices_registry import PostOrigin
from yunshu.domains.inspection.models.common import KEPT
from yunshu.domains.inspection.models.registry import Account, Site


@pghistory.track()
class Post(models.Model):
    """账号发文. Known by its platform's number within the account; ``digest`` says whether it changed."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="posts", verbose_name=_l("账号"))
    post_id = models.CharField(_l("发文标识"), max_length=120)
    at = models.DateTimeField(_l("发布时间"), db_index=True)
    title = models.CharField(_l("标题"), max_length=300, blank=True)
    text = models.TextField(_l("正文"), blank=True)
    url = models.CharField(_l("网址"), max_length=1000, blank=True)
    links = ArrayField(models.CharField(max_length=1000), verbose_name=_l("链接"), default=list, blank=True)
    images = ArrayField(models.CharField(max_length=1000), verbose_name=_l("图片"), default=list, blank=True)
    digest = models.CharField(_l("摘要"), max_length=64)
    origin = models.CharField(_l("来源"), max_length=8, choices=PostOrigin)
    taken_at = models.DateTimeField(_l("导入时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("账号发文")
        ordering = ["-at", "-pk"]
        triggers = [KEPT]
        constraints = [models.UniqueConstraint(name="inspection_post_once", fields=["account", "post_id"])]

    def __str__(self) -> str:
        return self.title or self.post_id


@pghistory.track()
class Message(models.Model):
    """网民留言. A letter on a site and its reply; ``is_valid``: whether it had to be answered, which a person judges."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="letters", verbose_name=_l("政府网站"))
    message_id = models.CharField(_l("留言标识"), max_length=120)
    title = models.CharField(_l("标题"), max_length=300)
    url = models.CharField(_l("网址"), max_length=1000, blank=True)
    asked_at = models.DateTimeField(_l("留言时间"), db_index=True)
    replied_at = models.DateTimeField(_l("答复时间"), null=True, blank=True)
    is_public = models.BooleanField(_l("公开"), default=True)
    is_valid = models.BooleanField(_l("有效留言"), null=True, blank=True)
    text = models.TextField(_l("内容"), blank=True)
    reply = models.TextField(_l("答复"), blank=True)
    seen_at = models.DateTimeField(_l("最近检查"))

    class Meta:
        verbose_name = verbose_name_plural = _l("网民留言")
        ordering = ["-asked_at", "-pk"]
        triggers = [KEPT]
        constraints = [models.UniqueConstraint(name="inspection_message_once", fields=["site", "message_id"])]

    def __str__(self) -> str:
        return self.title
