"""Assets from a workbook: every row is judged first; all are written, or none."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.operations.contracts import ASSET_EDIT, Proven
from yunshu.domains.operations.models import AssetModel
from yunshu.domains.operations.rules import assets as rules
from yunshu.domains.operations.services import proof
from yunshu.domains.operations.services.assets import AssetSpec, enter
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, NotPermitted, Refused
from yunshu.lib.kernel.ids import public_number

COLUMNS = {
    "org": _l("使用单位"),
    "kind": _l("资产类别"),
    "model": _l("型号代码"),
    "serial": _l("序列号"),
    "location": _l("存放地点"),
    "holder": _l("使用人"),
    "bought_on": _l("购置日期"),
    "warranty_until": _l("保修截止"),
    "contract": _l("合同编号"),
    "supplier": _l("供应商"),
    "note": _l("说明"),
}
DEMANDED = ("org", "kind")
LONGEST = {"serial": 60, "location": 120, "holder": 60, "contract": 40, "supplier": 80, "note": 300}
MOST_ROWS = 5_000
DAY = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日)"
)
"""A day as workbooks write it: 2026-11-01, 2026/11/1, 2026.11.1, 2026年11月1日."""
SALT, SEAL_AGE_S = "operations.assets.import", 3600


@dataclass(frozen=True)
class Row:
    """One line of the file, as it would be written; ``faults`` says why it may not be."""

    line: int
    org: str
    spec: AssetSpec
    location: str = ""
    holder: str = ""
    faults: tuple[str, ...] = ()
    org_name: str = ""


def judge(actor: Viewer, records: Sequence[Sequence[str]]) -> list[Row]:
    """Return what would become of each row (the first record is the head); nothing is written.

    Raises Refused (``columns_missing``, ``too_many_rows``, ``file_empty``).
    """
    if not records:
        raise Refused("file_empty", _("文件里没有可导入的行。"), where="file")
    names = {str(label): name for name, label in COLUMNS.items()}
    head = [names.get(text, "") for text in records[0]]
    if missing := [str(COLUMNS[name]) for name in DEMANDED if name not in head]:
        raise Refused("columns_missing", _("缺少列：%(names)s。") % {"names": "、".join(missing)}, where="file")
    lines = [
        (number, dict(zip(head, record, strict=False))) for number, record in enumerate(records[1:], 2) if any(record)
    ]
    if not lines:
        raise Refused("file_empty", _("文件里没有可导入的行。"), where="file")
    if len(lines) > MOST_ROWS:
        raise Refused("too_many_rows", _("一次最多导入 %(n)s 行，请分开导入。") % {"n": MOST_ROWS}, where="file")
    known = _Known(actor)
    return _without_twins([known.row(number, words) for number, words in lines])


def seal(records: Sequence[Sequence[str]]) -> str:
    """Return the file's rows in a form that the page carries to the confirmation and nobody can alter."""
    return signing.dumps([list(record) for record in records], salt=SALT, compress=True)


def unseal(sealed: str) -> list[list[str]]:
    """Return the rows of a trial. Raises Refused (``trial_expired``)."""
    try:
        records: list[list[str]] = signing.loads(sealed, salt=SALT, max_age=SEAL_AGE_S)
    except signing.BadSignature:
        raise Refused("trial_expired", _("核对结果已过期，请重新上传文件。")) from None
    return records


@transaction.atomic
def import_assets(*, actor: Viewer, records: Sequence[Sequence[str]], now: datetime) -> int:
    """Enter every row into the books, or none; return how many. One ledger record holds the digest of all of them.

    Raises as ``judge``, NotPermitted and Refused (``rows_bad``, and what ``register_asset`` refuses).
    """
    rows = judge(actor, records)
    if bad := next((row for row in rows if row.faults), None):
        raise Refused("rows_bad", _("第 %(n)s 行：%(why)s") % {"n": bad.line, "why": bad.faults[0]})
    entered = []
    for row in rows:
        try:
            asset = enter(actor, row.org, row.spec, row.location, row.holder, now)
        except NotPermitted:
            raise
        except (Refused, NotFound) as error:
            raise Refused("rows_bad", _("第 %(n)s 行：%(why)s") % {"n": row.line, "why": error.message}) from error
        entered.append([asset.number, row.org, asset.kind, row.spec.model, row.spec.serial])
    digest = hashlib.sha256(json.dumps(entered, ensure_ascii=False).encode()).hexdigest()
    words = {"verb": "import", "count": len(entered), "digest": digest, "numbers": [each[0] for each in entered]}
    proof.of(Proven.ASSET, public_number("DR", clock.city_date(now)), words, actor, now)
    return len(entered)


class _Known:
    """What a row may refer to, read once."""

    def __init__(self, actor: Viewer) -> None:
        self.actor = actor
        orgs = Org.objects.filter(is_active=True)
        self.by_code = {org.code: org for org in orgs}
        self.by_name: dict[str, list[Org]] = {}
        for org in self.by_code.values():
            self.by_name.setdefault(org.name, []).append(org)
        self.kinds = {_(name): code for code, name in rules.KINDS.items()} | {code: code for code in rules.KINDS}
        self.models = set(AssetModel.objects.filter(is_active=True).values_list("code", flat=True))

    def row(self, line: int, words: dict[str, str]) -> Row:
        """Return a line with its faults."""
        faults: list[str] = []
        org = self._org(words.get("org", ""), faults)
        kind = self.kinds.get(words.get("kind", ""), "")
        if not kind:
            known = _("、").join(_(name) for name in rules.KINDS.values())
            said = {"text": words.get("kind", ""), "known": known}
            faults.append(_("资产类别“%(text)s”不在类别表中，可填：%(known)s") % said)
        if (model := words.get("model", "")) and model not in self.models:
            faults.append(_("型号不存在：%(code)s") % {"code": model})
        for name, most in LONGEST.items():
            if len(words.get(name, "")) > most:
                faults.append(_("%(name)s超过 %(n)s 字") % {"name": COLUMNS[name], "n": most})
        days = {name: _day(words.get(name, ""), COLUMNS[name], faults) for name in ("bought_on", "warranty_until")}
        if days["bought_on"] and days["warranty_until"] and days["warranty_until"] < days["bought_on"]:
            faults.append(_("保修截止不能早于购置日期。"))
        texts: dict[str, Any] = {name: words.get(name, "") for name in ("serial", "contract", "supplier", "note")}
        spec = AssetSpec(kind=kind, model=model, **(texts | days))
        name = self.by_code[org].name if org else ""
        return Row(line, org, spec, words.get("location", ""), words.get("holder", ""), tuple(faults), name)

    def _org(self, text: str, faults: list[str]) -> str:
        found = [self.by_code[text]] if text in self.by_code else self.by_name.get(text, [])
        if len(found) != 1:
            words = {"text": text}
            faults.append(
                _("使用单位“%(text)s”不存在") % words if not found else _("“%(text)s”不止一个，请填编码") % words
            )
            return ""
        if not self.actor.may(ASSET_EDIT, found[0].path):
            faults.append(_("您没有为“%(text)s”登记资产的权限") % {"text": text})
        return found[0].code


def _without_twins(rows: list[Row]) -> list[Row]:
    first: dict[tuple[str, str], int] = {}
    judged = []
    for row in rows:
        key = (row.spec.model, row.spec.serial)
        twin = first.setdefault(key, row.line) if all(key) else row.line
        if twin != row.line:
            row = replace(row, faults=(*row.faults, _("序列号与第 %(n)s 行重复") % {"n": twin}))
        judged.append(row)
    return judged


def _day(text: str, name: Any, faults: list[str]) -> date | None:
    if not text:
        return None
    try:
        if found := DAY.fullmatch(re.sub(r"\s", "", text)):
            return date(*(int(part) for part in found.groups() if part))
    except ValueError:
        pass
    faults.append(
        _("%(name)s“%(text)s”不是日期（如 2026-03-01、2026/3/1、2026年3月1日）") % {"name": name, "text": text}
    )
    return None
