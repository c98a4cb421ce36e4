"""Closed lists of what becomes of a finding: review, rectification, appeals, reports from citizens."""

from django.db import models
from django.utils.translation import gettext_lazy as _l


class TermScope(models.TextChoices):
    """认可范围 of a term that is no fault."""

    CITY = "city", _l("全市")
    SITE = "site", _l("本网站")


class DueUnit(models.TextChoices):
    """时限单位."""

    WORKING_DAYS = "working_days", _l("工作日")
    WORKING_HOURS = "working_hours", _l("工作小时")
    NATURAL_DAYS = "natural_days", _l("自然日")


class RetestResult(models.TextChoices):
    """复测结果."""

    FOUND = "found", _l("仍然存在")
    GONE = "gone", _l("已消除")
    INCONCLUSIVE = "inconclusive", _l("不能确定")


class AppealState(models.TextChoices):
    """申诉状态."""

    OPEN = "open", _l("待审定")
    UPHELD = "upheld", _l("申诉成立")
    REJECTED = "rejected", _l("申诉不成立")
    WITHDRAWN = "withdrawn", _l("已撤回")


class ExtensionState(models.TextChoices):
    """延期申请状态."""

    OPEN = "open", _l("待审批")
    GRANTED = "granted", _l("同意")
    REFUSED = "refused", _l("不同意")


class PageFault(models.TextChoices):
    """错误类别 that a citizen chooses from (the categories of 我为政府网站找错, recalled [R])."""

    UNREACHABLE = "unreachable", _l("网页打不开")
    LINK = "link", _l("链接或附件打不开")
    WORDING = "wording", _l("错别字或内容错误")
    STALE = "stale", _l("内容不更新")
    SERVICE = "service", _l("办事信息不准确")
    PRIVACY = "privacy", _l("泄露个人信息")
    FAKE = "fake", _l("仿冒政府网站")
    OTHER = "other", _l("其他")


class ReportState(models.TextChoices):
    """找错状态."""

    RECEIVED = "received", _l("待受理")
    ACCEPTED = "accepted", _l("已受理")
    ANSWERED = "answered", _l("已答复")
    DECLINED = "declined", _l("不予受理")
