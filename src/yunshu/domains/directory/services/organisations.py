"""Organisations and people: make, change, move, retire. Nothing is deleted."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from yunshu.domains.directory import rules
from yunshu.domains.directory.contracts import ORG_EDIT, Viewer
from yunshu.domains.directory.models import Account, Org, Person
from yunshu.domains.directory.services.changes import change
from yunshu.lib.identifiers import uscc
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.pinyin import by_sound


@dataclass(frozen=True, kw_only=True)
class OrgSpec:
    """What is written about an organisation; ``parent_code`` empty makes a root."""

    code: str
    name: str
    kind: str
    short_name: str = ""
    uscc: str = ""
    division_code: str = ""
    parent_code: str = ""
    is_sample: bool = False
    is_active: bool = True
    order: int = 0


@dataclass(frozen=True, kw_only=True)
class PersonSpec:
    """What is written about a person; ``username`` links an account that exists."""

    number: str
    name: str
    org_code: str
    title: str = ""
    phone: str = ""
    username: str = ""
    is_sample: bool = False
    is_active: bool = True


@transaction.atomic
def save_org(*, actor: Viewer, spec: OrgSpec) -> Org:
    """Make or change the organisation ``spec.code``; the path follows from the parent.

    Raises NotPermitted, NotFound (``parent_not_found``) and Refused (``uscc_invalid``, ``org_has_children``);
    Conflict (``uscc_taken``).
    """
    parent = _parent(spec.parent_code)
    org = Org.objects.select_for_update().filter(code=spec.code).first()
    actor.require(ORG_EDIT, org.path if org else parent.path if parent else "/")
    if spec.uscc and not uscc.check(spec.uscc).ok:
        raise Refused("uscc_invalid", _("统一社会信用代码校验不通过，请核对第 18 位校验码。"), where="uscc")
    if spec.uscc and Org.objects.filter(uscc=spec.uscc).exclude(code=spec.code).exists():
        raise Conflict("uscc_taken", _("统一社会信用代码已属于另一机构。"), where="uscc")
    if org and org.is_active and not spec.is_active and org.children.filter(is_active=True).exists():
        raise Refused("org_has_children", _("该机构下仍有启用的下级机构，请先停用或调整下级机构。"))
    values: dict[str, object] = {
        "name": spec.name,
        "short_name": spec.short_name,
        "pinyin": by_sound(spec.name + spec.short_name)[:400],
        "kind": spec.kind,
        "uscc": spec.uscc or None,
        "division_code": spec.division_code,
        "is_sample": spec.is_sample,
        "is_active": spec.is_active,
        "order": spec.order,
    }
    if org is None:
        return _make_org(spec.code, parent, values)
    if org.parent_id != (parent.pk if parent else None):
        move_org(actor=actor, code=org.code, new_parent_code=spec.parent_code)
        org.refresh_from_db()
    return change(org, values)


def _make_org(code: str, parent: Org | None, values: dict[str, object]) -> Org:
    org = Org.objects.create(code=code, parent=parent, path=f"/new-{code}/", **values)
    org.path = f"{parent.path if parent else '/'}{org.pk}/"
    org.save(update_fields=["path"])
    return org


@transaction.atomic
def move_org(*, actor: Viewer, code: str, new_parent_code: str) -> Org:
    """Hang an organisation with all below it under another one; permissions by subtree follow at once.

    Raises NotFound (``org_not_found``, ``parent_not_found``) and Refused (``org_cycle``).
    """
    org = Org.objects.select_for_update().filter(code=code).first()
    if org is None:
        raise NotFound("org_not_found")
    parent = _parent(new_parent_code)
    actor.require(ORG_EDIT, org.path)
    actor.require(ORG_EDIT, parent.path if parent else "/")
    if parent and rules.would_cycle(org.path, parent.path):
        raise Refused("org_cycle", _("不能把机构移动到它自己的下级之下。"), where="parent")
    old, new = org.path, f"{parent.path if parent else '/'}{org.pk}/"
    Org.objects.filter(path__startswith=old).update(path=Concat(Value(new), Substr(F("path"), len(old) + 1)))
    Org.objects.filter(pk=org.pk).update(parent=parent)
    org.refresh_from_db()
    return org


@transaction.atomic
def save_person(*, actor: Viewer, spec: PersonSpec) -> Person:
    """Make or change the person ``spec.number``.

    Raises NotPermitted, NotFound (``org_not_found``, ``account_not_found``) and Conflict (``account_taken``).
    """
    org = Org.objects.filter(code=spec.org_code).first()
    if org is None:
        raise NotFound("org_not_found", _("机构不存在：%(code)s") % {"code": spec.org_code})
    person = Person.objects.select_for_update().select_related("org").filter(number=spec.number).first()
    actor.require(ORG_EDIT, org.path)
    if person:
        actor.require(ORG_EDIT, person.org.path)
    values = {
        "name": spec.name,
        "pinyin": by_sound(spec.name)[:200],
        "org": org,
        "title": spec.title,
        "phone": spec.phone,
        "account": _account(spec.username, spec.number),
        "is_sample": spec.is_sample,
        "is_active": spec.is_active,
    }
    return change(person, values) if person else Person.objects.create(number=spec.number, **values)


def _account(username: str, number: str) -> Account | None:
    if not username:
        return None
    account = Account.objects.filter(username=username).first()
    if account is None:
        raise NotFound("account_not_found", _("账号不存在：%(name)s") % {"name": username})
    holder = Person.objects.filter(account=account).exclude(number=number).first()
    if holder:
        raise Conflict("account_taken", _("该账号已属于%(name)s。") % {"name": holder.name})
    return account


def _parent(code: str) -> Org | None:
    if not code:
        return None
    parent = Org.objects.filter(code=code).first()
    if parent is None:
        raise NotFound("parent_not_found", _("上级机构不存在：%(code)s") % {"code": code})
    return parent
