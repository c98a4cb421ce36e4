"""Targets from a sheet: every row is judged first and shown; confirmed, all are written or none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.operations import checks
from yunshu.domains.operations.choices import TargetKind, TargetState
from yunshu.domains.operations.contracts import TARGET_EDIT
from yunshu.domains.operations.models import Target
from yunshu.domains.operations.rules import addresses, readings
from yunshu.domains.operations.selectors.targets import shown, visible_targets
from yunshu.domains.operations.services.targets import NeedSpec, TargetSpec, add_target, change_target, set_needs
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.probe import BadTarget

SALT, LIFE_S, MOST_ROWS = "operations.targets.import", 3600, 5000
COLUMNS: Mapping[str, Any] = {
    "code": _l("代码"),
    "name": _l("名称"),
    "kind": _l("类别"),
    "org": _l("主管单位"),
    "address": _l("探测地址"),
    "readings": _l("读数"),
    "interval_s": _l("探测间隔（秒）"),
    "timeout_s": _l("超时（秒）"),
    "promise": _l("承诺可用率（%）"),
    "in_service_on": _l("投入使用日期"),
    "provider": _l("服务商"),
    "contract": _l("合同编号"),
    "scopes": _l("范围标签"),
    "is_public": _l("公开"),
    "needs": _l("依赖于"),
    "source": _l("出处"),
    "note": _l("说明"),
}
NEEDED = ("code", "name", "kind", "org")
Line = dict[str, str]


@dataclass(frozen=True)
class RowVerdict:
    """What will become of one row: ``new``, ``changed``, ``same`` or ``bad`` with the reason."""

    number: int
    code: str
    name: str
    outcome: str
    reason: str = ""


def lines_of(table: Iterator[list[str]]) -> list[Line]:
    """Return rows as texts by field. Raises Refused (``columns_missing``, ``file_empty``, ``too_many_rows``)."""
    head = next(table, [])
    names = {str(title): name for name, title in COLUMNS.items()}
    missing = [str(COLUMNS[name]) for name in NEEDED if str(COLUMNS[name]) not in head]
    if missing:
        raise Refused(
            "columns_missing", _("缺少列：%(names)s。请先导出，再在导出的表格上修改。") % {"names": "、".join(missing)}
        )
    lines = []
    for record in table:
        line = {names[h]: text for h, text in zip(head, record, strict=False) if h in names}
        if any(line.values()):
            lines.append(line)
        if len(lines) > MOST_ROWS:
            raise Refused("too_many_rows", _("一次最多导入 %(n)s 行，请分开导入。") % {"n": MOST_ROWS})
    if not lines:
        raise Refused("file_empty", _("文件里没有可导入的行。"))
    return lines


def try_out(actor: Viewer, lines: Sequence[Line], now: datetime) -> tuple[list[RowVerdict], str]:
    """Judge every row, write nothing; return the verdicts and the rows sealed for the confirmation."""
    actor.require(TARGET_EDIT)
    with transaction.atomic():
        verdicts = list(_judge(actor, lines, now))
        transaction.set_rollback(True)
    return verdicts, signing.dumps(list(lines), salt=SALT, compress=True)


def unseal(sealed: str) -> list[Line]:
    """Return the rows of a trial; raise Refused (``trial_expired``)."""
    try:
        return list(signing.loads(sealed, salt=SALT, max_age=LIFE_S))
    except signing.BadSignature as error:
        raise Refused("trial_expired", _("核对结果已过期，请重新上传文件。")) from error


@transaction.atomic
def write(actor: Viewer, lines: Sequence[Line], now: datetime) -> list[RowVerdict]:
    """Write every row. Raises NotPermitted and Refused (``rows_bad``): then none is written."""
    actor.require(TARGET_EDIT)
    verdicts = list(_judge(actor, lines, now))
    bad = next((v for v in verdicts if v.outcome == "bad"), None)
    if bad:
        raise Refused("rows_bad", _("第 %(n)s 行：%(why)s") % {"n": bad.number, "why": bad.reason})
    return verdicts


def write_missing(actor: Viewer, lines: Sequence[Line], now: datetime) -> int:
    """Write the rows whose code is not known yet, all or none; return how many. Raises as ``write``."""
    codes = [line.get("code", "") for line in lines]
    known = set(Target.objects.filter(code__in=codes).values_list("code", flat=True))
    fresh = [line for line in lines if line.get("code") not in known]
    return len(write(actor, fresh, now)) if fresh else 0


def _judge(actor: Viewer, lines: Sequence[Line], now: datetime) -> Iterator[RowVerdict]:
    seen: dict[str, int] = {}
    kept: list[tuple[RowVerdict, Line]] = []
    for number, line in enumerate(lines, 2):
        code = line.get("code", "")
        if code in seen:
            reason = _("代码为空") if not code else _("与第 %(n)s 行重复") % {"n": seen[code]}
            kept.append((RowVerdict(number, code, line.get("name", ""), "bad", reason), line))
            continue
        seen[code] = number
        kept.append((_row(actor, number, line, now), line))
    for verdict, line in kept:
        yield _needs(actor, verdict, line, now) if verdict.outcome != "bad" and "needs" in line else verdict


def _row(actor: Viewer, number: int, line: Line, now: datetime) -> RowVerdict:
    code, name = line.get("code", ""), line.get("name", "")
    try:
        with transaction.atomic():
            if not code:
                raise Refused("code_missing", _("代码为空"))
            row = visible_targets(actor).filter(code=code).first()
            spec = _spec(line, row)
            if row is None:
                add_target(actor=actor, spec=spec, now=now)
                return RowVerdict(number, code, name, "new")
            if spec == _now(row):
                return RowVerdict(number, code, name, "same")
            change_target(actor=actor, number=row.number, spec=spec, now=now)
            return RowVerdict(number, code, name, "changed")
    except (Refused, NotFound) as error:
        return RowVerdict(number, code, name, "bad", error.message or error.code)


def _now(row: Target) -> TargetSpec:
    """Return what stands of a target."""
    plain = {k: v for k, v in shown(row).items() if k != "scopes"}
    users = tuple(row.users.order_by("code").values_list("code", flat=True))
    return TargetSpec(**plain, check_form=row.check_form, scopes=tuple(row.scopes), users=users)


def _spec(line: Line, row: Target | None) -> TargetSpec:
    base = _now(row) if row else TargetSpec(org=line["org"], name=line["name"], kind=line["kind"])
    kinds = {str(name): value for value, name in TargetKind.choices}
    org = Org.objects.filter(name=line["org"]).values_list("code", flat=True).first() or line["org"]
    words: dict[str, Any] = {
        "code": line["code"],
        "name": line["name"],
        "org": org,
        "kind": kinds.get(line["kind"], line["kind"]),
    }
    words |= {n: line[n] for n in ("provider", "contract", "source", "note") if n in line}
    words |= {n: _whole(line[n], str(COLUMNS[n])) for n in ("interval_s", "timeout_s") if line.get(n)}
    if "promise" in line:
        words["promise"] = _decimal(line["promise"])
    if "in_service_on" in line:
        words["in_service_on"] = _date(line["in_service_on"])
    if "scopes" in line:
        words["scopes"] = tuple(sorted(set(line["scopes"].split())))
    if "is_public" in line:
        words["is_public"] = line["is_public"] in {"是", "1", "true", "True", "TRUE", "Yes"}
    if "address" in line:
        words["check_form"] = _check(line["address"], line.get("readings", ""), row)
    return replace(base, **words)


def _check(address: str, lines: str, row: Target | None) -> Mapping[str, Any]:
    """Return the kept form; of a target that is looked at in the same way, what a sheet cannot say stays."""
    kept = row.check_form if row else {}
    if kept and addresses.written(kept)[0] == address and addresses.written(kept)[1] == lines:
        return kept
    try:
        form = addresses.parsed(address, lines)
        if not form:
            return {}
        if kept.get("kind") == form["kind"]:
            opened = {n: checks.opened_secret(n, v) if checks.has_secret(kept, n) else v for n, v in kept.items()}
            form = opened | form
        return checks.put_away(form)
    except readings.BadLine as error:
        raise Refused("readings_bad", _("读数看不懂：%(text)s") % {"text": error.text}) from error
    except (BadTarget, addresses.BadAddress) as error:
        raise Refused("address_bad", _("探测地址看不懂：%(text)s") % {"text": address}) from error


def _needs(actor: Viewer, verdict: RowVerdict, line: Line, now: datetime) -> RowVerdict:
    row = visible_targets(actor).get(code=verdict.code)
    try:
        with transaction.atomic():
            specs = list(_need_specs(actor, line["needs"]))
            standing = [
                NeedSpec(upstream=n.upstream.number, group=n.group, least=n.least)
                for n in row.needs.select_related("upstream")
            ]
            if sorted(specs, key=str) == sorted(standing, key=str):
                return verdict
            set_needs(actor=actor, number=row.number, needs=specs, now=now)
    except (Refused, NotFound) as error:
        return replace(verdict, outcome="bad", reason=error.message or error.code)
    return replace(verdict, outcome="changed") if verdict.outcome == "same" else verdict


def _need_specs(actor: Viewer, text: str) -> Iterator[NeedSpec]:
    """``room-1 line-a|line-b 2@x|y|z``: all of them; of ``a|b`` one is enough, of ``2@x|y|z`` two."""
    for n, word in enumerate(text.split(), 1):
        least, _at, rest = word.rpartition("@")
        codes = rest.split("|")
        for code in codes:
            row = visible_targets(actor).filter(code=code).exclude(state=TargetState.RETIRED).first()
            if row is None:
                raise Refused("need_unknown", _("依赖的对象不存在：%(code)s") % {"code": code})
            group = f"组{n}" if len(codes) > 1 else ""
            yield NeedSpec(upstream=row.number, group=group, least=int(least) if least.isdigit() and group else 1)


def _whole(text: str, name: str) -> int:
    if not text.isdigit():
        raise Refused("number_bad", _("%(name)s不是整数：%(text)s") % {"name": name, "text": text})
    return int(text)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation as error:
        raise Refused(
            "number_bad", _("%(name)s不是数字：%(text)s") % {"name": COLUMNS["promise"], "text": text}
        ) from error


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refused("date_bad", _("日期应写成 2026-01-31：%(text)s") % {"text": text}) from error


def sheet(rows: Sequence[Target]) -> Iterator[Sequence[Any]]:
    """Return targets as the sheet that ``lines_of`` reads back."""
    yield [str(title) for title in COLUMNS.values()]
    for row in rows:
        address, lines = addresses.written(row.check_form)
        yield [
            row.code, row.name, row.get_kind_display(), row.org.code, address, lines, row.interval_s, row.timeout_s,
            row.promise if row.promise is not None else "", row.in_service_on or "", row.provider, row.contract, " ".join(row.scopes),
            _("是") if row.is_public else _("否"), _needs_cell(row), row.source, row.note,
        ]  # fmt: skip


def _needs_cell(row: Target) -> str:
    groups: dict[str, list[Any]] = {}
    for need in row.needs.all():
        groups.setdefault(need.group or need.upstream.code, []).append(need)
    words = []
    for found in groups.values():
        codes = "|".join(sorted(n.upstream.code for n in found))
        words.append(f"{found[0].least}@{codes}" if found[0].least > 1 else codes)
    return " ".join(sorted(words))
