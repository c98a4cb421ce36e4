"""A table's life as the consortium ledger holds it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yunshu.domains.evaluation.contracts import PROOF_KIND, PROVEN_NAMES, TABLE_VIEW, Proven
from yunshu.domains.evaluation.rules.life import LIFE
from yunshu.domains.evaluation.rules.rebinding import REBINDING
from yunshu.domains.evaluation.views.tables import frame
from yunshu.domains.ledger import api as ledger
from yunshu.domains.ledger.contracts import LEDGER_VIEW, Evidence
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.pages import show

VERBS = {step.verb: step.name for step in LIFE.transitions}
STATE_NAMES = {state.code: state.name for state in REBINDING.states}


@staff(TABLE_VIEW)
@require_safe
def proof(request: HttpRequest, number: str) -> HttpResponse:
    """Every record of one table in the ledger, the newest first, with how far each has come."""
    context = frame(request, number, "proof")
    rows = ledger.evidence_of(PROOF_KIND, number, clock.now())
    context |= {
        "records": [(row, _(PROVEN_NAMES[kind]), _what(kind, row.payload)) for row in rows for kind in [_kind(row)]],
        "final": sum(row.state == "final" for row in rows),
        "ledger": ledger.ledger(),
        "may_follow": viewer_of(request).may(LEDGER_VIEW),
    }
    return show(request, "evaluation/proof.html", context)


def _kind(row: Evidence) -> Proven:
    return Proven(row.kind.removeprefix(PROOF_KIND))


def _what(kind: Proven, said: Mapping[str, Any] | None) -> str:
    """Return what a record is about in a few words; nothing where its content was destroyed."""
    if said is None:
        return ""
    match kind:
        case Proven.STEP:
            return _(VERBS.get(said["verb"], said["verb"]))
        case Proven.EVIDENCE | Proven.FILES:
            return str(said["number"])
        case Proven.PAYMENT:
            return _("%(n)s，%(yuan)s 元") % {"n": said["number"], "yuan": said["amount_yuan"]}
        case Proven.PROJECT:
            sign = _("对应") if said["is_linked"] else _("取消对应")
            return f"{said['project']} {sign}"
        case Proven.BINDING:
            return f"{said['number']} {_(STATE_NAMES[said['state']])}"
        case Proven.MEASUREMENT:
            return _("指标 %(n)s：%(value)s") % {"n": said["indicator"], "value": said["value"] or "—"}
        case Proven.DECISION:
            return str(said["line"])
        case Proven.VERSION | Proven.SCORE:
            return _("第 %(n)s 版") % {"n": said["version"]}
