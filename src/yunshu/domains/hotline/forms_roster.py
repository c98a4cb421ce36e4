"""Input shapes of the roster's pages."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from yunshu.domains.hotline.choices_roster import LeaveKind
from yunshu.domains.hotline.forms import CHOOSE, ChoosingForm
from yunshu.domains.hotline.rules.roster import SLOT_MINUTES, SLOTS

WEEKDAYS = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))


FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
"""Days on which somebody can be on duty; beyond them an address or a form is mistyped."""


def day_field(label: Any) -> forms.DateField:
    """Return a field of a day."""
    bounds = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget, validators=bounds)


class DutyForm(ChoosingForm):
    """Who sits when."""

    person_id = forms.TypedChoiceField(label=_("人员"), coerce=int)
    on = day_field(_("日期"))
    shift = forms.ChoiceField(label=_("班次"))
    skills = forms.MultipleChoiceField(
        label=_("服务技能"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("不选：按该人员登记的全部技能。"),
    )


class SwapForm(ChoosingForm):
    """Which turn for which."""

    mine = forms.TypedChoiceField(label=_("我的班"), coerce=int)
    theirs = forms.TypedChoiceField(label=_("想换的班"), coerce=int)
    words = forms.CharField(label=_("理由"), max_length=300, required=False)


class LeaveForm(forms.Form):
    """From when to when."""

    kind = forms.ChoiceField(label=_("类别"), choices=[CHOOSE, *LeaveKind.choices])
    starts_on = day_field(_("从"))
    ends_on = day_field(_("到"))
    words = forms.CharField(label=_("说明"), max_length=300, required=False)


class BasisForm(forms.Form):
    """What staffing is computed with."""

    handling_s = forms.IntegerField(
        label=_("平均处理时长（秒）"), min_value=10, max_value=7200, help_text=_("通话加事后整理。")
    )
    within_s = forms.IntegerField(
        label=_("接听时限（秒）"), min_value=0, max_value=300, help_text=_("GB/T 33358-2016：15 秒。")
    )
    share_percent = forms.IntegerField(
        label=_("接听目标（%）"), min_value=50, max_value=99, help_text=_("在时限内接起的比例。")
    )
    shrinkage_percent = forms.IntegerField(
        label=_("损耗率（%）"), min_value=0, max_value=80, help_text=_("在班但不在电话前：休息、培训、开会。")
    )
    occupancy_percent = forms.IntegerField(label=_("最高利用率（%）"), min_value=30, max_value=100)


class CountForm(forms.Form):
    """From how many weeks."""

    weeks = forms.IntegerField(label=_("统计最近几周"), min_value=1, max_value=26, initial=8)


class VolumeForm(forms.Form):
    """Calls in each half hour of some weekdays."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("适用于"), coerce=int, choices=list(enumerate(WEEKDAYS)), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for slot in range(SLOTS):
            label = f"{slot // 2:02}:{slot % 2 * SLOT_MINUTES:02}"
            self.fields[f"slot_{slot}"] = forms.FloatField(
                label=label,
                min_value=0,
                max_value=100_000,
                required=False,
                widget=forms.NumberInput(attrs={"step": "any"}),
            )

    @property
    def slots(self) -> list[Any]:
        """The fields of half hours."""
        return [self[f"slot_{slot}"] for slot in range(SLOTS)]

    def calls(self) -> dict[int, float]:
        """Return what was entered and is more than none."""
        found = {slot: self.cleaned_data.get(f"slot_{slot}") or 0.0 for slot in range(SLOTS)}
        return {slot: count for slot, count in found.items() if count > 0}
