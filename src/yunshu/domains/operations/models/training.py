"""The training register: sessions, who was invited, who signed in, the quiz."""

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.models import Org, Person
from yunshu.domains.operations.asset_choices import choices_of
from yunshu.domains.operations.models.assets import KEPT
from yunshu.domains.operations.models.common import APPEND_ONLY
from yunshu.domains.operations.models.targets import Target
from yunshu.domains.operations.rules import training as rules


@pghistory.track(exclude=["code"])
class Training(models.Model):
    """培训. One session; it counts as held only where somebody signed in (held by the database)."""

    number = models.CharField(_l("培训编号"), max_length=24, unique=True)
    title = models.CharField(_l("培训名称"), max_length=100)
    org = models.ForeignKey(Org, models.PROTECT, related_name="+", verbose_name=_l("举办单位"))
    system = models.ForeignKey(
        Target, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_l("信息系统")
    )
    scope = models.SlugField(_l("指标范围"), max_length=40, blank=True, db_index=True)
    starts_at = models.DateTimeField(_l("开始时间"))
    ends_at = models.DateTimeField(_l("结束时间"))
    place = models.CharField(_l("培训地点"), max_length=120, blank=True)
    trainer = models.CharField(_l("讲师"), max_length=80)
    content = models.TextField(_l("培训内容"), blank=True)
    code = models.CharField(_l("签到码"), max_length=10, unique=True)
    pass_mark = models.PositiveSmallIntegerField(_l("合格分"), default=60)
    state = models.CharField(_l("状态"), max_length=10, choices=choices_of(rules.STATES), default=rules.PLANNED)
    closed_by = models.CharField(_l("确认人"), max_length=80, blank=True)
    closed_at = models.DateTimeField(_l("确认时间"), null=True, blank=True)
    closing = models.CharField(_l("培训小结"), max_length=500, blank=True)
    created_by = models.CharField(_l("登记人"), max_length=80)
    created_at = models.DateTimeField(_l("登记时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("培训")
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="operations_training_period", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="operations_training_mark", condition=Q(pass_mark__lte=100)),
            models.CheckConstraint(
                name="operations_training_closed_whole",
                condition=Q(state="planned", closed_at__isnull=True)
                | (~Q(state="planned") & Q(closed_at__isnull=False) & ~Q(closed_by="")),
            ),
        ]
        triggers = [
            KEPT,
            pgtrigger.Trigger(
                name="held_with_evidence",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF NEW.state = 'held' AND NOT EXISTS (
                        SELECT 1 FROM operations_trainingsignin s JOIN operations_attendee a ON a.id = s.attendee_id
                         WHERE a.training_id = NEW.id)
                    THEN RAISE EXCEPTION 'a training without a sign-in was not held'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_training_evidence';
                    END IF;
                    IF TG_OP = 'UPDATE' THEN
                        IF OLD.state <> 'planned' THEN RAISE EXCEPTION 'a training is closed once'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_training_closed_once';
                        END IF;
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Attendee(models.Model):
    """培训人员. Somebody who was invited, or who came without."""

    training = models.ForeignKey(Training, models.PROTECT, related_name="attendees", verbose_name=_l("培训"))
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name=_l("人员"))
    name = models.CharField(_l("姓名"), max_length=60)
    org_name = models.CharField(_l("单位"), max_length=120, blank=True)
    invited = models.BooleanField(_l("在邀请名单"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _l("培训人员")
        ordering = ["training", "org_name", "name"]
        constraints = [
            models.UniqueConstraint(name="operations_attendee_once", fields=["training", "name", "org_name"]),
            models.UniqueConstraint(
                name="operations_attendee_person_once",
                fields=["training", "person"],
                condition=Q(person__isnull=False),
            ),
        ]
        triggers = [KEPT]

    def __str__(self) -> str:
        return self.name


class TrainingSignIn(models.Model):
    """培训签到. That somebody was there, from where it is known; append-only."""

    attendee = models.OneToOneField(Attendee, models.PROTECT, related_name="sign_in", verbose_name=_l("培训人员"))
    way = models.CharField(_l("签到方式"), max_length=6, choices=choices_of(rules.WAYS))
    by = models.CharField(_l("登记人"), max_length=80)
    at = models.DateTimeField(_l("签到时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("培训签到")
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return str(self.attendee)


class Question(models.Model):
    """测验题. One right answer of several; a quiz somebody has answered stays as it is."""

    training = models.ForeignKey(Training, models.PROTECT, related_name="questions", verbose_name=_l("培训"))
    ordinal = models.PositiveSmallIntegerField(_l("题号"))
    text = models.CharField(_l("题目"), max_length=300)
    options = ArrayField(models.CharField(max_length=200), verbose_name=_l("选项"), size=rules.MOST_OPTIONS)
    right = models.PositiveSmallIntegerField(_l("正确选项"))

    class Meta:
        verbose_name = verbose_name_plural = _l("测验题")
        ordering = ["training", "ordinal"]
        constraints = [
            models.UniqueConstraint(name="operations_question_once", fields=["training", "ordinal"]),
            models.CheckConstraint(name="operations_question_options", condition=Q(options__len__gte=2)),
            models.CheckConstraint(
                name="operations_question_right", condition=Q(right__gte=1) & Q(right__lte=F("options__len"))
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="before_answers",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                declare=[("which", "bigint")],
                func="""
                    IF TG_OP = 'DELETE' THEN which := OLD.training_id; ELSE which := NEW.training_id; END IF;
                    IF EXISTS (SELECT 1 FROM operations_quizpaper q JOIN operations_attendee a ON a.id = q.attendee_id
                        WHERE a.training_id = which)
                    THEN RAISE EXCEPTION 'the quiz has been answered'
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'operations_question_unanswered';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.text


class QuizPaper(models.Model):
    """测验答卷. What somebody answered and the points for it; append-only."""

    attendee = models.OneToOneField(Attendee, models.PROTECT, related_name="paper", verbose_name=_l("培训人员"))
    answers = models.JSONField(_l("答案"))
    mark = models.PositiveSmallIntegerField(_l("得分"))
    at = models.DateTimeField(_l("提交时间"))

    class Meta:
        verbose_name = verbose_name_plural = _l("测验答卷")
        constraints = [models.CheckConstraint(name="operations_paper_mark", condition=Q(mark__lte=100))]
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.attendee} {self.mark}"
