"""Choices of the exchange's tables with their Chinese names; the pure values stand in ``contracts``."""

from django.db import models
from django.utils.translation import gettext_lazy as _l


class Sharing(models.TextChoices):
    """共享类型."""

    UNCONDITIONAL = "unconditional", _l("无条件共享")
    CONDITIONAL = "conditional", _l("有条件共享")
    NONE = "none", _l("不予共享")


class Formats(models.TextChoices):
    """信息资源格式."""

    DOCUMENT = "document", _l("电子文件")
    SPREADSHEET = "spreadsheet", _l("电子表格")
    DATABASE = "database", _l("数据库")
    IMAGE = "image", _l("图形图像")
    MEDIA = "media", _l("流媒体")
    SELF_DESCRIBED = "self_described", _l("自描述格式")


class Ways(models.TextChoices):
    """共享方式."""

    PLATFORM = "platform", _l("共享平台方式")
    MAIL = "mail", _l("邮件方式")
    MEDIUM = "medium", _l("介质交换方式")


class Cycles(models.TextChoices):
    """更新周期."""

    REALTIME = "realtime", _l("实时")
    DAILY = "daily", _l("每日")
    WEEKLY = "weekly", _l("每周")
    MONTHLY = "monthly", _l("每月")
    QUARTERLY = "quarterly", _l("每季度")
    YEARLY = "yearly", _l("每年")
    IRREGULAR = "irregular", _l("不定期")


class DataTypes(models.TextChoices):
    """数据类型."""

    CHARACTER = "C", _l("字符型C")
    NUMBER = "N", _l("数值型N")
    MONEY = "Y", _l("货币型Y")
    DATE = "D", _l("日期型D")
    INSTANT = "T", _l("日期时间型T")
    LOGICAL = "L", _l("逻辑型L")
    INTEGER = "I", _l("整型I")
    FLOAT = "B", _l("双精度型B")
    MEMO = "M", _l("备注型M")
    GENERAL = "G", _l("通用型G")


class Grades(models.TextChoices):
    """数据分级."""

    L1 = "L1", _l("一级（L1）")
    L2 = "L2", _l("二级（L2）")
    L3 = "L3", _l("三级（L3）")
    L4 = "L4", _l("四级（L4）")
    IMPORTANT = "important", _l("重要数据")
    CORE = "core", _l("核心数据")


class Level(models.TextChoices):
    """层级: whose clock rule it is."""

    NATIONAL = "national", _l("国家")
    PROVINCE = "province", _l("省")
    CITY = "city", _l("市")
    COUNTY = "county", _l("县（市、区）")


class Units(models.TextChoices):
    """时限单位."""

    WORKING_DAYS = "working_days", _l("工作日")
    WORKING_HOURS = "working_hours", _l("工作小时")
    NATURAL_DAYS = "natural_days", _l("自然日")


class ListKind(models.TextChoices):
    """清单 beside the catalogue."""

    DEMAND = "demand", _l("需求清单")
    DUTY = "duty", _l("责任清单")
    NEGATIVE = "negative", _l("负面清单")


class Delivery(models.TextChoices):
    """共享方式 of a request."""

    TABLE = "table", _l("库表交换")
    QUERY = "query", _l("接口查询")
    FILE = "file", _l("文件交换")


class AgreementState(models.TextChoices):
    """Where an agreement stands."""

    ACTIVE = "active", _l("生效")
    SUSPENDED = "suspended", _l("暂停")
    REVOKED = "revoked", _l("已终止")
    EXPIRED = "expired", _l("已到期")


class NodeState(models.TextChoices):
    """Whether a node may connect."""

    ACTIVE = "active", _l("启用")
    BARRED = "barred", _l("已切断")


class Modes(models.TextChoices):
    """写入方式: how what comes becomes visible at the target."""

    SWAP = "swap", _l("整表替换")
    REFRESH = "refresh", _l("按主键更新并删除")
    UPSERT = "upsert", _l("按主键增量更新")
    FOLLOW = "follow", _l("按来源日志更新并删除（变更捕获）")


class Suites(models.TextChoices):
    """加密套件 of data on the way (``lib.nodes.envelope``)."""

    SM4 = "x25519-sm4gcm", _l("X25519 + SM4-GCM + SM3")
    AES = "x25519-aes256gcm", _l("X25519 + AES-256-GCM + SHA-256")


class DeliveryState(models.TextChoices):
    """Where a delivery stands; the last four are its end."""

    RUNNING = "running", _l("交付中")
    SIGNING = "signing", _l("对账中")
    DONE = "done", _l("已交付")
    FAILED = "failed", _l("失败")
    STOPPED = "stopped", _l("已停止")
    DISPUTED = "disputed", _l("对账不符")


class InterfaceKind(models.TextChoices):
    """Where a query interface's answers come from."""

    TABLE = "table", _l("数据库表")
    SERVICE = "service", _l("本单位已有的接口服务")


class Headings(models.TextChoices):
    """Which way a message of the cascade goes."""

    UP = "up", _l("上报")
    DOWN = "down", _l("下达")


class MessageState(models.TextChoices):
    """Where a message of the cascade stands."""

    WAITING = "waiting", _l("待处理")
    DONE = "done", _l("已完成")
    REFUSED = "refused", _l("被退回")


class ReportState(models.TextChoices):
    """What the level above says of an entry."""

    SENT = "sent", _l("已上报")
    ACCEPTED = "accepted", _l("已采纳")
    RETURNED = "returned", _l("已退回")
    RETIRED = "retired", _l("已注销")


class DebtSide(models.TextChoices):
    """Whose debt returned data is."""

    UPPER = "upper", _l("上级应回流本市")
    LOWER = "lower", _l("本市应回流县区")


class CaseKind(models.TextChoices):
    """What is asked of the level above."""

    APPLICATION = "application", _l("申请上级数据")
    CORRECTION = "correction", _l("对上级数据的异议")


class CaseState(models.TextChoices):
    """Where it stands there."""

    SENT = "sent", _l("已报送")
    RECEIVED = "received", _l("上级已受理")
    GRANTED = "granted", _l("已同意或更正")
    REFUSED = "refused", _l("未同意")
