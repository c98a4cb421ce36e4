"""Closed lists of inspection. ``Check`` is the taxonomy that crawling, schemes, findings and results share."""

from django.db import models
from django.utils.translation import gettext_lazy as _l


class Check(models.TextChoices):
    """检查项. One file of ``checks/`` finds each."""

    UNREACHABLE = "unreachable", _l("站点无法访问")
    HOME_STALE = "home_stale", _l("首页不更新")
    COLUMN_STALE = "column_stale", _l("栏目不更新")
    COLUMN_BLANK = "column_blank", _l("空白栏目")
    MESSAGE_UNANSWERED = "message_unanswered", _l("留言超期未回复")
    MESSAGE_LATE = "message_late", _l("留言答复超时")
    GUIDE_INCOMPLETE = "guide_incomplete", _l("办事指南要素不全")
    INTERPRETATION_MISSING = "interpretation_missing", _l("政策解读未关联")
    STATISTICS_STALE = "statistics_stale", _l("统计数据不更新")
    LINK_DEAD = "link_dead", _l("链接不可用")
    LABEL_MISSING = "label_missing", _l("页面标签缺失")
    FOOTER_MARK = "footer_mark", _l("页脚标识缺失或错误")
    DOMAIN_NAME = "domain_name", _l("域名不规范")
    WORDING_SERIOUS = "wording_serious", _l("严重表述错误")
    WORDING_WRONG = "wording_wrong", _l("错误表述")
    SPELLING = "spelling", _l("错别字")
    PRIVACY_LEAK = "privacy_leak", _l("个人信息泄露")
    SECRET_MARK = "secret_mark", _l("涉密标志")
    DARK_LINK = "dark_link", _l("暗链")
    TAMPERED = "tampered", _l("页面篡改")
    REPOST = "repost", _l("重复发布")
    IMPERSONATION = "impersonation", _l("仿冒网站")
    DATE_FORGED = "date_forged", _l("日期造假")
    ACCESSIBILITY = "accessibility", _l("无障碍")
    BARRIER = "barrier", _l("无障碍（呈现后）")
    TLS = "tls", _l("证书")
    IPV6 = "ipv6", _l("IPv6 支持度")
    HEADERS = "headers", _l("安全响应头")
    ACCOUNT_STALE = "account_stale", _l("账号不更新")
    ACCOUNT_ZOMBIE = "account_zombie", _l("僵尸账号")
    ACCOUNT_MUTE = "account_mute", _l("账号无互动功能")
    ACCOUNT_UNCERTIFIED = "account_uncertified", _l("账号未认证")
    OTHER = "other", _l("其他问题")


class Severity(models.TextChoices):
    """严重程度. A veto counts only when two people confirmed it."""

    VETO = "veto", _l("单项否决")
    SERIOUS = "serious", _l("严重")
    GENERAL = "general", _l("一般")
    HINT = "hint", _l("提示")


class SiteKind(models.TextChoices):
    """网站类别 (国办发〔2017〕47号, part 3)."""

    PORTAL = "portal", _l("政府门户网站")
    DEPARTMENT = "department", _l("部门网站")
    SPECIAL = "special", _l("专项网站")


class SiteState(models.TextChoices):
    """运行状态 of a site or an account; whatever ends it is reported in beforehand."""

    PLANNED = "planned", _l("待开设")
    RUNNING = "running", _l("运行中")
    SUSPENDED = "suspended", _l("临时下线")
    MERGED = "merged", _l("已整合")
    CLOSED = "closed", _l("已关停")


class Platform(models.TextChoices):
    """新媒体平台."""

    WECHAT = "wechat", _l("微信公众号")
    WEIBO = "weibo", _l("微博")
    DOUYIN = "douyin", _l("抖音")
    KUAISHOU = "kuaishou", _l("快手")
    TOUTIAO = "toutiao", _l("今日头条")
    APP = "app", _l("移动客户端")
    MINI = "mini", _l("小程序")
    OTHER = "other", _l("其他")


class ColumnKind(models.TextChoices):
    """栏目类别: the closed list of the page label ``ColumnType`` (the sheet's part A5, [V])."""

    HOME = "首页", _l("首页")
    OVERVIEW = "概况信息", _l("概况信息")
    DUTIES = "机构职能", _l("机构职能")
    LEADERS = "负责人信息", _l("负责人信息")
    NEWS = "工作动态", _l("工作动态")
    POLICY = "政策文件", _l("政策文件")
    OPENNESS_GUIDE = "信息公开指南", _l("信息公开指南")
    OPENNESS_LIST = "信息公开目录", _l("信息公开目录")
    OPENNESS_REPORT = "信息公开年报", _l("信息公开年报")
    ON_REQUEST = "依申请公开", _l("依申请公开")
    DATA = "数据发布", _l("数据发布")
    INTERPRETATION = "政策解读", _l("政策解读")
    RESPONSE = "回应关切", _l("回应关切")
    SERVICE = "办事服务", _l("办事服务")
    CONSULTING = "咨询投诉", _l("咨询投诉")
    SURVEY = "征集调查", _l("征集调查")
    INTERVIEW = "在线访谈", _l("在线访谈")
    NOTICE = "通知公告", _l("通知公告")
    OTHER = "其他", _l("其他")


class FindingState(models.TextChoices):
    """问题状态. The flow is ``rules/life.py``."""

    NEW = "new", _l("待复核")
    SECOND = "second", _l("待二次确认")
    CONFIRMED = "confirmed", _l("已确认")
    FALSE = "false", _l("误报")
    WAIVED = "waived", _l("豁免")
    NOTIFIED = "notified", _l("整改中")
    SUBMITTED = "submitted", _l("已报整改")
    VERIFIED = "verified", _l("已整改")
    CLOSED = "closed", _l("已销号")


class Origin(models.TextChoices):
    """问题来源."""

    MACHINE = "machine", _l("机器检查")
    PERSON = "person", _l("人工检查")
    CITIZEN = "citizen", _l("网民找错")
    UPPER = "upper", _l("上级通报")
