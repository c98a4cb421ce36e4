"""People: who works where; without an account, without a password, without an identity number."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.config.taking import orgs
from yunshu.domains.directory.models import Person
from yunshu.domains.directory.services import taking as services
from yunshu.domains.directory.services.organisations import PersonSpec, save_person
from yunshu.lib.kernel.errors import Conflict
from yunshu.lib.taking.fields import Field, Form
from yunshu.lib.taking.judging import Judged
from yunshu.lib.taking.kinds import Kind

WHO, WHERE = "姓名与电话", "单位与职务"
NAMES = ("number", "name", "title", "phone")


class People(Kind):
    """人员。"""

    code, name, order = "people", _l("人员"), 20
    about = _l("工作人员，先接管机构。不开账号；身份号码只核对校验码和重复，不保存、不进报告。")
    key = "number"
    fields = (
        Field(name="number", label=_l("人员编号"), form=Form.CODE, required=True, most=20, group=WHO, example="YG0001",
              help=_l("单位内部的编号，不能用身份号码。"), also=("工号", "编号", "员工编号")),
        Field(name="name", label=_l("姓名"), required=True, most=60, group=WHO, sensitive=True),
        orgs.org_field("org", _l("所在机构"), required=True, group=WHERE, also=("单位", "部门", "所在单位", "所属部门")),
        Field(name="title", label=_l("职务"), most=60, group=WHERE, also=("岗位",)),
        Field(name="phone", label=_l("联系电话"), form=Form.PHONE, group=WHO, sensitive=True, also=("电话", "手机", "手机号")),
        Field(name="id_number", label=_l("公民身份号码"), form=Form.IDENTITY, sensitive=True, also=("身份证号", "身份证号码", "证件号码")),
    )  # fmt: skip

    def resolve(self, rows: Sequence[Judged]) -> None:
        """Find the organisations."""
        orgs.resolve(rows, "org")

    def known(self, keys: Iterable[str]) -> Mapping[str, str]:
        """People by their number, whoever entered them."""
        return {n: n for n in Person.objects.filter(number__in=list(keys)).values_list("number", flat=True)}

    def create(self, values: Mapping[str, Any], actor: Any, now: datetime) -> str:
        """Make one; never change one that somebody else just made."""
        if Person.objects.filter(number=values["number"]).exists():
            raise Conflict("person_exists", _("人员编号已存在。"), where="number")
        words: dict[str, Any] = {name: values.get(name) or "" for name in NAMES}
        return save_person(actor=actor, spec=PersonSpec(org_code=values["org"], **words)).number

    def read(self, objects: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        """Read people back."""
        rows = Person.objects.filter(number__in=list(objects)).select_related("org")
        return {row.number: {name: getattr(row, name) for name in NAMES} | {"org": row.org.code} for row in rows}

    def dependents(self, objects: Sequence[str]) -> Counter[str]:
        """What refers to them."""
        return services.dependents_of_people(objects)

    def remove(self, objects: Sequence[str], actor: Any, now: datetime) -> None:
        """Delete them."""
        services.take_back_people(actor=actor, numbers=objects)

    def url(self, number: str) -> str:
        """The page of one."""
        return reverse("directory:person", args=[number])
