"""Assets of old books."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.config.taking import orgs
from yunshu.domains.operations.rules.assets import KINDS
from yunshu.domains.operations.services import taking as services
from yunshu.domains.operations.services.assets import AssetSpec
from yunshu.lib.taking.fields import Field, Form
from yunshu.lib.taking.judging import Judged
from yunshu.lib.taking.kinds import Kind

WHAT, WHERE, BOUGHT = "实物", "单位与地点", "购置"
OF_SPEC = ("kind", "model", "serial", "bought_on", "warranty_until", "contract", "supplier", "note")


class Assets(Kind):
    """资产。"""

    code, name, order = "assets", _l("资产"), 40
    about = _l("计算机、服务器、网络设备等；有使用人的登记为在用，没有的登记为在库。原资产编号写在说明的第一行。")
    key = "source_number"
    fields = (
        Field(name="source_number", label=_l("原资产编号"), form=Form.CODE, required=True, most=60, group=WHAT, also=("资产编号", "编号", "卡片编号")),
        Field(name="kind", label=_l("资产类别"), form=Form.CHOICE, required=True, choices=KINDS, group=WHAT, also=("类别", "分类")),
        Field(name="model", label=_l("型号代码"), form=Form.CODE, most=40, group=WHAT, help=_l("资产型号表里的代码；没有的留空。")),
        Field(name="serial", label=_l("序列号"), most=60, group=WHAT, also=("SN", "出厂编号")),
        orgs.org_field("org", _l("使用单位"), required=True, group=WHERE, also=("单位", "使用部门")),
        Field(name="location", label=_l("存放地点"), most=120, group=WHERE, also=("地点",)),
        Field(name="holder", label=_l("使用人"), most=60, group=WHERE, sensitive=True),
        Field(name="bought_on", label=_l("购置日期"), form=Form.DAY, group=BOUGHT, also=("取得日期", "采购日期")),
        Field(name="warranty_until", label=_l("保修截止"), form=Form.DAY, group=BOUGHT),
        Field(name="contract", label=_l("合同编号"), most=40, group=BOUGHT),
        Field(name="supplier", label=_l("供应商"), most=80, group=BOUGHT),
        Field(name="note", label=_l("说明"), most=200, group=WHAT, also=("备注",)),
    )  # fmt: skip

    def resolve(self, rows: Sequence[Judged]) -> None:
        """Find units and models."""
        orgs.resolve(rows, "org")
        models = services.models_of(row.values["model"] for row in rows if row.values.get("model"))
        for row in rows:
            if (model := row.values.get("model")) and model not in models:
                row.refuse("model", _("型号表里没有这个型号"), _("先登记型号，或留空（待补）。"))
            bought, until = row.values.get("bought_on"), row.values.get("warranty_until")
            if bought and until and until < bought:
                row.refuse("warranty_until", _("早于购置日期"), _("核对两个日期。"))

    def create(self, values: Mapping[str, Any], actor: Any, now: datetime) -> str:
        """Enter one."""
        return services.take_in(actor=actor, specs=[_spec(values)], now=now)[0]

    def create_all(self, rows: Sequence[Mapping[str, Any]], actor: Any, now: datetime) -> list[str] | None:
        """Enter all, with one record on the ledger."""
        return services.take_in(actor=actor, specs=[_spec(values) for values in rows], now=now)

    def read(self, objects: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """Read assets back."""
        return services.read(objects)

    def dependents(self, objects: Sequence[str]) -> Counter[str]:
        """What hangs on them."""
        return services.dependents(objects)

    def remove(self, objects: Sequence[str], actor: Any, now: datetime) -> None:
        """Delete them."""
        services.take_back(actor=actor, numbers=objects)

    def url(self, number: str) -> str:
        """The page of one."""
        return reverse("operations:asset", args=[number])


def _spec(values: Mapping[str, Any]) -> services.TakenSpec:
    known = {name: values[name] for name in OF_SPEC if values.get(name) is not None}
    where = {name: values.get(name) or "" for name in ("location", "holder")}
    return services.TakenSpec(
        source_number=values["source_number"], org=values["org"], spec=AssetSpec(**known), **where
    )
