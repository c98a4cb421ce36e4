"""The catalogue as CKAN 2.x shows one (Action API, read only), so that clients made for CKAN read it unchanged.

An entry is a package, its department the organization, its class the group, its items the fields of one resource. What
CKAN has no field for stands in ``extras`` under the guide's own names. Source: docs.ckan.org, "API guide".
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.models import Category, Resource
from yunshu.lib.kernel.errors import NotFound, Refused

MOST_ROWS = 1_000
VERSION = "2.11"
"""The CKAN whose answers these follow."""
Data = Mapping[str, Any]


def package_list(viewer: Viewer, data: Data) -> list[str]:
    """Names of entries, by name."""
    rows = selectors.readable(viewer).order_by("number").values_list("number", flat=True)
    return list(_page(rows, data, most=None))


def package_show(viewer: Viewer, data: Data) -> dict[str, Any]:
    """One entry, by ``id``: its register number or its code."""
    asked = str(data.get("id") or data.get("name_or_id") or "")
    rows = selectors.readable(viewer)
    row = rows.filter(number=asked).first() or rows.filter(code=asked).first()
    if row is None:
        raise NotFound("not_found", "Not found")
    return package(row)


def package_search(viewer: Viewer, data: Data) -> dict[str, Any]:
    """Entries that fit ``q`` and ``fq`` (``organization:…``, ``groups:…``), ``rows`` from ``start``."""
    rows = selectors.readable(viewer)
    for name, value in _filters(str(data.get("fq") or "")):
        path = {"organization": "org__code", "groups": "category__code", "name": "number"}.get(name)
        if path is None:
            raise Refused("unknown_filter", f"fq: unknown field {name}", where="fq")
        rows = rows.filter((path, value))
    asked = str(data.get("q") or "").strip()
    best = selectors.best(rows.prefetch_related("items"), "" if asked == "*:*" else asked)
    start, limit = _range({"limit": data.get("rows", 10), "offset": data.get("start", 0)})
    shown = best.part(start, limit or 0)
    return {
        "count": best.found().count(),
        "sort": "score desc, metadata_modified desc",
        "results": [package(row) for row in shown],
        "facets": {},
        "search_facets": {},
    }


def organization_list(viewer: Viewer, data: Data) -> list[Any]:
    """Departments that have entries; with ``all_fields`` as objects."""
    counts = dict(selectors.readable(viewer).order_by().values_list("org__code").annotate(n=Count("pk")))
    rows = Org.objects.filter(code__in=counts).order_by("code")
    return [_organization(o, counts[o.code]) if _is_true(data.get("all_fields")) else o.code for o in rows]


def organization_show(viewer: Viewer, data: Data) -> dict[str, Any]:
    """One department, by ``id``: its code or name."""
    asked = str(data.get("id") or "")
    row = Org.objects.filter(code=asked).first() or Org.objects.filter(name=asked).first()
    if row is None:
        raise NotFound("not_found", "Not found")
    return _organization(row, selectors.readable(viewer).filter(org=row).count())


def group_list(viewer: Viewer, data: Data) -> list[Any]:
    """Classes that have entries; with ``all_fields`` as objects."""
    counts = dict(selectors.readable(viewer).order_by().values_list("category__code").annotate(n=Count("pk")))
    rows = Category.objects.filter(code__in=[code for code in counts if code])
    return [_group(c, counts[c.code]) if _is_true(data.get("all_fields")) else c.code for c in rows]


def group_show(viewer: Viewer, data: Data) -> dict[str, Any]:
    """One class, by ``id``: its code."""
    row = Category.objects.filter(code=str(data.get("id") or "")).first()
    if row is None:
        raise NotFound("not_found", "Not found")
    return _group(row, selectors.readable(viewer).filter(category=row).count())


def resource_show(viewer: Viewer, data: Data) -> dict[str, Any]:
    """The resource of an entry: same ``id``."""
    found = package_show(viewer, data)
    shown: dict[str, Any] = found["resources"][0]
    return shown


def tag_list(_viewer: Viewer, _data: Data) -> list[str]:
    """No tags are kept."""
    return []


def status_show(_viewer: Viewer, _data: Data) -> dict[str, Any]:
    """What answers here."""
    return {"ckan_version": VERSION, "site_title": "Yunshu", "extensions": [], "locale_default": "zh_Hans_CN"}


def site_read(_viewer: Viewer, _data: Data) -> bool:
    """Always."""
    return True


def current_package_list_with_resources(viewer: Viewer, data: Data) -> list[dict[str, Any]]:
    """Entries, the newest first."""
    rows = selectors.readable(viewer).order_by("-changed_at", "-pk").prefetch_related("items")
    return [package(row) for row in _page(rows, data)]


ACTIONS: dict[str, Callable[[Viewer, Data], Any]] = {
    action.__name__: action
    for action in (
        package_list,
        package_show,
        package_search,
        organization_list,
        organization_show,
        group_list,
        group_show,
        resource_show,
        tag_list,
        status_show,
        site_read,
        current_package_list_with_resources,
    )
}


def package(row: Resource) -> dict[str, Any]:
    """Return an entry as a CKAN package."""
    return {
        "id": row.number,
        "name": row.number,
        "title": row.name,
        "notes": row.summary,
        "state": "active",
        "type": "dataset",
        "private": not row.is_open,
        "isopen": row.is_open,
        "license_id": "notspecified",
        "metadata_created": _instant(row.published_at),
        "metadata_modified": _instant(row.changed_at),
        "version": str(row.version),
        "owner_org": row.org.code,
        "organization": _organization(row.org, None),
        "groups": [_group(row.category, None)] if row.category else [],
        "tags": [],
        "num_tags": 0,
        "resources": [_resource(row)],
        "num_resources": 1,
        "extras": [{"key": key, "value": value} for key, value in _extras(row).items()],
    }


def _extras(row: Resource) -> dict[str, str]:
    return {
        "信息资源代码": row.code or "",
        "共享类型": row.get_sharing_type_display(),
        "共享条件": row.sharing_condition,
        "共享方式": row.get_way_display(),
        "更新周期": row.get_cycle_display(),
        "是否向社会开放": "是" if row.is_open else "否",
        "开放条件": row.open_condition,
        "提供方代码": row.org.uscc or row.org.code,
        "关联资源代码": " ".join(row.related),
    }


def _resource(row: Resource) -> dict[str, Any]:
    return {
        "id": row.number,
        "package_id": row.number,
        "name": row.name,
        "description": row.summary,
        "format": row.format_detail or row.get_format_display(),
        "url": f"/console/exchange/catalogue/{row.number}/",
        "state": "active",
        "position": 0,
        "created": _instant(row.published_at),
        "last_modified": _instant(row.changed_at),
        "schema": {"fields": [_field(item) for item in row.items.all()]},
    }


def _field(item: Any) -> dict[str, Any]:
    return {"name": item.name, "title": item.title, "type": item.get_data_type_display(), "length": item.length}


def _organization(org: Org, count: int | None) -> dict[str, Any]:
    found = {"id": org.code, "name": org.code, "title": org.name, "state": "active", "is_organization": True}
    return found | {"type": "organization"} | ({} if count is None else {"package_count": count})


def _group(category: Category, count: int | None) -> dict[str, Any]:
    found = {"id": category.code, "name": category.code, "title": category.name, "display_name": category.name}
    return found | {"type": "group", "state": "active"} | ({} if count is None else {"package_count": count})


def _instant(at: Any) -> str | None:
    return timezone.make_naive(at, timezone.get_default_timezone()).isoformat() if at else None


def _page(rows: QuerySet[Any, Any], data: Data, most: int | None = MOST_ROWS) -> QuerySet[Any, Any]:
    start, limit = _range(data, most)
    return rows[start : None if limit is None else start + limit]


def _range(data: Data, most: int | None = MOST_ROWS) -> tuple[int, int | None]:
    limit, start = _count(data, "limit", most), _count(data, "offset", 0) or 0
    if most is not None:
        limit = min(most, limit if limit is not None else most)
    return start, limit


def _count(data: Data, name: str, default: int | None) -> int | None:
    text = data.get(name)
    if text in (None, ""):
        return default
    try:
        found = int(str(text))
    except ValueError:
        found = -1
    if found < 0:
        raise Refused("malformed", f"{name}: must be a natural number", where=name)
    return found


def _filters(text: str) -> list[tuple[str, str]]:
    """Return ``name:value`` pairs of a filter query; values may stand in quotes."""
    pairs = (part.partition(":") for part in text.replace("+", " ").split())
    return [(name, value.strip('"')) for name, colon, value in pairs if colon]


def _is_true(value: Any) -> bool:
    return str(value).lower() in ("1", "true", "yes")
