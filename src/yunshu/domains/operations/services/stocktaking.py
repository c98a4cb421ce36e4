"""Stock-taking: begun, recorded scan by scan from any phone, closed with a report that is signed and stays."""

import json
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.contracts import ASSET_EDIT, Proven
from yunshu.domains.operations.models import Asset, Stocktake, StocktakeLine, StocktakeScan
from yunshu.domains.operations.rules import assets as rules
from yunshu.domains.operations.rules.handing_over import digest_of
from yunshu.domains.operations.selectors import assets as selectors
from yunshu.domains.operations.services import proof
from yunshu.domains.operations.services.assets import org_of
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.kernel.ids import public_number


@transaction.atomic
def start_stocktake(*, actor: Viewer, org: str, title: str, with_below: bool, now: datetime) -> Stocktake:
    """Begin a stock-taking: the list is what the books say now.

    Raises NotFound (``org_not_found``), NotPermitted, Refused (``title_missing``, ``nothing_to_count``) and Conflict (``stocktake_open``).
    """
    unit = org_of(org)
    actor.require(ASSET_EDIT, unit.path)
    if not title.strip():
        raise Refused("title_missing", _("请填写盘点名称。"), where="title")
    try:
        with transaction.atomic():
            row = Stocktake.objects.create(
                number=public_number("PD", clock.city_date(now)),
                title=title.strip()[:80],
                org=unit,
                with_below=with_below,
                started_by=actor.name[:80],
                started_at=now,
            )
    except IntegrityError as error:
        raise Conflict("stocktake_open", _("该单位有尚未结束的盘点，请先结束它。")) from error
    where = {"org__path__startswith": unit.path} if with_below else {"org": unit}
    listed = Asset.objects.filter(**where, state__in=rules.AT_HAND)
    StocktakeLine.objects.bulk_create(
        StocktakeLine(stocktake=row, asset=asset, org_id=asset.org_id, location=asset.location) for asset in listed
    )
    if not row.lines.exists():
        raise Refused("nothing_to_count", _("该单位没有需要盘点的资产。"), where="org")
    words = {"verb": "start", "org": unit.code, "lines": row.lines.count()}
    proof.of(Proven.STOCKTAKE, row.number, words, actor, now)
    return row


@transaction.atomic
def record_scan(
    *, actor: Viewer, number: str, code: str, location: str = "", note: str = "", now: datetime
) -> StocktakeScan:
    """Record that a thing was seen. ``code`` is what the scanner read or a person typed: label, address or serial number.

    Raises NotFound, NotPermitted, Conflict (``stocktake_closed``) and Refused (``code_missing``, ``serial_ambiguous``).
    """
    row = _open(actor, number)
    text = "".join(c for c in code if c.isprintable()).strip()[: rules.MOST_CODE]
    if not text:
        raise Refused("code_missing", _("请扫描标签，或输入资产编号、序列号。"), where="code")
    asset = _asset_of(text)
    line = row.lines.filter(asset=asset).first() if asset else None
    outcome = rules.SURPLUS
    if line is not None and asset is not None:
        same = rules.same_place(line.location, location)
        outcome = rules.outcome(expected=True, same_place=same and asset.org_id == line.org_id)
    return StocktakeScan.objects.create(
        stocktake=row,
        asset=asset,
        code=asset.number if asset else text,
        org_id=asset.org_id if asset else None,
        location=location.strip()[:120],
        outcome=outcome,
        note=note.strip()[:200],
        by=actor.name[:80],
        at=now,
    )


@transaction.atomic
def close_stocktake(*, actor: Viewer, number: str, conclusion: str, now: datetime) -> Stocktake:
    """Close with a report: its digest goes to the ledger under the name of who signs. Books are not changed by it.

    Raises NotFound, NotPermitted, Conflict (``stocktake_closed``) and Refused (``conclusion_missing``).
    """
    row = _open(actor, number)
    if not conclusion.strip():
        raise Refused("conclusion_missing", _("请写明盘点结论和差异的处理意见。"), where="conclusion")
    row.conclusion, row.closed_by, row.closed_at = conclusion.strip(), actor.name[:80], now
    row.report = _report(row)
    row.digest = digest_of(json.dumps(row.report, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    row.save()
    words = {"verb": "close", "digest": row.digest, "counts": row.report["counts"]}
    proof.of(Proven.STOCKTAKE, row.number, words, actor, now)
    return row


def _report(row: Stocktake) -> dict[str, Any]:
    count = selectors.count_of(row)
    scans = [
        {
            "code": scan.code,
            "outcome": scan.outcome,
            "location": scan.location,
            "note": scan.note,
            "by": scan.by,
            "at": scan.at.isoformat(),
        }
        for scan in selectors.newest_scans(row).order_by("code")
    ]
    missing = [
        {"code": line.asset.number, "outcome": rules.MISSING, "location": line.location}
        for line in selectors.missing_lines(row)
    ]
    figures = {name: getattr(count, name) for name in ("expected", "found", "misplaced", "surplus", "missing")}
    return {
        "number": row.number,
        "org": row.org.code,
        "counts": figures,
        "seen": scans,
        "missing": missing,
        "conclusion": row.conclusion,
    }


def _asset_of(text: str) -> Asset | None:
    number = rules.number_in(text)
    if number:
        return Asset.objects.filter(number=number).first()
    found = list(Asset.objects.filter(serial=text)[:2])
    if len(found) > 1:
        raise Refused("serial_ambiguous", _("多件资产使用这个序列号，请扫描标签或输入资产编号。"), where="code")
    return found[0] if found else None


def _open(actor: Viewer, number: str) -> Stocktake:
    row = selectors.visible_stocktakes(actor).select_for_update(of=("self",)).filter(number=number).first()
    if row is None:
        raise NotFound("stocktake_not_found")
    actor.require(ASSET_EDIT, row.org.path)
    if row.closed_at is not None:
        raise Conflict("stocktake_closed", _("盘点已经结束。"))
    return row
