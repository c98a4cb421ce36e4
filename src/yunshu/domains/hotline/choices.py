"""Choices of the hotline with their Chinese names."""

from django.db import models
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.hotline.rules import limits


class Kind(models.TextChoices):
    """What a caller wants (诉求类型)."""

    CONSULT = "consult", _l("咨询")
    HELP = "help", _l("求助")
    SUGGEST = "suggest", _l("建议")
    COMPLAIN = "complain", _l("投诉")
    REPORT = "report", _l("举报")
    PRAISE = "praise", _l("表扬")


class Urgency(models.TextChoices):
    """How soon somebody must see to it."""

    NORMAL = "normal", _l("一般")
    URGENT = "urgent", _l("紧急")
    CRITICAL = "critical", _l("特急")


class Channel(models.TextChoices):
    """By which way it came (来源渠道)."""

    PHONE = "phone", _l("电话")
    WEB = "web", _l("网站")
    SCAN = "scan", _l("扫码")
    WECHAT = "wechat", _l("微信")
    APP = "app", _l("粤省事")
    LETTER = "letter", _l("信件")
    EMAIL = "email", _l("电子邮件")
    PROVINCE = "province", _l("省平台")
    API = "api", _l("开放接口")


class Relation(models.TextChoices):
    """How a ticket hangs on its parent."""

    NONE = "", _l("独立")
    ASSIST = "assist", _l("协办子单")
    SPLIT = "split", _l("拆分子单")
    MERGED = "merged", _l("并案")


class ClockKind(models.TextChoices):
    """Which limit a row of the table is about."""

    ACCEPT = limits.ACCEPT, _l("受理")
    DISPATCH = limits.DISPATCH, _l("派单")
    SIGN = limits.SIGN, _l("签收")
    CONTACT = limits.CONTACT, _l("首次联系")
    HANDLE = limits.HANDLE, _l("办理")
    OBJECT = limits.OBJECT, _l("申请退单")
    DECIDE = limits.DECIDE, _l("审批申请")
    REVIEW = limits.REVIEW, _l("审核答复")
    CALL_BACK = limits.CALL_BACK, _l("回访")
    REWORK = limits.REWORK, _l("重办")


class LimitUnit(models.TextChoices):
    """In what a limit is counted."""

    WORKING_DAYS = "working_days", _l("工作日")
    WORKING_HOURS = "working_hours", _l("工作小时")
    MINUTES = "minutes", _l("分钟（全天候）")


class DutyRole(models.TextChoices):
    """What a unit does in a matter."""

    MAIN = "main", _l("主办")
    ASSIST = "assist", _l("协办")


class StandKind(models.TextChoices):
    """Why the handling clock stands still."""

    SUSPENDED = "suspended", _l("已批准挂起")
    REVIEWING = "reviewing", _l("答复审核中")
    MERGED = "merged", _l("已并案")
    UPGRADED = "upgraded", _l("已上报省平台")


class Answer(models.TextChoices):
    """What became of something that was asked for."""

    OPEN = "open", _l("待批")
    GRANTED = "granted", _l("同意")
    DENIED = "denied", _l("不同意")
    DROPPED = "dropped", _l("已撤回")


class Reached(models.TextChoices):
    """Whether a call back found its caller."""

    YES = "yes", _l("已接通")
    NO_ANSWER = "no_answer", _l("无人接听")
    REFUSED = "refused", _l("拒绝回访")
    NO_CONTACT = "no_contact", _l("无联系方式")


class Adjudication(models.TextChoices):
    """Why a caller's "no" does not count against the unit; decided by people (粤办函〔2021〕216号)."""

    NONE = "", _l("不适用")
    UNREASONABLE = "unreasonable", _l("诉求不合理")
    UNLAWFUL = "unlawful", _l("依法不能满足")
    BEYOND = "beyond", _l("客观条件暂不具备")


class Datatype(models.TextChoices):
    """What an open service's question takes (GeoReport v2, service definition)."""

    STRING = "string", _l("一行文字")
    TEXT = "text", _l("多行文字")
    NUMBER = "number", _l("数字")
    DATETIME = "datetime", _l("日期和时间")
    SINGLE = "singlevaluelist", _l("单选")
    MULTI = "multivaluelist", _l("多选")


class MediaState(models.TextChoices):
    """What became of a picture that was sent as a link."""

    NONE = "", _l("没有附件")
    WAITING = "waiting", _l("待取")
    KEPT = "kept", _l("已取得")
    REFUSED = "refused", _l("未取得")


class Way(models.TextChoices):
    """Which way a letter goes between city and province."""

    UP = "up", _l("上报")
    DOWN = "down", _l("下达")


class Side(models.TextChoices):
    """Who handed a ticket to whom."""

    UP = "up", _l("本市上报")
    DOWN = "down", _l("省平台转来")


class LetterState(models.TextChoices):
    """What became of a letter. A dead one was tried too often: a person resends it."""

    WAITING = "waiting", _l("待发送")
    DONE = "done", _l("已完成")
    REFUSED = "refused", _l("被退回")
    DEAD = "dead", _l("多次失败")


class MailOutcome(models.TextChoices):
    """What became of an e-mail."""

    FILED = "filed", _l("已登记")
    ADDED = "added", _l("已补充到工单")
    REFUSED = "refused", _l("未登记")


MOST_STARS = 5


class ArticleState(models.TextChoices):
    """How an article of the knowledge base stands; whether its dates allow it to answer is another question."""

    NEW = "new", _l("编写中")
    PUBLISHED = "published", _l("已发布")
    WITHDRAWN = "withdrawn", _l("已下架")
    ARCHIVED = "archived", _l("已归档")


class VersionState(models.TextChoices):
    """How one version of an article stands."""

    DRAFT = "draft", _l("起草")
    CHECKING = "checking", _l("待初审")
    APPROVING = "approving", _l("待终审")
    PUBLISHED = "published", _l("已发布")
    SUPERSEDED = "superseded", _l("已更新")
    WITHDRAWN = "withdrawn", _l("已下架")
    DROPPED = "dropped", _l("已作废")


class Origin(models.TextChoices):
    """Where an article comes from."""

    WRITTEN = "written", _l("采编")
    IMPORTED = "imported", _l("导入")


class DemandKind(models.TextChoices):
    """What the knowledge base asks of a department."""

    CORRECT = "correct", _l("纠错")
    ANSWER = "answer", _l("待补答案")
    REVIEW = "review", _l("到期复审")


class Asker(models.TextChoices):
    """Who says it."""

    STAFF = "staff", _l("工作人员")
    CITIZEN = "citizen", _l("市民")
    SYSTEM = "system", _l("系统")


class Usefulness(models.TextChoices):
    """What somebody says of an article."""

    HIT = "hit", _l("有帮助")
    MISS = "miss", _l("没有帮助")
    COMPLAINT = "complaint", _l("内容有误")
