"""The catalogue: an entry is written, checked, published as a version, changed, retired."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.contracts import CATALOGUE_EDIT, EntryForm, Proven, Severity
from yunshu.domains.exchange.models import Category, Element, Item, Resource, ResourceVersion
from yunshu.domains.exchange.rules import codes, forms, life
from yunshu.domains.exchange.services import proof, upper
from yunshu.domains.exchange.services.indexing import index
from yunshu.domains.workflow import api as workflow
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number


@transaction.atomic
def create_entry(*, actor: Viewer, form: EntryForm, now: datetime) -> Resource:
    """Begin an entry: its first draft and its case. Raises NotFound (``org_not_found``), NotPermitted and Refused."""
    org = _org(form.org)
    actor.require(CATALOGUE_EDIT, org.path)
    row = Resource(number=public_number("ML", clock.city_date(now)), org=org, stage=life.DRAFT, changed_at=now)
    _write_draft(row, form, now)
    subject = workflow.Subject(
        number=row.number,
        title=row.name,
        url=f"/console/exchange/catalogue/{row.number}/",
        parties={life.OWNER: org.pk, life.BUREAU: bureau_of(org).pk},
    )
    workflow.start(actor=actor, flow=life.CODE, subject=subject, now=now)
    return row


@transaction.atomic
def save_draft(*, actor: Viewer, number: str, form: EntryForm, seen: datetime, now: datetime) -> Resource:
    """Replace the draft by ``form``; ``seen`` is when the writer's copy was last changed.

    Raises NotFound, NotPermitted, Conflict (``entry_stale``) and Refused (``entry_not_editable``, ``org_fixed``).
    """
    row = selectors.visible_resources(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("resource_not_found")
    actor.require(CATALOGUE_EDIT, row.org.path)
    if row.stage not in life.EDITABLE:
        raise Refused("entry_not_editable", _("该目录正在审核或已发布；请先发起变更。"))
    if row.changed_at != seen:
        raise Conflict("entry_stale", _("该目录已被他人修改，请刷新后再编辑。"))
    if form.org != row.org.code:
        raise Refused("org_fixed", _("提供方不能改变；请注销后由新的部门登记。"), where="org")
    _write_draft(row, form, now)
    return row


@transaction.atomic
def move_entry(*, actor: Viewer, number: str, verb: str, reason: str, now: datetime) -> Resource:
    """Take a step of an entry's life. Submitting demands an entry without errors; publishing makes a version.

    Raises NotFound, NotPermitted, Conflict (``verb_not_possible``) and Refused (``entry_faulty``, ``reason_missing``,
    ``still_used``).
    """
    row = selectors.visible_resources(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("resource_not_found")
    if verb in life.SUBMITS or verb in life.PUBLISHES:
        _demand_sound(selectors.draft_of(row))
    if verb in {"ask_retire", "retire"} and row.agreements.filter(state__in=("active", "suspended")).exists():
        raise Refused("still_used", _("还有生效的共享协议，须先与使用方终止协议，才能注销目录。"))
    before = row.stage
    case = workflow.act(actor=actor, flow=life.CODE, number=number, verb=verb, reason=reason, now=now)
    row.stage, row.changed_at = case.state, now
    if verb == "change":
        row.draft = forms.to_json(selectors.form_of(row))
    if verb == "give_up_change":
        row.draft = None
    row.save(update_fields=["stage", "changed_at", "draft"])
    if verb in life.PUBLISHES:
        _publish(row, actor, reason, now)
        upper.report_entry(row, now)
    if row.stage == life.RETIRED:
        upper.report_retired(row, now)
    words = {"verb": verb, "from": before, "to": row.stage, "reason": reason, "version": row.version}
    proof.of(Proven.ENTRY_STEP, row.number, words, actor, now)
    return row


def bureau_of(org: Org) -> Org:
    """Return the data bureau that checks for ``org``: the city's own; ``org`` itself where there is none."""
    return Org.objects.filter(kind=Org.Kind.BUREAU, is_active=True).order_by("path").first() or org


def _org(code: str) -> Org:
    org = Org.objects.filter(code=code, is_active=True).first()
    if org is None:
        raise NotFound("org_not_found", _("机构不存在：%(code)s") % {"code": code})
    return org


def _demand_sound(form: EntryForm) -> None:
    errors = [f for f in selectors.faults_of(form) if f.severity is Severity.ERROR]
    if errors:
        first = _(errors[0].message) % dict(errors[0].values)
        raise Refused("entry_faulty", _("有 %(n)s 处不符合编制要求：%(first)s") % {"n": len(errors), "first": first})


def _write_draft(row: Resource, form: EntryForm, now: datetime) -> None:
    form = forms.numbered(form)
    row.draft, row.changed_at = forms.to_json(form), now
    if row.version == 0:
        _fill(row, form)
    row.save()
    if row.version == 0:
        index(row, [item.title for item in form.items])


def _publish(row: Resource, actor: Viewer, reason: str, now: datetime) -> None:
    form = forms.from_json(row.draft or {})
    if row.code is None or (row.category is not None and row.category.code != form.category):
        row.code = _next_code(form.category)
    row.version += 1
    row.draft, row.published_at = None, now
    _fill(row, form)
    row.save()
    plain = forms.to_json(form) | {"code": row.code}
    version = ResourceVersion.objects.create(
        resource=row,
        ordinal=row.version,
        form=plain,
        digest=forms.digest(plain),
        reason=reason.strip()[:500],
        made_by=actor.name,
        made_at=now,
    )
    _replace_items(row, form)
    index(row, [text for item in form.items for text in (item.title, item.name)])
    words = {"version": row.version, "code": row.code, "digest": version.digest, "sharing": form.sharing_type.value}
    proof.of(Proven.ENTRY, row.number, words, actor, now)


PLAIN_FIELDS = (
    "name",
    "summary",
    "format_detail",
    "sharing_condition",
    "sharing_scope",
    "legal_basis",
    "is_open",
    "open_condition",
    "table",
)
CHOICE_FIELDS = ("format", "sharing_type", "way", "cycle")


def _fill(row: Resource, form: EntryForm) -> None:
    for name in PLAIN_FIELDS:
        setattr(row, name, getattr(form, name))
    for name in CHOICE_FIELDS:
        setattr(row, name, getattr(form, name).value)
    row.related = list(form.related)
    row.category = Category.objects.filter(code=form.category).first()


def _next_code(category: str) -> str:
    """Number within the class; the lock keeps two publications from taking one number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"exchange.code.{category}"])
    taken = Resource.objects.filter(code__startswith=f"{category}{codes.SCHEME.separator}").values_list(
        "code", flat=True
    )
    numbers = [found[1] for code in taken if code and (found := codes.split(code))]
    return codes.code_of(category, max(numbers, default=0) + 1)


def _replace_items(row: Resource, form: EntryForm) -> None:
    elements = dict(Element.objects.filter(code__in=[i.element for i in form.items]).values_list("code", "pk"))
    orgs = dict(Org.objects.filter(code__in=[i.source_org for i in form.items]).values_list("code", "pk"))
    row.items.all().delete()
    Item.objects.bulk_create(_item(row, item, elements, orgs) for item in form.items)


def _item(row: Resource, item: Any, elements: dict[str, int], orgs: dict[str, int]) -> Item:
    return Item(
        resource=row,
        ordinal=item.ordinal,
        name=item.name,
        title=item.title,
        data_type=item.data_type.value,
        length=item.length,
        grade=item.grade.value,
        is_key=item.is_key,
        is_required=item.is_required,
        is_shared=item.is_shared,
        element_id=elements.get(item.element),
        source_org_id=orgs.get(item.source_org),
        note=item.note,
    )
