"""Input shapes of the pages of incidents, changes, duty and deductions."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yunshu.domains.files import api as files
from yunshu.domains.operations.choices import CHOOSE
from yunshu.domains.operations.incident_choices import (
    CauseKind,
    PauseGround,
    Priority,
    ProblemState,
    Risk,
    Tier,
)
from yunshu.lib.ui.fields import FilesField

Choices = Sequence[tuple[str, Any]]
MOST_IN_TURN = 12
IMPACTS = (
    (Priority.P2.value, _("整个系统不能用，或多个单位受影响")),
    (Priority.P3.value, _("部分功能不能用，或一个单位受影响")),
    (Priority.P4.value, _("只影响个别人，或有办法绕过")),
)


def _text(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _moment(label: Any, **more: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        **more,
    )


class ChoosingForm(forms.Form):
    """A form whose choices come from what the viewer may see: ``choosing`` by field."""

    def __init__(self, *args: Any, choosing: Mapping[str, Choices] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (choosing or {}).items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = list(choices)


class ReportForm(ChoosingForm):
    """A fault as a person sees it; made for a phone."""

    title = forms.CharField(label=_("故障现象"), max_length=120, help_text=_("一句话，例如：办公系统打不开。"))
    org = forms.ChoiceField(label=_("使用单位"))
    target = forms.ChoiceField(
        label=_("哪个系统或线路"), required=False, help_text=_("不确定可以不选。已有处置中的故障时，报告并入其中。")
    )
    priority = forms.ChoiceField(label=_("影响"), choices=IMPACTS, initial=Priority.P3.value, widget=forms.RadioSelect)
    happened_at = _moment(_("什么时候开始的"), required=False, help_text=_("不填为现在。"))
    description = forms.CharField(label=_("补充说明"), max_length=2000, required=False, widget=_text())
    contact = forms.CharField(
        label=_("联系电话"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )


class StepForm(forms.Form):
    """A verb and its reason."""

    verb = forms.CharField(max_length=20)
    reason = forms.CharField(max_length=1000, required=False)


class RestoreForm(forms.Form):
    """What was wrong, what was done."""

    cause_kind = forms.ChoiceField(label=_("原因类别"), choices=[CHOOSE, *CauseKind.choices])
    cause = forms.CharField(label=_("原因"), max_length=2000, widget=_text())
    action = forms.CharField(label=_("处置措施"), max_length=2000, widget=_text())
    attachments = FilesField(
        label=_("证据附件"),
        required=False,
        accept=files.ACCEPT,
        help_text=_("现场照片、截图、记录；以摘要存证，不能替换。"),
    )


class PauseForm(forms.Form):
    """Why the clocks should stand still."""

    ground = forms.ChoiceField(label=_("挂起事由"), choices=[CHOOSE, *PauseGround.choices])
    reason = forms.CharField(
        label=_("理由"), max_length=1000, widget=_text(2), help_text=_("批准之前时钟照常计时；不能由本人批准。")
    )


class ReviewForm(forms.Form):
    """A post-mortem."""

    course = forms.CharField(label=_("经过"), max_length=4000, widget=_text(4))
    root_cause = forms.CharField(label=_("根本原因"), max_length=4000, widget=_text(4))
    good = forms.CharField(label=_("做得好的"), max_length=2000, required=False, widget=_text(2))
    measures = forms.CharField(label=_("改进措施、负责人和期限"), max_length=4000, widget=_text(4))


class MergeForm(forms.Form):
    """Into which, and why."""

    into = forms.CharField(label=_("并入的故障编号"), max_length=24, help_text=_("须是受理更早、仍在处置的故障。"))
    reason = forms.CharField(label=_("理由"), max_length=500, widget=_text(2))


class GradeForm(forms.Form):
    """Another priority."""

    priority = forms.ChoiceField(label=_("优先级"), choices=Priority.choices)
    reason = forms.CharField(
        label=_("理由"), max_length=500, widget=_text(2), help_text=_("时限按新的优先级重算，起点和已停走的时间不变。")
    )


class AssignForm(ChoosingForm):
    """To whom."""

    person = forms.ChoiceField(label=_("转交给"), help_text=_("只列出有权处置的人员。"))


class NoteForm(forms.Form):
    """What was seen or done meanwhile."""

    words = forms.CharField(label=_("情况"), max_length=2000, widget=_text())
    attachments = FilesField(label=_("附件"), required=False, accept=files.ACCEPT)


class ChangeForm(ChoosingForm):
    """A maintenance window."""

    title = forms.CharField(label=_("变更事项"), max_length=120)
    org = forms.ChoiceField(label=_("申请单位"))
    starts_at = _moment(_("窗口开始"), help_text=_("须晚于现在，并在开始之前得到批准。"))
    ends_at = _moment(_("窗口结束"), help_text=_("超出窗口的时间按中断计。"))
    targets = forms.MultipleChoiceField(label=_("影响的对象"), widget=forms.SelectMultiple(attrs={"size": 8}))
    with_dependents = forms.BooleanField(label=_("一并包括依赖这些对象的全部对象"), required=False, initial=True)
    risk = forms.ChoiceField(label=_("风险"), choices=Risk.choices)
    reason = forms.CharField(label=_("变更理由"), max_length=2000, widget=_text(2))
    steps = forms.CharField(label=_("实施步骤"), max_length=4000, widget=_text())
    rollback = forms.CharField(label=_("回退方案"), max_length=2000, widget=_text(2))


class ProblemForm(ChoosingForm):
    """What is known of a problem."""

    title = forms.CharField(label=_("问题"), max_length=120)
    org = forms.ChoiceField(label=_("单位"))
    description = forms.CharField(label=_("情况说明"), max_length=4000, widget=_text())
    incidents = forms.CharField(
        label=_("相关故障编号"),
        max_length=2000,
        required=False,
        widget=_text(2),
        help_text=_("多个编号之间用空格分开。"),
    )
    state = forms.ChoiceField(label=_("状态"), choices=ProblemState.choices)
    root_cause = forms.CharField(label=_("根本原因"), max_length=4000, required=False, widget=_text())
    workaround = forms.CharField(label=_("临时办法"), max_length=2000, required=False, widget=_text(2))
    solution = forms.CharField(label=_("根除办法"), max_length=4000, required=False, widget=_text())
    change = forms.CharField(label=_("变更编号"), max_length=24, required=False)

    def clean_incidents(self) -> list[str]:
        """Return the numbers."""
        return str(self.cleaned_data["incidents"]).split()


class OrderField(forms.MultiValueField):
    """People one after another: a list of selects, empty ones are passed over; its value is the list of ids in their order."""

    def __init__(self, *, choices: Choices, **kwargs: Any) -> None:
        offered = [("", "—"), *choices]
        places = [forms.ChoiceField(choices=offered, required=False) for _place in choices[:MOST_IN_TURN]]
        names = [_("第 %(n)s 位") % {"n": n} for n, _place in enumerate(places, 1)]
        selects = [forms.Select(choices=offered, attrs={"aria-label": name}) for name in names]
        super().__init__(places, widget=InOrder(selects), require_all_fields=False, **kwargs)

    def compress(self, data_list: list[str]) -> list[int]:
        """Return the ids."""
        return [int(each) for each in data_list if each]


class InOrder(forms.MultiWidget):
    """The selects of an ``OrderField``."""

    def decompress(self, value: list[int] | None) -> list[int | None]:
        """Return what each select shows."""
        return [*(value or []), *[None] * len(self.widgets)][: len(self.widgets)]


class RotaForm(ChoosingForm):
    """Turns in a circle."""

    org = forms.ChoiceField(label=_("单位"))
    tier = forms.ChoiceField(label=_("班次"), choices=Tier.choices)
    first = forms.DateField(label=_("从哪天起"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    handover = forms.TimeField(
        label=_("交接班时间"), initial="09:00", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    days = forms.IntegerField(label=_("每轮几天"), min_value=1, max_value=60, initial=7)
    turns = forms.IntegerField(label=_("共几轮"), min_value=1, max_value=366, initial=12)

    field_order = ("org", "tier", "people")

    def __init__(self, *args: Any, able: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"] = OrderField(
            choices=able,
            label=_("值班人员"),
            help_text=_("按先后次序轮流，空着的跳过；只列出有权处置故障的人员。"),
        )
        self.order_fields(self.field_order)


class SwapForm(ChoosingForm):
    """Who takes over, from when to when."""

    person = forms.ChoiceField(label=_("请谁接班"))
    starts_at = _moment(_("从"))
    ends_at = _moment(_("到"))
    reason = forms.CharField(label=_("事由"), max_length=200)


class MonthForm(forms.Form):
    """A month."""

    month = forms.RegexField(
        regex=r"^\d{4}-(0[1-9]|1[0-2])$",
        label=_("月份"),
        widget=forms.TextInput(attrs={"type": "month", "placeholder": "2026-03"}),
    )


class DecisionForm(forms.Form):
    """Whether a deduction stands."""

    verb = forms.ChoiceField(choices=(("confirm", "confirm"), ("waive", "waive")))
    reason = forms.CharField(max_length=1000, required=False)
