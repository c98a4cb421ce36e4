"""What programs may file and read over GeoReport v2: services, their questions, and what came of each request."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.hotline.choices import Datatype, Kind, MediaState
from yunshu.domains.hotline.models.common import KEPT
from yunshu.domains.hotline.models.lists import Category
from yunshu.domains.hotline.models.tickets import Ticket


@pghistory.track()
class OpenService(models.Model):
    """开放服务. A class of matters, with all below it, that programs may file; nothing of a class is public before it stands here."""

    code = models.SlugField(_l("代码"), max_length=40, unique=True)
    category = models.OneToOneField(Category, models.PROTECT, related_name="+", verbose_name=_l("诉求分类"))
    kind = models.CharField(_l("登记为"), max_length=10, choices=Kind, default=Kind.HELP)
    is_public = models.BooleanField(
        _l("公开工单"), default=False, help_text=_l("公开遮蔽后的内容、地点和进度；不勾选时只公开编号和状态。")
    )
    by_token = models.BooleanField(
        _l("受理后给编号"), default=False, help_text=_l("提交时先给令牌，受理后凭令牌取编号。")
    )
    keywords = ArrayField(
        models.CharField(max_length=20),
        verbose_name=_l("关键词"),
        default=list,
        blank=True,
        help_text=_l("以逗号分隔。"),
    )
    notice = models.CharField(_l("提交后告知"), max_length=200, blank=True)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("开放服务")
        ordering = ["category__code"]
        constraints = [
            models.CheckConstraint(name="hotline_open_service_kind", condition=~Q(kind__in=("complain", "report")))
        ]

    def __str__(self) -> str:
        return self.code


@pghistory.track()
class OpenQuestion(models.Model):
    """开放服务附加问题. What a service asks for besides; it is also asked for every class below its own."""

    code = models.SlugField(_l("代码"), max_length=40, unique=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_l("诉求分类"))
    words = models.CharField(_l("问题"), max_length=200)
    hint = models.CharField(_l("填写说明"), max_length=200, blank=True)
    datatype = models.CharField(_l("类型"), max_length=16, choices=Datatype, default=Datatype.STRING)
    choices = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_l("选项"),
        default=list,
        blank=True,
        help_text=_l("以逗号分隔，只用于单选和多选。"),
    )
    is_asked = models.BooleanField(_l("需要回答"), default=True, help_text=_l("不勾选时只是一段给提交人看的说明。"))
    is_required = models.BooleanField(_l("必答"), default=False)
    order = models.PositiveSmallIntegerField(_l("次序"), default=1)
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("开放服务附加问题")
        ordering = ["order", "code"]
        constraints = [
            models.CheckConstraint(
                name="hotline_open_question_choices",
                condition=Q(datatype__in=("singlevaluelist", "multivaluelist"), choices__len__gt=0)
                | (~Q(datatype__in=("singlevaluelist", "multivaluelist")) & Q(choices__len=0)),
            ),
            models.CheckConstraint(
                name="hotline_open_question_required", condition=Q(is_required=False) | Q(is_asked=True)
            ),
        ]

    def __str__(self) -> str:
        return self.code


class OpenRequest(models.Model):
    """开放接口提交. A ticket that a program filed: by which key, under which token, what became of its picture."""

    ticket = models.OneToOneField(
        Ticket, models.PROTECT, related_name="opened", primary_key=True, verbose_name=_l("工单")
    )
    token = models.CharField(_l("令牌"), max_length=40, unique=True)
    client = models.CharField(_l("提交程序"), max_length=120)
    key_id = models.BigIntegerField(_l("接口密钥"))
    account = models.CharField(_l("程序的用户编号"), max_length=100, blank=True)
    filed_at = models.DateTimeField(_l("提交时间"))
    media_url = models.CharField(_l("附件链接"), max_length=2000, blank=True)
    media_state = models.CharField(_l("附件状态"), max_length=8, choices=MediaState, default=MediaState.NONE)
    media_words = models.CharField(_l("附件说明"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("开放接口提交")
        ordering = ["-filed_at"]
        triggers = [KEPT]
        indexes = [models.Index(name="hotline_open_request_key", fields=["key_id", "filed_at"])]

    def __str__(self) -> str:
        return self.token
