"""Closed lists of the registry: what happens to a site, where a post came from, what becomes of a host that was seen."""

from django.db import models
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.inspection.rules import changes

CHANGE_VERBS = [(verb, _l(name)) for verb, name in changes.NAMES.items()]


class PostOrigin(models.TextChoices):
    """发文来源."""

    SHEET = "sheet", _l("表格导入")
    JSON = "json", _l("JSON 导入")
    FEED = "feed", _l("订阅导入")
    REST = "rest", _l("接口推送")
    MANUAL = "manual", _l("人工登记")


class CandidateState(models.TextChoices):
    """处理状态 of a host that was seen."""

    NEW = "new", _l("待处理")
    REGISTERED = "registered", _l("已登记")
    IGNORED = "ignored", _l("不纳入")


class SuspectSource(models.TextChoices):
    """发现方式 of a host that may imitate a site."""

    NAME = "name", _l("域名推测")
    LINK = "link", _l("网页外链")
    PERSON = "person", _l("人工登记")


class SuspectResult(models.TextChoices):
    """核对结果 of a host that may imitate a site."""

    COPY = "copy", _l("内容相同")
    OTHER = "other", _l("内容不同")
    SILENT = "silent", _l("没有网页")
    UNSURE = "unsure", _l("未能核对")
