"""Input shapes of the pages of the replacement campaign."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from yunshu.domains.operations.asset_forms import day, text
from yunshu.domains.operations.choices import CHOOSE
from yunshu.domains.operations.models.exceptions import Compatibility
from yunshu.domains.operations.rules import campaign as rules
from yunshu.domains.operations.services.campaigns import MOST_TERMINALS, CampaignSpec

Choices = Sequence[tuple[str, Any]]


class CampaignForm(forms.Form):
    """A campaign at its plan."""

    org = forms.ChoiceField(label=_("牵头单位"))
    name = forms.CharField(label=_("任务名称"), max_length=80)
    planned_on = forms.DateField(label=_("基数日期"), required=False, widget=day())
    dual_run_days = forms.IntegerField(
        label=_("双轨运行天数"), min_value=0, max_value=365, initial=0, help_text=_("签收后旧机保留这么多天才回收。")
    )
    contract = forms.CharField(label=_("合同编号"), max_length=40, required=False)
    source = forms.CharField(label=_("依据"), max_length=300, required=False)

    def __init__(self, *args: Any, orgs: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["org"].choices = orgs  # type: ignore[attr-defined]

    @property
    def spec(self) -> CampaignSpec:
        """What was entered, without the organisation."""
        return CampaignSpec(**{name: value for name, value in self.cleaned_data.items() if name != "org"})


class UnitsForm(forms.Form):
    """Units to put on the list, one a line."""

    lines = forms.CharField(
        label=_("单位"),
        widget=text(10),
        max_length=20_000,
        help_text=_("一行一个：机构编码或名称；知道终端数的，在逗号后写数字，例如“示例局,12”。"),
    )


class FreezeForm(forms.Form):
    """The day of the base; with units ``unlisted``, that it is frozen all the same."""

    planned_on = forms.DateField(label=_("基数日期"), widget=day())
    accept_unlisted = forms.BooleanField(label=_("清单待补的单位仍然计入基数，照此锁定"), required=False)

    def __init__(self, *args: Any, unlisted: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not unlisted:
            del self.fields["accept_unlisted"]


class AnnounceForm(forms.Form):
    """How many terminals a unit has."""

    announced = forms.IntegerField(
        label=_("应替代终端数"),
        required=False,
        min_value=0,
        max_value=MOST_TERMINALS,
        help_text=_("不知道的留空，显示为“待补”。"),
    )
    contact = forms.CharField(label=_("联系人"), max_length=80, required=False)


class PlanForm(forms.Form):
    """Terminals to list."""

    amount = forms.IntegerField(label=_("增加终端数"), min_value=1, max_value=MOST_TERMINALS)
    place = forms.CharField(label=_("岗位或地点"), max_length=120, required=False)


class ArriveForm(forms.Form):
    """New machines of a unit."""

    assets = forms.CharField(
        label=_("到货终端"),
        widget=text(4),
        max_length=20_000,
        help_text=_("一行一个资产编号或序列号；按顺序配给待到货的终端。"),
    )
    on = forms.DateField(label=_("到货日期"), widget=day())


class StepForm(forms.Form):
    """A step of several terminals. ``possible``: with how many of those on the page each verb could be taken now.

    Only these are offered; any verb of the bureau is read, so that the service says why what was possible is not any more.
    """

    verb = forms.ChoiceField(label=_("步骤"))
    on = forms.DateField(label=_("发生日期"), widget=day())
    reason = forms.CharField(
        label=_("说明"),
        max_length=300,
        required=False,
        help_text=_("退回、没有旧机、清除数据和处置须填写；清除数据写明方式和记录编号。"),
    )

    def __init__(self, *args: Any, possible: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        verbs = {s.verb: s.name for s in rules.WAY.steps if s.verb not in {"arrive", *rules.UNIT_VERBS}}
        self.fields["verb"].choices = [(verb, _t(name)) for verb, name in verbs.items()]  # type: ignore[attr-defined]
        offered = [
            (verb, _t("%(step)s（%(n)s 台可以）") % {"step": _t(name), "n": possible[verb]})
            for verb, name in verbs.items()
            if verb in possible
        ]
        self.fields["verb"].widget.choices = [CHOOSE, *offered]


class OldForm(forms.Form):
    """Which old machine a terminal replaces."""

    asset = forms.CharField(label=_("旧机资产编号或序列号"), max_length=60, required=False)


class SignForm(forms.Form):
    """A person of the unit signs; by a key where one ``has_key``."""

    received_on = forms.DateField(label=_("领用日期"), widget=day())
    signature = forms.CharField(
        label=_("SM2 签名"),
        required=False,
        max_length=400,
        widget=text(3),
        help_text=_("把上面的内容用您的 SM2 私钥签名，粘贴十六进制的签名值。"),
    )

    def __init__(self, *args: Any, has_key: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_key:
            del self.fields["signature"]


class GiveBackForm(forms.Form):
    """The unit gives machines back."""

    on = forms.DateField(label=_("退回日期"), widget=day())
    reason = forms.CharField(label=_("退回原因"), max_length=300)


class ExceptionForm(forms.Form):
    """A terminal that keeps its old machine for a time."""

    terminal = forms.ChoiceField(label=_("终端"), required=False)
    reason = forms.CharField(label=_("理由"), max_length=500, widget=text())
    expires_on = forms.DateField(label=_("到期日期"), widget=day())

    def __init__(self, *args: Any, terminals: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["terminal"].choices = [("", _("整个单位")), *terminals]  # type: ignore[attr-defined]


class ChangeForm(forms.Form):
    """A change of a frozen base: so many more, or these fewer."""

    kind = forms.ChoiceField(label=_("变更类型"), choices=[(rules.ADD, _("增加终端")), (rules.REMOVE, _("减少终端"))])
    amount = forms.IntegerField(label=_("增加几台"), required=False, min_value=0, max_value=MOST_TERMINALS)
    terminals = forms.MultipleChoiceField(label=_("减少哪些终端"), required=False, widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(label=_("变更理由"), max_length=500, widget=text())

    def __init__(self, *args: Any, terminals: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["terminals"].choices = terminals  # type: ignore[attr-defined]


class CheckForm(forms.Form):
    """Something a unit works with."""

    kind = forms.ChoiceField(label=_("类别"), choices=[CHOOSE, *Compatibility.Kind.choices])
    name = forms.CharField(label=_("名称"), max_length=80)
    version = forms.CharField(label=_("版本"), max_length=40, required=False)
    result = forms.ChoiceField(label=_("测试结果"), choices=[CHOOSE, *Compatibility.Result.choices])
    note = forms.CharField(label=_("说明"), max_length=300, required=False)


class KeyForm(forms.Form):
    """A person's key, with the fingerprint that was compared."""

    person = forms.CharField(label=_("人员编号"), max_length=40)
    public_key = forms.CharField(
        label=_("公钥"), max_length=400, widget=text(3), help_text=_("04 开头的 130 位十六进制。")
    )
    fingerprint = forms.CharField(
        label=_("指纹"), max_length=60, help_text=_("由本人念出、您录入；与公钥算出的一致才登记。")
    )


class DayForm(forms.Form):
    """How a campaign stood: at the end of a day, as known on a day."""

    on = forms.DateField(label=_("截至"), required=False, widget=day())
    known = forms.DateField(label=_("只计此日以前登记的"), required=False, widget=day())

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = today

    def clean_on(self) -> date | None:
        """Refuse a day that has not come: nobody knows how it will stand."""
        on: date | None = self.cleaned_data["on"]
        if on is not None and on > self._today:
            raise forms.ValidationError(_("截至日期不能晚于今天。"), code="date_ahead")
        return on


def month_ends(first: date, last: date, most: int = 12) -> list[date]:
    """Return the last days of the months from ``first`` to ``last``, ``last`` itself at the end; the newest ``most``."""
    days = [last]
    year, month = last.year, last.month
    while len(days) < most:
        turn = date(year, month, 1)
        if turn <= first:
            break
        days.append(date.fromordinal(turn.toordinal() - 1))
        year, month = days[-1].year, days[-1].month
    return days[::-1]
