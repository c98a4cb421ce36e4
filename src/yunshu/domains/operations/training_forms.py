"""Input shapes of the pages of tests and trainings."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yunshu.domains.files import api as files
from yunshu.domains.operations.asset_choices import choices_of
from yunshu.domains.operations.asset_forms import text as area
from yunshu.domains.operations.rules import testing
from yunshu.domains.operations.services.testing import CaseSpec, PlanSpec, RunSpec
from yunshu.domains.operations.services.trainings import TrainingSpec
from yunshu.lib.ui.fields import FilesField

Choices = Sequence[tuple[str, Any]]
SCOPE_HELP = _("绩效指标按它取数，例如 12345、oa；不填不计入按系统的指标。")


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})


class _OfOrgAndSystem(forms.Form):
    """Something of an organisation, about a system that may be named."""

    org = forms.ChoiceField(label=_("单位"))
    system = forms.ChoiceField(label=_("信息系统"), required=False)

    def __init__(self, *args: Any, orgs: Choices, systems: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["org"].choices = orgs  # type: ignore[attr-defined]
        self.fields["system"].choices = [("", _("不指定")), *systems]  # type: ignore[attr-defined]

    def _words(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "org"}


class TrainingForm(_OfOrgAndSystem):
    """A session to arrange."""

    title = forms.CharField(label=_("培训名称"), max_length=100)
    scope = forms.SlugField(label=_("指标范围"), max_length=40, required=False, help_text=SCOPE_HELP)
    starts_at = forms.DateTimeField(label=_("开始时间"), widget=_moment())
    ends_at = forms.DateTimeField(label=_("结束时间"), widget=_moment())
    place = forms.CharField(label=_("培训地点"), max_length=120, required=False)
    trainer = forms.CharField(label=_("讲师"), max_length=80)
    content = forms.CharField(label=_("培训内容"), required=False, max_length=4000, widget=area())
    pass_mark = forms.IntegerField(label=_("测验合格分"), min_value=0, max_value=100, initial=60)
    field_order = ("org", "title", "system", "scope")

    @property
    def spec(self) -> TrainingSpec:
        """What was entered."""
        return TrainingSpec(**self._words())


class InviteForm(forms.Form):
    """People to put on the list."""

    lines = forms.CharField(
        label=_("邀请名单"), widget=area(5), max_length=50_000, help_text=_("一行一人：姓名,单位。")
    )


class QuestionForm(forms.Form):
    """A question of the quiz."""

    text = forms.CharField(label=_("题目"), max_length=300)
    options = forms.CharField(label=_("选项"), widget=area(4), max_length=1500, help_text=_("一行一个，2 到 6 个。"))
    right = forms.IntegerField(label=_("正确的是第几个"), min_value=1, max_value=6)


class MaterialForm(forms.Form):
    """Material, or the signed list as a scan."""

    attachments = FilesField(
        label=_("培训材料"), accept=files.ACCEPT, help_text=_("课件、通知、签到表扫描件、照片等。")
    )


class HeldForm(forms.Form):
    """How a session ended."""

    closing = forms.CharField(label=_("培训小结或取消原因"), max_length=500, widget=area())


class PlanForm(_OfOrgAndSystem):
    """A test plan to begin."""

    title = forms.CharField(label=_("方案名称"), max_length=100)
    scope = forms.SlugField(label=_("指标范围"), max_length=40, required=False, help_text=SCOPE_HELP)
    contract = forms.CharField(label=_("合同编号"), max_length=40, required=False)
    builder = forms.CharField(label=_("承建单位"), max_length=80, required=False)
    field_order = ("org", "title", "system", "scope")

    @property
    def spec(self) -> PlanSpec:
        """What was entered."""
        return PlanSpec(**self._words())


class CaseForm(forms.Form):
    """A case to add."""

    code = forms.SlugField(label=_("用例编号"), max_length=20)
    title = forms.CharField(label=_("用例名称"), max_length=120)
    kind = forms.ChoiceField(label=_("测试类别"), choices=choices_of(testing.KINDS))
    steps = forms.CharField(label=_("操作步骤"), widget=area(), max_length=4000)
    expected = forms.CharField(label=_("预期结果"), widget=area(), max_length=2000)
    is_required = forms.BooleanField(label=_("验收必测"), required=False, initial=True)

    @property
    def spec(self) -> CaseSpec:
        """What was entered."""
        return CaseSpec(**self.cleaned_data)


class RunForm(forms.Form):
    """A try of a case."""

    result = forms.ChoiceField(label=_("结果"), choices=choices_of(testing.RESULTS))
    actual = forms.CharField(label=_("实际结果"), widget=area(), max_length=4000)
    version = forms.CharField(label=_("被测版本"), max_length=40, required=False)
    severity = forms.ChoiceField(
        label=_("缺陷严重程度"),
        required=False,
        choices=[("", _("没有缺陷")), *choices_of(testing.SEVERITIES)],
        help_text=_("不通过的须选择。"),
    )

    @property
    def spec(self) -> RunSpec:
        """What was entered."""
        return RunSpec(**self.cleaned_data)


class WordsForm(forms.Form):
    """Words that go with a step."""

    words = forms.CharField(label=_("说明"), widget=area(), max_length=2000)
