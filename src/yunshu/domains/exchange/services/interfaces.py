"""Query interfaces, as the owner of the data sets them up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.choices import InterfaceKind, NodeState
from yunshu.domains.exchange.contracts import REQUEST_ANSWER, Proven
from yunshu.domains.exchange.models import Interface, Node
from yunshu.domains.exchange.services import proof
from yunshu.lib.kernel.errors import Refused

_SERVICE = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, kw_only=True)
class InterfaceSpec:
    """What the owner sets."""

    node: str
    kind: str
    database: str = "main"
    table: str = ""
    service: str = ""
    lookup: Sequence[str]
    most_rows: int = 10
    needs_consent: bool = False
    is_view: bool = False
    is_active: bool = True


@transaction.atomic
def save_interface(*, actor: Viewer, resource: str, spec: InterfaceSpec, now: datetime) -> Interface:
    """Set how a resource is asked. Raises NotFound, NotPermitted and Refused (``node_foreign``, ``lookup_unknown`` …)."""
    row = selectors.get_resource(actor, resource)
    actor.require(REQUEST_ANSWER, row.org.path)
    node = Node.objects.filter(org=row.org, name=spec.node, state=NodeState.ACTIVE).first()
    if node is None:
        raise Refused("node_foreign", _("请选择本单位启用中的节点。"), where="node")
    names = set(row.items.values_list("name", flat=True))
    if not (spec.lookup or spec.is_view) or set(spec.lookup) - names:
        raise Refused("lookup_unknown", _("请从目录的信息项中选择查询条件。"), where="lookup")
    by_table = spec.kind == InterfaceKind.TABLE
    if by_table and not spec.table.strip():
        raise Refused("table_missing", _("请写明来源表。"), where="table")
    if spec.is_view and (not by_table or spec.needs_consent):
        text = _("只有数据库表、且不需要当事人逐个同意的，才能按页列出。")
        raise Refused("view_unfit", text, where="is_view")
    if not by_table and not _SERVICE.fullmatch(spec.service):
        raise Refused("service_missing", _("请写明节点设置 services 中的服务名称。"), where="service")
    made, _created = Interface.objects.update_or_create(
        resource=row,
        defaults={
            "node": node,
            "kind": spec.kind,
            "database": spec.database.strip() if by_table else "",
            "table": spec.table.strip() if by_table else "",
            "service": "" if by_table else spec.service,
            "lookup": list(spec.lookup),
            "most_rows": spec.most_rows,
            "needs_consent": spec.needs_consent,
            "is_view": spec.is_view,
            "is_active": spec.is_active,
            "set_by": actor.name,
            "set_at": now,
        },
    )
    words = {
        "node": str(node),
        "kind": spec.kind,
        "lookup": list(spec.lookup),
        "view": spec.is_view,
        "active": spec.is_active,
    }
    proof.of(Proven.INTERFACE, row.number, words, actor, now)
    return made
