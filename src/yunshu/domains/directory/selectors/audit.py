"""The audit trail: every change of every tracked table, newest first, and the log of sign-ins. Read-only.

Each tracked table has a table of events, filled by a trigger. A page asks all of them at once where their newest rows
stand, and reads the rows of those that it shows. The order is total, (time, table, event), and a page begins after the last row of the page
before: the rows of one transaction share their time and may be parted by a page's edge.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Collate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from pghistory.models import Event

from yunshu.domains.directory.contracts import AUDIT_VIEW, Viewer
from yunshu.domains.directory.models import PersonalLook, SignIn
from yunshu.domains.directory.selectors.viewers import require_everywhere
from yunshu.lib.kernel import clock
from yunshu.lib.privacy.masking import mask_email, mask_phone
from yunshu.lib.ui.who import who_words

NEWEST_FIRST = ("-pgh_created_at", "-pgh_of", "-pgh_id")
MASKED = {"phone": mask_phone, "email": mask_email}
"""Fields whose values the trail keeps and its page does not show: that they changed is enough for who reads logs."""
LABELS = {"insert": _l("新增"), "update": _l("修改"), "delete": _l("删除")}


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is looked for: part of who acted, a table, a row's id, a request, days; ``before`` (a cursor) pages on."""

    who: str = ""
    table: str = ""
    object_id: str = ""
    request: str = ""
    since: date | None = None
    until: date | None = None
    before: str = ""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field: its name, what it was, what it became."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One change: when, who, from where, in which request, which row, what."""

    at: datetime
    who: str
    address: str
    request: str
    url: str
    reason: str
    table: str
    table_name: str
    object_id: str
    object_name: str
    verb: str
    changes: tuple[Difference, ...]
    cursor: str


@cache
def event_tables() -> dict[str, Any]:
    """Return every table of events by the label of the table it follows, in the order of their names."""
    found: dict[str, Any] = {
        tracked._meta.label_lower: model
        for model in apps.get_models()
        if issubclass(model, Event) and (tracked := getattr(model, "pgh_tracked_model", None)) is not None
    }
    return dict(sorted(found.items(), key=lambda item: str(item[1].pgh_tracked_model._meta.verbose_name)))


def table_choices() -> list[tuple[str, str]]:
    """Return what may be searched: label and name of each tracked table."""
    return [(label, str(model.pgh_tracked_model._meta.verbose_name)) for label, model in event_tables().items()]


def audit_entries(viewer: Viewer, search: Search, limit: int) -> list[Entry]:
    """Return at most ``limit`` changes, the newest first. Raises NotPermitted unless held in the whole city."""
    require_everywhere(viewer, AUDIT_VIEW)
    tables = event_tables()
    wanted = {search.table: tables[search.table]} if search.table in tables else tables
    first, *others = (_places(label, model, search)[:limit] for label, model in wanted.items())
    places = first.union(*others, all=True).order_by(*NEWEST_FIRST)[:limit] if others else first
    shown = _rows(places)
    earlier = _earlier(shown)
    return [_entry(row, earlier.get((type(row), row.previous_id))) for row in shown]


def _rows(places: Iterable[tuple[datetime, str, int]]) -> list[Any]:
    """Return the events at some places, in their order, each with the number of the one before it."""
    tables, wanted = event_tables(), list(places)
    ids: dict[str, list[int]] = {}
    for _at, label, number in wanted:
        ids.setdefault(label, []).append(number)
    found: dict[tuple[str, int], Any] = {}
    for label, numbers in ids.items():
        before = tables[label]._base_manager.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
        rows = tables[label]._base_manager.filter(pgh_id__in=numbers).select_related("pgh_context")
        rows = rows.annotate(previous_id=Subquery(before.order_by("-pgh_id").values("pgh_id")[:1]))
        found |= {(label, row.pgh_id): row for row in rows}
    return [found[label, number] for _at, label, number in wanted]


def _after(label: str, cursor: str) -> Q:
    """Return the rows of the table ``label`` that stand after ``cursor``; all of them if it makes no sense."""
    at_text, _bar, rest = cursor.partition("|")
    last_label, _bar, last_id = rest.partition("|")
    try:
        at = datetime.fromisoformat(at_text)
    except ValueError:
        return Q()
    if at.tzinfo is None or not last_id.isdecimal():
        return Q()
    if label == last_label:
        return Q(pgh_created_at__lt=at) | Q(pgh_created_at=at, pgh_id__lt=int(last_id))
    return Q(pgh_created_at__lte=at) if label < last_label else Q(pgh_created_at__lt=at)


def _places(label: str, model: Any, search: Search) -> QuerySet[Any]:
    """Return where a table's events stand in the whole: time, table (compared by code points, as in a cursor), number."""
    conditions = {
        "pgh_context__metadata__who__icontains": search.who,
        "pgh_context__metadata__request": search.request,
        "pgh_obj_id": int(search.object_id) if search.object_id.isdigit() else None,
        "pgh_created_at__gte": _start(search.since) if search.since else None,
        "pgh_created_at__lt": _start(search.until + timedelta(days=1)) if search.until else None,
    }
    rows = model._base_manager.filter(**{name: value for name, value in conditions.items() if value not in ("", None)})
    rows = rows.filter(_after(label, search.before)).annotate(pgh_of=Collate(Value(label), "C"))
    found: QuerySet[Any] = rows.values_list("pgh_created_at", "pgh_of", "pgh_id").order_by(*NEWEST_FIRST)
    return found


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, clock.CITY_ZONE)


def _earlier(rows: list[Any]) -> dict[tuple[type, int], Any]:
    wanted: dict[type, list[int]] = {}
    for row in rows:
        if row.previous_id is not None:
            wanted.setdefault(type(row), []).append(row.previous_id)
    return {
        (model, key): row
        for model, ids in wanted.items()
        for key, row in model._base_manager.in_bulk(ids, field_name="pgh_id").items()  # type: ignore[attr-defined]
    }


def _entry(row: Any, earlier: Any) -> Entry:
    context = row.pgh_context.metadata if row.pgh_context else {}
    tracked = row.pgh_tracked_model._meta
    return Entry(
        at=row.pgh_created_at,
        who=who_words(context.get("who", "")),
        address=context.get("address", ""),
        request=context.get("request", ""),
        url=context.get("url", ""),
        reason=context.get("reason", ""),
        table=tracked.label_lower,
        table_name=str(tracked.verbose_name),
        object_id=str(row.pgh_obj_id),
        object_name=next((str(v) for n in ("name", "title", "username", "code") if (v := getattr(row, n, ""))), ""),
        verb=str(LABELS.get(row.pgh_label, row.pgh_label)),
        changes=tuple(_differences(row, earlier)),
        cursor="|".join((row.pgh_created_at.isoformat(), tracked.label_lower, str(row.pgh_id))),
    )


def _differences(row: Any, earlier: Any) -> Iterator[Difference]:
    for field in row._meta.fields:
        if field.name.startswith("pgh_") or field.primary_key or field.name == "id":
            continue
        after = "" if row.pgh_label == "delete" else _text(getattr(row, field.attname))
        known = row if row.pgh_label == "delete" else earlier
        before = _text(getattr(known, field.attname)) if known is not None and row.pgh_label != "insert" else ""
        if before != after:
            shown = MASKED.get(field.name, str)
            yield Difference(field=str(field.verbose_name), before=shown(before), after=shown(after))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(clock.CITY_ZONE):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, list):
        return _("、").join(map(str, value))
    return {True: _("是"), False: _("否")}[value] if isinstance(value, bool) else str(value)


def sign_ins(viewer: Viewer) -> QuerySet[SignIn]:
    """Return the log of sign-ins. Raises NotPermitted unless held in the whole city."""
    require_everywhere(viewer, AUDIT_VIEW)
    return SignIn.objects.all()


def personal_looks(viewer: Viewer) -> QuerySet[PersonalLook]:
    """Return who had personal data shown in the clear, and why. Raises NotPermitted unless held in the whole city."""
    require_everywhere(viewer, AUDIT_VIEW)
    return PersonalLook.objects.all()


def sign_in_outcomes() -> list[tuple[str, str]]:
    """Return the outcomes a sign-in may have, with their names."""
    return [(code, str(name)) for code, name in SignIn.Outcome.choices]
