"""Input shapes of schemes and assessments."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from yunshu.domains.inspection.choices import Check
from yunshu.domains.inspection.choices_schemes import AssessmentKind, AssessmentScope, Certainty, ObjectKind, Part
from yunshu.domains.inspection.rules.schemes import Written

Choices = Sequence[tuple[str, Any]]
CHOOSE = ("", _("请选择"))
DATE = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class CopyForm(forms.Form):
    """A draft made from a version."""

    scheme = forms.ChoiceField(label=_("检查方案"), help_text=_("一般为原方案；也可以复制给另一个方案作起草底稿。"))
    name = forms.CharField(label=_("版本名称"), max_length=80, help_text=_("例如 2027 年版。"))
    source = forms.CharField(label=_("出处"), max_length=200, help_text=_("发文字号或会议纪要。"))
    note = forms.CharField(label=_("说明"), required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, schemes: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scheme"].choices = list(schemes)  # type: ignore[attr-defined]


class PublishForm(forms.Form):
    """From when a version is in force."""

    valid_from = forms.DateField(label=_("施行日期"), widget=DATE)


class IndicatorForm(forms.Form):
    """An indicator; the formula is JSON, as the guide explains."""

    code = forms.RegexField(r"^[A-Za-z0-9-]{1,12}$", label=_("指标编号"), help_text=_("字母和数字，例如 D19。"))
    part = forms.ChoiceField(label=_("指标类别"), choices=Part.choices)
    group = forms.CharField(label=_("指标分组"), max_length=40)
    name = forms.CharField(label=_("指标名称"), max_length=80)
    points = forms.DecimalField(
        label=_("分值"), min_value=0, max_digits=5, decimal_places=2, help_text=_("单项否决指标填 0。")
    )
    applies_to = forms.MultipleChoiceField(
        label=_("适用对象"), choices=ObjectKind.choices, widget=forms.CheckboxSelectMultiple
    )
    needs_duty = forms.BooleanField(label=_("仅用于承担公共服务职能的网站"), required=False)
    text = forms.CharField(label=_("指标内容"), widget=forms.Textarea(attrs={"rows": 3}))
    checks = forms.MultipleChoiceField(
        label=_("检查项"), choices=Check.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    formula = forms.JSONField(
        label=_("计分公式"),
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_(
            '例如 {"kind": "per_finding", "points": "0.05"}；类型有 veto、per_finding、flat、steps、manual、award，写法见用户指南。'
        ),
    )
    certainty = forms.ChoiceField(label=_("核实情况"), choices=Certainty.choices)
    source = forms.CharField(label=_("出处"), max_length=200, required=False)

    def written(self) -> Written:
        """Return what was filled in."""
        words = self.cleaned_data
        lists = {name: tuple(words[name]) for name in ("applies_to", "checks")}
        return Written(**{**words, **lists})


def initial_of(row: Written) -> dict[str, Any]:
    """Return what the form of an indicator shows first."""
    fields = ("code", "part", "group", "name", "points", "needs_duty", "text", "certainty", "source")
    words = {name: getattr(row, name) for name in fields}
    words |= {"applies_to": list(row.applies_to), "checks": list(row.checks)}
    return {**words, "formula": json.loads(json.dumps(row.formula, default=str))}


class AssessmentForm(forms.Form):
    """What is assessed, when, by which versions."""

    name = forms.CharField(label=_("考评名称"), max_length=80, help_text=_("例如 2027 年第一季度检查。"))
    kind = forms.ChoiceField(label=_("考评周期"), choices=AssessmentKind.choices)
    scope = forms.ChoiceField(label=_("考评范围"), choices=AssessmentScope.choices)
    org = forms.ChoiceField(label=_("组织单位"))
    unit = forms.ChoiceField(label=_("被考评单位"), required=False, help_text=_("范围为一个单位时填写。"))
    starts_on = forms.DateField(label=_("起始日期"), widget=DATE)
    ends_on = forms.DateField(label=_("截止日期"), widget=DATE)
    versions = forms.MultipleChoiceField(label=_("指标版本"), widget=forms.CheckboxSelectMultiple)
    counts_mended = forms.BooleanField(
        label=_("期内已整改的问题也计入"), required=False, initial=True, help_text=_("预评估只计未整改的问题。")
    )

    def __init__(self, *args: Any, orgs: Choices, versions: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["org"].choices = list(orgs)  # type: ignore[attr-defined]
        self.fields["unit"].choices = [CHOOSE, *orgs]  # type: ignore[attr-defined]
        self.fields["versions"].choices = list(versions)  # type: ignore[attr-defined]


class GrantForm(forms.Form):
    """A bonus granted to a site."""

    target = forms.ChoiceField(label=_("加分指标"))
    site = forms.ChoiceField(label=_("政府网站"))
    points = forms.DecimalField(label=_("加分"), min_value=Decimal(0), max_digits=5, decimal_places=2)
    words = forms.CharField(label=_("认定理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, targets: Choices, sites: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].choices = [CHOOSE, *targets]  # type: ignore[attr-defined]
        self.fields["site"].choices = [CHOOSE, *sites]  # type: ignore[attr-defined]

    def clean_target(self) -> tuple[str, str]:
        """Return the version's number and the indicator's code."""
        version, _sep, code = str(self.cleaned_data["target"]).partition(" ")
        if not code:
            raise forms.ValidationError(_t("请选择加分指标。"))
        return version, code
