"""Tables of the directory. Organisations form a tree by ``path`` (ids, ``/1/7/``); no row is ever deleted."""

from collections.abc import Callable
from typing import ClassVar, TypeVar

import pghistory
import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

Table = TypeVar("Table", bound=type[models.Model])


def tracked(*, exclude: list[str] | None = None) -> Callable[[Table], Table]:
    """Track every change, deletions too: the application's role may delete rows, so the trail must see it."""
    trackers = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
    track: Callable[[Table], Table] = pghistory.track(*trackers, exclude=exclude)
    return track


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by their sign-in name, as Django's authentication asks."""


@tracked(exclude=["last_login", "password"])
class Account(AbstractBaseUser):
    """账号。What signs in; separate from the person it belongs to."""

    class Kind(models.TextChoices):
        STAFF = "staff", _l("工作人员")
        CITIZEN = "citizen", _l("个人")
        COMPANY = "company", _l("法人")

    username = models.CharField(_l("登录名"), max_length=64, unique=True)
    kind = models.CharField(_l("账号类别"), max_length=8, choices=Kind, default=Kind.CITIZEN)
    email = models.EmailField(_l("电子邮箱"), blank=True)
    phone = models.CharField(_l("手机号"), max_length=20, blank=True)
    uscc = models.CharField(_l("统一社会信用代码"), max_length=18, blank=True)
    real_name_level = models.PositiveSmallIntegerField(_l("实名等级"), default=0)
    is_active = models.BooleanField(_l("启用"), default=True)
    must_change_password = models.BooleanField(_l("首次登录须修改密码"), default=False)
    password_changed_at = models.DateTimeField(_l("密码修改时间"), null=True, blank=True)
    created_at = models.DateTimeField(_l("创建时间"), auto_now_add=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = AccountManager()

    class Meta:
        verbose_name = verbose_name_plural = _l("账号")

    def __str__(self) -> str:
        return self.username


@tracked()
class Org(models.Model):
    """组织机构。A bureau, department, district, unit or vendor."""

    class Kind(models.TextChoices):
        CITY = "city", _l("市")
        BUREAU = "bureau", _l("主管部门")
        DEPARTMENT = "department", _l("市直单位")
        DISTRICT = "district", _l("县（市、区）")
        OFFICE = "office", _l("内设机构")
        TOWNSHIP = "township", _l("镇街")
        VENDOR = "vendor", _l("服务商")

    code = models.CharField(_l("机构编码"), max_length=32, unique=True)
    name = models.CharField(_l("机构名称"), max_length=120)
    short_name = models.CharField(_l("简称"), max_length=40, blank=True)
    pinyin = models.CharField(_l("拼音"), max_length=400, blank=True)
    kind = models.CharField(_l("机构类别"), max_length=12, choices=Kind)
    uscc = models.CharField(_l("统一社会信用代码"), max_length=18, null=True, blank=True, unique=True)
    division_code = models.CharField(_l("行政区划代码"), max_length=12, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_l("上级机构")
    )
    path = models.CharField(_l("路径"), max_length=200, unique=True)
    is_sample = models.BooleanField(
        _l("示例单位"), default=False, help_text=_l("真实名单未取得时的占位单位，不代表任何真实机构。")
    )
    is_active = models.BooleanField(_l("启用"), default=True)
    order = models.PositiveIntegerField(_l("排序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _l("组织机构")
        ordering = ("order", "code")
        indexes = [
            models.Index(fields=["path"], name="directory_org_path_like", opclasses=["varchar_pattern_ops"]),
            GinIndex(fields=["name", "pinyin", "code"], name="directory_org_search", opclasses=["gin_trgm_ops"] * 3),
        ]
        constraints = [
            models.CheckConstraint(
                name="directory_org_path_shape", condition=Q(path__startswith="/") & Q(path__endswith="/")
            ),
            models.CheckConstraint(name="directory_org_not_own_parent", condition=~Q(parent=F("id"))),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class Person(models.Model):
    """人员。A member of staff; may or may not have an account."""

    number = models.CharField(_l("人员编号"), max_length=20, unique=True)
    name = models.CharField(_l("姓名"), max_length=60)
    pinyin = models.CharField(_l("拼音"), max_length=200, blank=True)
    account = models.OneToOneField(
        Account, models.PROTECT, null=True, blank=True, related_name="person", verbose_name=_l("账号")
    )
    org = models.ForeignKey(Org, models.PROTECT, related_name="people", verbose_name=_l("所在机构"))
    title = models.CharField(_l("职务"), max_length=60, blank=True)
    phone = models.CharField(_l("联系电话"), max_length=20, blank=True)
    is_sample = models.BooleanField(_l("示例人员"), default=False)
    is_active = models.BooleanField(_l("在岗"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("人员")
        ordering = ("org", "number")

    def __str__(self) -> str:
        return self.name


@tracked()
class Post(models.Model):
    """岗位。A further post that a person holds besides the main one."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts", verbose_name=_l("人员"))
    org = models.ForeignKey(Org, models.PROTECT, related_name="posts", verbose_name=_l("机构"))
    title = models.CharField(_l("岗位名称"), max_length=60)
    starts_on = models.DateField(_l("任职日期"))
    ends_on = models.DateField(_l("离任日期"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("岗位")
        constraints = [
            models.CheckConstraint(
                name="directory_post_period", condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))
            )
        ]

    def __str__(self) -> str:
        return self.title


@tracked()
class Role(models.Model):
    """角色。A named set of permissions."""

    code = models.SlugField(_l("角色编码"), max_length=40, unique=True)
    name = models.CharField(_l("角色名称"), max_length=60)
    description = models.TextField(_l("职责说明"), blank=True)
    permissions = ArrayField(models.CharField(max_length=80), verbose_name=_l("权限"), default=list, blank=True)
    is_active = models.BooleanField(_l("启用"), default=True)
    separation = models.CharField(
        _l("职责分立组"),
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text=_l("同组的角色不得由同一人担任，受托也不行；由数据库触发器保证。"),
    )

    class Meta:
        verbose_name = verbose_name_plural = _l("角色")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


@tracked()
class Assignment(models.Model):
    """角色授予。A person holds a role in an organisation, for a time, for a reason."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="assignments", verbose_name=_l("人员"))
    role = models.ForeignKey(Role, models.PROTECT, related_name="assignments", verbose_name=_l("角色"))
    org = models.ForeignKey(Org, models.PROTECT, related_name="assignments", verbose_name=_l("机构"))
    subtree = models.BooleanField(_l("含下级机构"), default=False)
    starts_on = models.DateField(_l("生效日期"))
    ends_on = models.DateField(_l("失效日期"), null=True, blank=True)
    reason = models.CharField(_l("授予事由"), max_length=200)
    granted_by = models.CharField(_l("授予人"), max_length=80)
    revoked_at = models.DateTimeField(_l("收回时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("角色授予")
        constraints = [
            models.UniqueConstraint(
                name="directory_assignment_once", fields=["person", "role", "org"], condition=Q(revoked_at__isnull=True)
            ),
            models.CheckConstraint(
                name="directory_assignment_period", condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.role} · {self.org}"


@tracked()
class Delegation(models.Model):
    """委托。A person lends the roles of one organisation to a colleague for a time."""

    giver = models.ForeignKey(Person, models.PROTECT, related_name="delegations_given", verbose_name=_l("委托人"))
    taker = models.ForeignKey(Person, models.PROTECT, related_name="delegations_taken", verbose_name=_l("受托人"))
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("机构"))
    starts_at = models.DateTimeField(_l("开始时间"))
    ends_at = models.DateTimeField(_l("结束时间"))
    reason = models.CharField(_l("委托事由"), max_length=200)
    revoked_at = models.DateTimeField(_l("撤销时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("委托")
        constraints = [
            models.CheckConstraint(name="directory_delegation_period", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="directory_delegation_not_to_self", condition=~Q(giver=F("taker"))),
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.taker}"


@tracked()
class CalendarYear(models.Model):
    """历年。A year whose holidays are known from an official notice; a year without a row is provisional."""

    year = models.PositiveSmallIntegerField(_l("年份"), unique=True)
    source = models.CharField(_l("依据文件"), max_length=120)
    version = models.PositiveIntegerField(_l("版本"), default=1)

    class Meta:
        verbose_name = verbose_name_plural = _l("历年")
        ordering = ("-year",)

    def __str__(self) -> str:
        return str(self.year)


@tracked()
class CalendarDay(models.Model):
    """特殊日期。A date that differs from the ordinary week."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _l("放假")
        WORKDAY = "workday", _l("调休上班")
        MORNING = "morning", _l("仅上午上班")
        AFTERNOON = "afternoon", _l("仅下午上班")
        CLOSURE = "closure", _l("停工（台风等）")

    on = models.DateField(_l("日期"), unique=True)
    kind = models.CharField(_l("性质"), max_length=10, choices=Kind)
    name = models.CharField(_l("名称"), max_length=60)
    source = models.CharField(_l("依据文件"), max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = _l("特殊日期")
        ordering = ("on",)

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.name}"


@tracked()
class WorkSegment(models.Model):
    """工作时段。A stretch of an ordinary working day, valid from a date on; several make the day."""

    valid_from = models.DateField(_l("起始日期"))
    starts_at = models.TimeField(_l("上班时间"))
    ends_at = models.TimeField(_l("下班时间"))
    source = models.CharField(_l("依据文件"), max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("工作时段")
        ordering = ("valid_from", "starts_at")
        constraints = [
            models.CheckConstraint(name="directory_segment_period", condition=Q(ends_at__gt=F("starts_at"))),
            models.UniqueConstraint(name="directory_segment_once", fields=["valid_from", "starts_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%H:%M}–{self.ends_at:%H:%M}"


@tracked(exclude=["last_used_at", "digest"])
class ApiKey(models.Model):
    """接口密钥。Lets a program of an organisation use the JSON API; only a digest of the key is kept."""

    org = models.ForeignKey(Org, models.PROTECT, related_name="api_keys", verbose_name=_l("机构"))
    name = models.CharField(_l("用途"), max_length=80)
    prefix = models.CharField(_l("前缀"), max_length=12, unique=True)
    digest = models.CharField(_l("摘要"), max_length=64)
    permissions = ArrayField(models.CharField(max_length=80), verbose_name=_l("权限"), default=list)
    created_by = models.CharField(_l("创建人"), max_length=80)
    created_at = models.DateTimeField(_l("创建时间"), auto_now_add=True)
    expires_at = models.DateTimeField(_l("有效期至"))
    revoked_at = models.DateTimeField(_l("吊销时间"), null=True, blank=True)
    last_used_at = models.DateTimeField(_l("最近使用"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("接口密钥")

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"


class SignIn(models.Model):
    """登录记录。An attempt to sign in, or a sign-out; append-only by trigger."""

    class Outcome(models.TextChoices):
        OK = "ok", _l("成功")
        FAILED = "failed", _l("失败")
        LOCKED = "locked", _l("已锁定")
        OUT = "out", _l("退出")
        RELEASED = "released", _l("解除锁定")

    at = models.DateTimeField(_l("时间"), db_index=True)
    username = models.CharField(_l("登录名"), max_length=64, db_index=True)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", verbose_name=_l("账号"))
    outcome = models.CharField(_l("结果"), max_length=8, choices=Outcome)
    method = models.CharField(_l("方式"), max_length=20, blank=True)
    address = models.GenericIPAddressField(_l("来源地址"), null=True)
    agent = models.CharField(_l("浏览器"), max_length=300, blank=True)
    request_id = models.CharField(_l("请求编号"), max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("登录记录")
        ordering = ("-at",)
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.username} {self.outcome}"


class PersonalLook(models.Model):
    """个人信息查看记录。Somebody had masked personal data shown in the clear, for a reason; append-only by trigger."""

    at = models.DateTimeField(_l("时间"), db_index=True)
    actor = models.CharField(_l("查看人"), max_length=120)
    account = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+", verbose_name=_l("账号"))
    kind = models.CharField(_l("内容"), max_length=60)
    subject = models.CharField(_l("对象"), max_length=80, db_index=True)
    reason = models.CharField(_l("事由"), max_length=200)
    address = models.GenericIPAddressField(_l("来源地址"), null=True)
    request_id = models.CharField(_l("请求编号"), max_length=40, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("个人信息查看记录")
        ordering = ("-at", "-pk")
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.actor} {self.kind} {self.subject}"


class UsedPassword(models.Model):
    """用过的密码。The hash of a password an account has had, so that it does not come back; append-only by trigger."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="used_passwords", verbose_name=_l("账号"))
    password = models.CharField(_l("密码摘要"), max_length=128)
    at = models.DateTimeField(_l("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("用过的密码")
        ordering = ("-at", "-pk")
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.account_id} {self.at:%Y-%m-%d}"
