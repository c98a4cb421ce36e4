"""The style page: every component with its call form, for those who build pages."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.ui.access import is_staff, public, viewer_of
from yunshu.lib.ui.charts import Chart, Series
from yunshu.lib.ui.pages import show

COTTON = Path(__file__).parent / "templates" / "cotton"
COLOURS = [
    "ground",
    "surface",
    "sunken",
    "line",
    "line-strong",
    "text",
    "text-2",
    "text-3",
    "primary",
    "primary-soft",
    "green",
    "green-soft",
    "amber",
    "amber-soft",
    "red",
    "red-soft",
    "chart-1",
    "chart-2",
    "chart-3",
    "chart-4",
    "chart-5",
    "chart-6",
]


class SampleForm(forms.Form):
    """One field of each kind, with something to correct."""

    name = forms.CharField(
        label=gettext_lazy("事项名称"), max_length=40, help_text=gettext_lazy("与预算批复中的名称一致。")
    )
    amount = forms.DecimalField(label=gettext_lazy("预算金额"), max_digits=12, decimal_places=2)
    kind = forms.ChoiceField(
        label=gettext_lazy("类别"), choices=[("a", gettext_lazy("运维")), ("b", gettext_lazy("建设"))]
    )
    due = forms.DateField(
        label=gettext_lazy("完成日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    way = forms.ChoiceField(
        label=gettext_lazy("办理方式"),
        widget=forms.RadioSelect,
        choices=[("web", gettext_lazy("网上办理")), ("hall", gettext_lazy("窗口办理"))],
    )
    note = forms.CharField(label=gettext_lazy("说明"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agree = forms.BooleanField(label=gettext_lazy("已核对以上内容"))
    file = forms.FileField(label=gettext_lazy("佐证材料"), required=False, help_text=gettext_lazy("不超过 50 MB。"))


def call_forms() -> list[dict[str, str]]:
    """Return each component's name and the call form in its first line."""
    pages = sorted(COTTON.glob("*.html"))
    first = ((p.stem.replace("_", "-"), p.read_text().splitlines()[0]) for p in pages)
    return [{"name": name, "form": line.removeprefix("{#").removesuffix("#}").strip()} for name, line in first]


def _charts() -> dict[str, Chart]:
    months = [_("%(n)d月") % {"n": n} for n in range(1, 9)]
    return {
        "bars": Chart(
            title=_("各季度执行（示例数据）"),
            unit=_("万元"),
            label_head=_("季度"),
            labels=[_("一季度"), _("二季度"), _("三季度"), _("四季度")],
            series=[Series(_("计划"), [1200, 1350, 1300, 1345]), Series(_("已付"), [980, 1310, 1124, None])],
        ),
        "lines": Chart(
            kind="line",
            title=_("群众满意率（示例数据）"),
            unit="%",
            label_head=_("月份"),
            labels=months,
            series=[Series(_("满意率"), [88.2, 89.5, 90.1, None, 91.4, 92.0, 92.6, 93.1])],
            target=90,
        ),
    }


@public
@require_GET
def style(request: HttpRequest) -> HttpResponse:
    """Show every component. Raises NotFound for strangers, unless the developer's setting is on."""
    if not (settings.DEBUG or is_staff(viewer_of(request))):
        raise NotFound("page_not_found")
    now = clock.now()
    bad = SampleForm({"name": "", "amount": "12.345", "kind": "a", "way": "web"})
    context: dict[str, Any] = {
        "colours": COLOURS,
        "call_forms": call_forms(),
        "form": SampleForm(),
        "bad_form": bad,
        "now": now,
        "dues": [now + timedelta(days=3, hours=4), now + timedelta(hours=5), now - timedelta(days=1, hours=2)],
        "yuan": Decimal("51957500.00"),
        "steps": [_("填报"), _("部门审核"), _("主管部门审定"), _("财政审核"), _("批复")],
        **_charts(),
    }
    return show(request, "ui/style.html", context)
