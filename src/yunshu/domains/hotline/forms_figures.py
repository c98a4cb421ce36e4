"""Input shapes of the pages of figures."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yunshu.domains.hotline.choices import Adjudication
from yunshu.domains.hotline.choices_figures import ReportKind
from yunshu.domains.hotline.forms import CHOOSE, ChoosingForm, text


class JudgementForm(forms.Form):
    """Why a caller's "no" shall not count."""

    ground = forms.ChoiceField(label=_("认定情形"), choices=[CHOOSE, *(c for c in Adjudication.choices if c[0])])
    reason = text(_("理由和依据"), 4, most=1000, help_text=_("写明法律法规条款或查证情况；由另一人审批，结果存证。"))


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))


class ReportForm(ChoosingForm):
    """Which report."""

    org = forms.ChoiceField(label=_("编制单位"))
    kind = forms.ChoiceField(
        label=_("类别"), choices=ReportKind.choices, help_text=_("日报、周报、月报按开始日期所在的日、周、月统计。")
    )
    starts_on = _day(_("开始日期"))
    ends_on = forms.DateField(
        label=_("结束日期"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("只有专题报告需要。"),
    )
    title = forms.CharField(label=_("标题"), max_length=120, required=False, help_text=_("留空则自动命名。"))
    unit = forms.ChoiceField(label=_("承办单位"), required=False)
    division = forms.ChoiceField(label=_("辖区"), required=False)
    category = forms.ChoiceField(label=_("诉求分类"), required=False)
    channel = forms.ChoiceField(label=_("来源渠道"), required=False)
