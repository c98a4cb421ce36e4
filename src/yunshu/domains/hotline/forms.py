"""Input shapes of the hotline's pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yunshu.domains.files import api as files
from yunshu.domains.hotline.choices import MOST_STARS, Adjudication, Channel, Kind, Reached, Urgency
from yunshu.lib.ui.fields import FilesField

Choices = Sequence[tuple[str, Any]]
CHOOSE = ("", _("请选择"))
STARS = [("", _("请选择")), *((str(n), _("%(n)s 分") % {"n": n}) for n in range(MOST_STARS, 0, -1))]
MOST_PARTS = 4
MOST_CHARACTERS = 4000


def text(label: Any, rows: int = 3, *, most: int = MOST_CHARACTERS, **more: Any) -> forms.CharField:
    """Return a field of several lines."""
    return forms.CharField(label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), **more)


def _moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    return forms.DateTimeField(label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


def _files(label: Any) -> FilesField:
    return FilesField(
        label=label, required=False, accept=files.ACCEPT, help_text=_("照片、文件；以摘要存证，不能替换。")
    )


class ChoosingForm(forms.Form):
    """A form whose choices come from what there is: ``choosing`` by field."""

    def __init__(self, *args: Any, choosing: Mapping[str, Choices] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (choosing or {}).items():
            field = self.fields.get(name)
            if isinstance(field, forms.ChoiceField):
                field.choices = list(choices)


class RegisterForm(ChoosingForm):
    """What an agent writes down while the caller speaks."""

    desk = forms.ChoiceField(label=_("热线机构"))
    channel = forms.ChoiceField(label=_("来源渠道"), choices=Channel.choices, initial=Channel.PHONE.value)
    kind = forms.ChoiceField(label=_("诉求类型"), choices=[CHOOSE, *Kind.choices])
    urgency = forms.ChoiceField(
        label=_("紧急程度"),
        choices=Urgency.choices,
        initial=Urgency.NORMAL.value,
        help_text=_("燃气泄漏、火情、轻生等请立即转 110、119、120。"),
    )
    title = forms.CharField(label=_("标题"), max_length=100, help_text=_("一句话，例如：榕华大道路灯不亮。"))
    content = text(_("诉求内容"), 5, help_text=_("何时、何地、何事、要求。不要写入诉求人的姓名和电话。"))
    category = forms.ChoiceField(label=_("诉求分类"), required=False)
    division = forms.ChoiceField(label=_("所在县（市、区）"), required=False)
    street = forms.CharField(label=_("镇街"), max_length=60, required=False)
    address = forms.CharField(label=_("地址"), max_length=200, required=False)
    name = forms.CharField(label=_("诉求人姓名"), max_length=60, required=False)
    phone = forms.CharField(
        label=_("联系电话"), max_length=20, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    accused = forms.ChoiceField(
        label=_("被投诉单位"), required=False, help_text=_("填写后，该单位及其下级不能承办本工单。")
    )
    source_number = forms.CharField(label=_("来源单号"), max_length=60, required=False)
    is_confidential = forms.BooleanField(
        label=_("身份保密"), required=False, help_text=_("举报一律保密：身份单独加密，查看须两人审批并留痕。")
    )
    attachments = _files(_("附件"))


class DispatchForm(ChoosingForm):
    """To whom a ticket goes."""

    unit = forms.ChoiceField(label=_("主办单位"))
    assists = forms.MultipleChoiceField(label=_("协办单位"), required=False, help_text=_("按住 Ctrl 可选多个。"))
    rule = forms.ChoiceField(label=_("派单目录条目"), required=False)
    words = text(_("派单意见"), 2, most=500, required=False)


class StepForm(forms.Form):
    """A verb and its reason."""

    verb = forms.CharField(max_length=20)
    reason = forms.CharField(max_length=1000, required=False)


class WordsForm(forms.Form):
    """Words only."""

    words = text(_("内容"), 4)


class AnswerForm(forms.Form):
    """A direct answer."""

    words = text(_("答复内容"), 5, help_text=_("诉求人会看到这段话。"))


class ReasonForm(forms.Form):
    """A reason."""

    reason = text(_("理由"), 2, most=1000)


class NoteForm(forms.Form):
    """What was heard further."""

    words = text(_("补充情况"), 3, help_text=_("只有工作人员看得到；诉求人只看到“已补充情况”。"))
    attachments = _files(_("附件"))


class RejectForm(ChoosingForm):
    """Why it is not accepted."""

    ground = forms.ChoiceField(label=_("不予受理情形"))
    reason = text(_("说明"), 2, most=1000, required=False)


class ObjectionForm(ChoosingForm):
    """Why it is not one's own."""

    reason = forms.ChoiceField(label=_("退单事由"))
    words = text(_("理由"), 3, most=1000)
    basis = forms.CharField(
        label=_("依据"), max_length=300, help_text=_("法律法规条款、三定规定或权责清单的具体条目。")
    )
    proposed = forms.ChoiceField(label=_("建议承办单位"), required=False)
    attachments = _files(_("佐证材料"))


class ExtensionForm(forms.Form):
    """How much longer."""

    amount = forms.IntegerField(
        label=_("延长"), min_value=1, max_value=365, help_text=_("单位与原时限相同；只能一次，不超过原时限。")
    )
    reason = text(_("理由"), 2, most=1000)


class PauseForm(ChoosingForm):
    """Why the clock should stand still."""

    ground = forms.ChoiceField(label=_("挂起事由"))
    until = forms.DateField(label=_("预计恢复日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    reason = text(_("理由"), 2, most=1000, help_text=_("批准之前时钟照常计时；到期自动恢复。"))


class ReplyForm(forms.Form):
    """The unit's answer."""

    words = text(_("答复内容"), 5, help_text=_("逐项回应诉求，写明依据、措施、时间；诉求人会看到这段话。"))
    measures = text(_("办理经过"), 3, required=False)
    attachments = _files(_("附件"))


class ReviewForm(forms.Form):
    """Whether the answer will do."""

    passes = forms.ChoiceField(label=_("审核结论"), choices=[CHOOSE, ("1", _("通过")), ("0", _("退回重写"))])
    words = text(_("审核意见"), 2, most=1000, required=False, help_text=_("退回时必填。"))


class CallForm(forms.Form):
    """What the caller says of it."""

    reached = forms.ChoiceField(label=_("接通情况"), choices=[CHOOSE, *Reached.choices])
    solved = forms.ChoiceField(
        label=_("是否解决"), required=False, choices=[CHOOSE, ("1", _("已解决")), ("0", _("未解决"))]
    )
    result_score = forms.ChoiceField(label=_("结果满意度"), required=False, choices=STARS)
    process_score = forms.ChoiceField(label=_("过程满意度"), required=False, choices=STARS)
    adjudication = forms.ChoiceField(
        label=_("不纳入评价认定"),
        required=False,
        choices=Adjudication.choices,
        help_text=_("须有管理权限，并在下面写明理由。"),
    )
    words = text(_("诉求人意见"), 2, most=1000, required=False)


class MeetingForm(ChoosingForm):
    """Who is called together."""

    units = forms.MultipleChoiceField(label=_("参加单位"), help_text=_("按住 Ctrl 可选多个。"))
    reason = text(_("事由"), 2, most=1000)


class MergeForm(forms.Form):
    """Into which."""

    into = forms.CharField(label=_("并入的工单编号"), max_length=24)
    reason = text(_("理由"), 2, most=1000)


class SplitForm(ChoosingForm):
    """Up to four matters with their units."""

    reason = text(_("理由"), 2, most=1000)

    def __init__(self, *args: Any, choosing: Mapping[str, Choices] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = [CHOOSE, *(choosing or {}).get("unit", [])]
        for n in range(1, MOST_PARTS + 1):
            required = n <= MOST_PARTS // 2
            title = _("第 %(n)s 件事项") % {"n": n}
            self.fields[f"title_{n}"] = forms.CharField(label=title, max_length=100, required=required)
            unit = _("第 %(n)s 件承办单位") % {"n": n}
            self.fields[f"unit_{n}"] = forms.ChoiceField(label=unit, choices=units, required=required)

    def parts(self) -> list[tuple[str, str]]:
        """Return (unit, title) of every matter that was filled in."""
        data = self.cleaned_data
        pairs = [(data[f"unit_{n}"], data[f"title_{n}"]) for n in range(1, MOST_PARTS + 1)]
        return [(unit, title) for unit, title in pairs if unit or title]


class SuperviseForm(forms.Form):
    """A supervision letter."""

    requirement = text(_("督办要求"), 3, most=1000)
    due_at = _moment(_("反馈期限"))


class RegradeForm(ChoosingForm):
    """Another urgency."""

    urgency = forms.ChoiceField(label=_("紧急程度"), choices=Urgency.choices)
    reason = text(_("理由"), 2, most=1000, help_text=_("时限按新的紧急程度重算，起点和已停走的时间不变。"))


class AssignForm(ChoosingForm):
    """To whom in the unit."""

    person = forms.ChoiceField(label=_("承办人"))
