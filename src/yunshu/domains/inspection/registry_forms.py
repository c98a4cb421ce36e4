"""Input shapes of the registry: sites, columns, changes, maintenance, accounts, posts, hosts that were seen, files."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yunshu.domains.inspection.choices import ColumnKind, Platform, SiteKind, SiteState
from yunshu.domains.inspection.choices_registry import CandidateState
from yunshu.domains.inspection.services.accounts import AccountSpec
from yunshu.domains.inspection.services.discovery import ColumnSpec
from yunshu.domains.inspection.services.media import PostSpec
from yunshu.domains.inspection.services.sites import ChangeSpec, SiteSpec

Choices = Sequence[tuple[str, Any]]
BLANK = ("", _("请选择"))
KNOWN = (("", _("未知")), ("1", _("是")), ("0", _("否")))


def _text(label: Any, most: int, *, required: bool = False, rows: int = 0, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows else None
    return forms.CharField(label=label, max_length=most, required=required, widget=widget, help_text=help_text)


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


def _instant(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    return forms.DateTimeField(label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


def _known(label: Any, help_text: Any = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=KNOWN,
        required=False,
        coerce=lambda value: value == "1",
        empty_value=None,
        help_text=help_text,
    )


def answer_of(known: bool | None) -> str:  # noqa: FBT001 - a value, not a switch
    """Return yes, no or not known as a choice of ``KNOWN``."""
    return "" if known is None else "1" if known else "0"


class Offering(forms.Form):
    """A form whose choices are given when it is made: ``offers`` maps a field to its choices."""

    def __init__(self, *args: Any, offers: Mapping[str, Choices], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in offers.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = list(choices)


class SiteForm(Offering):
    """What is known of a site."""

    id_code = _text(
        _("网站标识码"), 10, required=True, help_text=_("10 位数字；国务院部门为 bm 加 8 位数字。不知道的先不登记。")
    )
    name = _text(_("网站名称"), 80, required=True)
    org = forms.ChoiceField(label=_("主办单位"))
    kind = forms.ChoiceField(label=_("网站类别"), choices=SiteKind.choices)
    home_url = forms.CharField(
        label=_("首页网址"), max_length=300, help_text=_("写全，例如 https://www.example.gov.cn/；主域名取自这里。")
    )
    aliases = _text(_("其他域名"), 1000, help_text=_("空格分开；也属于本网站的域名。"))
    has_service_duty = forms.BooleanField(label=_("承担公共服务职能"), required=False, initial=True)
    icp = _text(_("ICP 备案号"), 40)
    police = _text(_("公安备案号"), 40)
    rate_per_s = forms.DecimalField(
        label=_("抓取速度（次/秒）"), max_digits=6, decimal_places=2, min_value=0.01, max_value=100, initial=2
    )
    page_limit = forms.IntegerField(label=_("每次最多抓取页数"), min_value=1, max_value=1_000_000, initial=20_000)
    note = _text(_("说明"), 2000, rows=2)
    source = _text(_("出处"), 200)

    @property
    def spec(self) -> SiteSpec:
        """Return what was filled in, once valid."""
        words = dict(self.cleaned_data)
        words.pop("state", None)
        return SiteSpec(**words | {"aliases": tuple(words["aliases"].split())})


class NewSiteForm(SiteForm):
    """A site to be entered."""

    state = forms.ChoiceField(
        label=_("运行状态"),
        choices=[(s.value, s.label) for s in (SiteState.RUNNING, SiteState.PLANNED)],
        help_text=_("以后的临时下线、整合、关停在网站页面登记变更。"),
    )


class ChangeForm(Offering):
    """What happens to a site."""

    verb = forms.ChoiceField(label=_("变更"))
    on = _day(_("生效日期"))
    reported_on = _day(
        _("报备日期"), required=False, help_text=_("向上级报备的日期；没有报备则不填，未事先报备的下线按单项否决处理。")
    )
    document = _text(_("批准文件"), 120, help_text=_("文号或名称。"))
    merged_into = forms.ChoiceField(label=_("整合到"), required=False, help_text=_("只在整合时填写。"))
    reason = _text(_("事由"), 300, required=True, rows=2)

    @property
    def spec(self) -> ChangeSpec:
        """Return what was filled in, once valid."""
        return ChangeSpec(**self.cleaned_data)


class WindowForm(forms.Form):
    """Maintenance to come."""

    starts_at = _instant(_("开始"))
    ends_at = _instant(_("结束"))
    reason = _text(_("事由"), 200, required=True)


class ColumnForm(forms.Form):
    """What a person says of a column."""

    name = _text(_("栏目名称"), 80, required=True)
    path = _text(_("栏目路径"), 300, required=True, help_text=_("各级名称之间用 / 分开。"))
    kind = forms.ChoiceField(label=_("栏目类别"), choices=ColumnKind.choices)
    promise_days = forms.IntegerField(
        label=_("更新期限（天）"), min_value=1, max_value=3650, required=False, help_text=_("没有更新要求的不填。")
    )
    is_ignored = forms.BooleanField(label=_("不检查"), required=False)

    @property
    def spec(self) -> ColumnSpec:
        """Return what was filled in, once valid."""
        return ColumnSpec(**self.cleaned_data)


class AccountForm(Offering):
    """What is known of an account."""

    platform = forms.ChoiceField(label=_("平台"), choices=Platform.choices)
    handle = _text(_("账号标识"), 120, required=True, help_text=_("平台上唯一的账号，例如微信号、微博 UID。"))
    name = _text(_("账号名称"), 80, required=True)
    org = forms.ChoiceField(label=_("主办单位"))
    is_main = forms.BooleanField(label=_("主账号"), required=False, initial=True)
    is_certified = _known(_("已认证"))
    has_interaction = _known(_("有互动功能"))
    registered_no = _text(_("备案编号"), 60)
    state = forms.ChoiceField(label=_("运行状态"), choices=SiteState.choices, initial=SiteState.RUNNING)
    url = _text(_("主页网址"), 300)
    feed = _text(_("订阅地址（RSS）"), 300)
    note = _text(_("说明"), 2000, rows=2)
    source = _text(_("出处"), 200)

    @property
    def spec(self) -> AccountSpec:
        """Return what was filled in, once valid."""
        return AccountSpec(**self.cleaned_data)

    @staticmethod
    def shown(spec: AccountSpec) -> dict[str, Any]:
        """Return what stands of an account as the form shows it."""
        known = {name: answer_of(getattr(spec, name)) for name in ("is_certified", "has_interaction")}
        return vars(spec) | known


class PostForm(forms.Form):
    """One post entered by hand."""

    post_id = _text(
        _("发文标识"), 120, required=True, help_text=_("平台上的编号；没有的填网址。同一标识再次登记即更正。")
    )
    at = _instant(_("发布时间"))
    title = _text(_("标题"), 300)
    text = _text(_("正文"), 50_000, rows=6)
    url = _text(_("网址"), 1000)
    links = _text(_("链接"), 20_000, rows=2, help_text=_("正文里的链接，每行一个。"))
    images = _text(_("图片"), 20_000, rows=2, help_text=_("图片地址，每行一个。"))

    @property
    def spec(self) -> PostSpec:
        """Return what was filled in, once valid."""
        words = {name: tuple(self.cleaned_data[name].split()) for name in ("links", "images")}
        return PostSpec(**self.cleaned_data | words)


class CandidateForm(forms.Form):
    """What becomes of a host that was seen."""

    state = forms.ChoiceField(label=_("处理状态"), choices=CandidateState.choices)
    reason = _text(_("理由"), 200, help_text=_("不纳入的须写明。"))


class LetterForm(forms.Form):
    """Whether a letter had to be answered."""

    verdict = _known(_("有效留言"), _("只有有效的咨询留言才计入答复时限；测试、广告、信访举报等不算。"))


class UploadForm(forms.Form):
    """A sheet."""

    file = forms.FileField(label=_("文件"), help_text=_("XLSX 或 CSV；表头在前六行内即可，可先下载模板。"))


class PostUploadForm(Offering):
    """Posts in a file, of one account or of those that it names."""

    file = forms.FileField(label=_("文件"), help_text=_("XLSX、CSV、JSON 或 RSS/Atom（扩展名 .xml、.rss、.atom）。"))
    account = forms.ChoiceField(
        label=_("账号"), required=False, help_text=_("文件里没有写账号的发文归到这个账号；RSS 必须选择。")
    )
