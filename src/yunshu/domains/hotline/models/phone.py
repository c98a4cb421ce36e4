"""Lists of the telephones: skills and who has them, queues, telephones, reasons, numbers to hand a call over to."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Person
from yunshu.domains.hotline.models.lists import Listed

DIALLABLE = RegexValidator(r"^[0-9+*#]{2,32}$", _l("号码只能包含数字以及 + * #。"))


@pghistory.track()
class Skill(Listed):
    """座席技能. What a caller may need of an agent: a dialect, a business (国办函〔2025〕66号)."""

    class Meta(Listed.Meta):
        verbose_name = verbose_name_plural = _l("座席技能")


@pghistory.track()
class AgentSkill(models.Model):
    """技能分配. Which agent has which skill; counted from the next sign-in."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_l("座席"))
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="agents", verbose_name=_l("座席技能"))

    class Meta:
        verbose_name = verbose_name_plural = _l("技能分配")
        constraints = [models.UniqueConstraint(name="hotline_agent_skill_once", fields=["person", "skill"])]

    def __str__(self) -> str:
        return f"{self.person_id} {self.skill_id}"


def _codes(label: object, **more: object) -> ArrayField:  # type: ignore[type-arg]
    return ArrayField(models.CharField(max_length=40), verbose_name=label, default=list, blank=True, **more)  # type: ignore[arg-type]


@pghistory.track()
class CallQueue(models.Model):
    """话务队列. Which calls wait together, what they need, who else may serve after a while. No menu leads here: the number dialled does."""

    code = models.SlugField(_l("代码"), max_length=40, unique=True)
    name = models.CharField(_l("名称"), max_length=80)
    numbers = ArrayField(
        models.CharField(max_length=32),
        verbose_name=_l("被叫号码"),
        default=list,
        blank=True,
        help_text=_l("拨这些号码的来电进入本队列，以逗号分隔；空：其余来电；-：只能由座席转入。"),
    )
    skills = _codes(_l("所需技能"), help_text=_l("座席技能的代码，以逗号分隔，须全部具备；空：所有座席。"))
    priority = models.PositiveSmallIntegerField(_l("优先级"), default=0, help_text=_l("大的先接。"))
    overflow_after = models.PositiveIntegerField(
        _l("溢出（秒）"), default=0, help_text=_l("等待多久后溢出；0：不溢出。")
    )
    overflow_skills = _codes(_l("溢出后所需技能"), help_text=_l("空：溢出到所有座席。"))
    ring_seconds = models.PositiveIntegerField(_l("振铃时限（秒）"), default=15)
    announce_seconds = models.PositiveIntegerField(_l("等待提示间隔（秒）"), default=30)
    callback_minutes = models.PositiveIntegerField(
        _l("回拨时限（分钟）"), default=60, help_text=_l("未接通的来电多久内回拨。")
    )
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("话务队列")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="hotline_queue_seconds", condition=Q(ring_seconds__gte=5, announce_seconds__gte=5)
            )
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Telephone(models.Model):
    """座席话机. Where agents may sign in; ``address`` as the switch dials it."""

    code = models.SlugField(_l("分机号"), max_length=20, unique=True)
    name = models.CharField(_l("位置"), max_length=80)
    address = models.CharField(
        _l("话机地址"),
        max_length=120,
        unique=True,
        validators=[RegexValidator(r"^[0-9A-Za-z:/@._+-]{2,120}$", _l("话机地址只能包含字母、数字和 : / @ . _ + -。"))],
        help_text=_l("内置 SIP：sip:8001@10.0.0.5:5060；Asterisk：PJSIP/8001；FreeSWITCH：user/8001。"),
    )
    is_active = models.BooleanField(_l("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("座席话机")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@pghistory.track()
class BreakReason(Listed):
    """小休事由. Why an agent takes no calls for a while."""

    class Meta(Listed.Meta):
        verbose_name = verbose_name_plural = _l("小休事由")


@pghistory.track()
class CallReason(Listed):
    """不建工单事由. Why a call that was answered needs no ticket."""

    class Meta(Listed.Meta):
        verbose_name = verbose_name_plural = _l("不建工单事由")


@pghistory.track()
class TransferTarget(Listed):
    """转接号码. To whom a call can be handed over with one click: the emergency lines first (国办函〔2025〕66号)."""

    number = models.CharField(_l("号码"), max_length=32, validators=[DIALLABLE])
    is_emergency = models.BooleanField(_l("紧急电话"), default=False, help_text=_l("在通话条上置顶，一键三方通话。"))

    class Meta(Listed.Meta):
        verbose_name = verbose_name_plural = _l("转接号码")
        ordering = ["-is_emergency", "code"]
