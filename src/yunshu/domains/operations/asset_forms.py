"""Input shapes of the pages of assets and stock-takings."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yunshu.domains.operations.asset_choices import choices_of
from yunshu.domains.operations.rules import assets as rules
from yunshu.domains.operations.services.assets import AssetSpec, MoveSpec

Choices = Sequence[tuple[str, Any]]
MAX_ROWS_TEXT = 20_000


def day() -> forms.DateInput:
    """Return the widget of a date."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def text(rows: int = 3) -> forms.Textarea:
    """Return the widget of a longer text."""
    return forms.Textarea(attrs={"rows": rows})


class AssetForm(forms.Form):
    """What is known of an asset."""

    kind = forms.ChoiceField(label=_("资产类别"), choices=choices_of(rules.KINDS))
    model = forms.ChoiceField(label=_("型号"), required=False)
    serial = forms.CharField(label=_("序列号"), max_length=60, required=False)
    bought_on = forms.DateField(label=_("购置日期"), required=False, widget=day())
    warranty_until = forms.DateField(label=_("保修截止"), required=False, widget=day())
    contract = forms.CharField(label=_("合同编号"), max_length=40, required=False)
    supplier = forms.CharField(label=_("供应商"), max_length=80, required=False)
    note = forms.CharField(label=_("说明"), max_length=300, required=False)

    def __init__(self, *args: Any, models: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["model"].choices = [("", _("待补")), *models]  # type: ignore[attr-defined]

    @property
    def spec(self) -> AssetSpec:
        """What was entered."""
        return AssetSpec(**{name: self.cleaned_data[name] for name in AssetForm.base_fields})


class NewAssetForm(AssetForm):
    """An asset that enters the books, and where it is."""

    org = forms.ChoiceField(label=_("使用单位"))
    location = forms.CharField(label=_("存放地点"), max_length=120, required=False)
    holder = forms.CharField(
        label=_("使用人"), max_length=60, required=False, help_text=_("填写使用人的登记为在用，否则登记为在库。")
    )
    field_order = ("org", "kind", "model", "serial", "location", "holder")

    def __init__(self, *args: Any, orgs: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["org"].choices = orgs  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """What happens to an asset; verbs are those possible now."""

    verb = forms.ChoiceField(label=_("变动"))
    org = forms.ChoiceField(label=_("调入单位"), required=False, help_text=_("只在调拨时选择。"))
    location = forms.CharField(label=_("新的存放地点"), max_length=120, required=False)
    holder = forms.CharField(label=_("使用人"), max_length=60, required=False)
    reason = forms.CharField(
        label=_("事由"),
        max_length=300,
        required=False,
        widget=text(2),
        help_text=_("送修、调拨、回收、清除数据、处置和盘亏须填写。"),
    )

    def __init__(self, *args: Any, verbs: Choices, orgs: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["verb"].choices = verbs  # type: ignore[attr-defined]
        self.fields["org"].choices = [("", _("不变")), *orgs]  # type: ignore[attr-defined]

    @property
    def spec(self) -> MoveSpec:
        """What was entered."""
        return MoveSpec(**self.cleaned_data)


class StartForm(forms.Form):
    """A stock-taking to begin."""

    org = forms.ChoiceField(label=_("盘点单位"))
    title = forms.CharField(label=_("盘点名称"), max_length=80)
    with_below = forms.BooleanField(label=_("含下级单位"), required=False)

    def __init__(self, *args: Any, orgs: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["org"].choices = orgs  # type: ignore[attr-defined]


class ScanForm(forms.Form):
    """Something that was seen."""

    code = forms.CharField(
        label=_("标签或序列号"),
        max_length=rules.MOST_CODE,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "enterkeyhint": "done"}),
        help_text=_("用扫码枪或手机扫标签，或输入资产编号、序列号；没有标签的写明是什么。"),
    )
    location = forms.CharField(label=_("现在在哪里"), max_length=120, required=False)
    note = forms.CharField(label=_("说明"), max_length=200, required=False)


class SeenForm(ScanForm):
    """The asset whose label was scanned."""

    code = forms.CharField(widget=forms.HiddenInput)
    field_order = ("location", "note")


class CloseForm(forms.Form):
    """How a stock-taking ended."""

    conclusion = forms.CharField(
        label=_("盘点结论"),
        max_length=2000,
        widget=text(4),
        help_text=_("写明差异的原因和处理意见；签认后报告不能再改。"),
    )


class UploadForm(forms.Form):
    """A workbook of assets, or the rows of one that were looked at and are confirmed."""

    file = forms.FileField(
        label=_("资产清单"),
        help_text=_("XLSX 或 CSV，表头见模板；先核对，再写入。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )
