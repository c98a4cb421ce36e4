"""Input shapes of the pages of quality checks."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yunshu.domains.hotline.choices_roster import Subject
from yunshu.domains.hotline.forms import CHOOSE, ChoosingForm, text
from yunshu.domains.hotline.forms_roster import day_field


class DrawForm(ChoosingForm):
    """By which plan, of which week."""

    plan = forms.ChoiceField(label=_("抽检方案"))
    monday = day_field(_("哪一周"))


class CallCheckForm(forms.Form):
    """Which call of whom."""

    call = forms.CharField(label=_("通话编号"), max_length=40)
    person_number = forms.CharField(label=_("座席人员编号"), max_length=40)


class MarksForm(forms.Form):
    """Points for each item of a score form, a tick for each veto that failed."""

    def __init__(self, *args: Any, items: Iterable[Any], closing: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(items)
        for item in self.lines:
            if item.is_veto:
                self.fields[f"veto_{item.pk}"] = forms.BooleanField(
                    label=_("否决：%(name)s") % {"name": item.name}, required=False, help_text=item.guide
                )
                continue
            label = _("%(name)s（%(points)s 分）") % {"name": item.name, "points": item.points}
            self.fields[f"item_{item.pk}"] = forms.IntegerField(
                label=label, min_value=0, max_value=item.points, help_text=item.guide
            )
        self.fields["words"] = text(closing or _("质检意见"), 3, most=1000, required=bool(closing))

    def points(self) -> dict[int, int]:
        """Return points by item."""
        return {item.pk: self.cleaned_data[f"item_{item.pk}"] for item in self.lines if not item.is_veto}

    def failed(self) -> frozenset[int]:
        """Return the veto items that failed."""
        return frozenset(item.pk for item in self.lines if item.is_veto and self.cleaned_data[f"veto_{item.pk}"])


class AppealForm(forms.Form):
    """Why the score is wrong."""

    words = text(_("申诉理由"), 3, most=1000)


class UpholdForm(forms.Form):
    """Why the score is right."""

    words = text(_("裁定意见"), 3, most=1000)


class NewForm(forms.Form):
    """A new score form, or a new version of one."""

    code = forms.SlugField(label=_("代码"), max_length=30)
    name = forms.CharField(label=_("名称"), max_length=60)
    subject = forms.ChoiceField(label=_("质检对象"), choices=[CHOOSE, *Subject.choices])


class LinesForm(forms.Form):
    """The items of a draft, one a line: name | points | guide; 0 points is a veto."""

    lines = forms.CharField(
        label=_("评分项"),
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("每行一项：名称 | 分值 | 评分说明。分值写 0 是一票否决。例如：要素齐全 | 30 | 缺一项扣 8 分"),
    )

    def clean_lines(self) -> list[tuple[str, int, str]]:
        """Return (name, points, guide) of each line."""
        out = []
        for n, line in enumerate(self.cleaned_data["lines"].splitlines(), start=1):
            if not line.strip():
                continue
            name, _bar, rest = line.replace("｜", "|").partition("|")
            points, _bar, guide = rest.partition("|")
            if not points.strip().isdigit():
                raise forms.ValidationError(_("第 %(n)s 行没有分值，请写成：名称 | 分值 | 说明。") % {"n": n})
            out.append((name.strip(), int(points), guide.strip()))
        return out
