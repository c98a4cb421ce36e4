"""Does a city pack hold together? Every rule names the file, the row, and what to change."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _

from yunshu.config.city import check_calendar, check_projects, check_table, check_targets
from yunshu.config.city.pack import Pack, read
from yunshu.config.city.problems import Problem, Weight
from yunshu.config.city.schema import Organisation
from yunshu.domains.directory.api import DUTY_NAMES, duties_of
from yunshu.domains.directory.models import Org
from yunshu.lib.identifiers import uscc
from yunshu.lib.kernel.permissions import permissions


def check(folder: Path) -> tuple[Pack | None, list[Problem]]:
    """Return the pack (None if it cannot be read) and everything that is wrong or still blank in it."""
    if not folder.is_dir():
        return None, [Problem(file=str(folder), place="", message=_("文件夹不存在。"))]
    pack, problems = read(folder)
    if pack is None:
        return None, problems
    return pack, [*problems, *_all(pack)]


def _all(pack: Pack) -> Iterator[Problem]:
    yield from _city(pack)
    yield from _divisions(pack)
    yield from _organisations(pack)
    yield from _scopes(pack)
    yield from _roles(pack)
    yield from _people(pack)
    yield from _assignments(pack)
    yield from check_calendar.check(pack.years)
    yield from check_table.check(pack)
    yield from check_targets.check(pack)
    yield from check_projects.check(pack)
    yield from _loans(pack)
    yield from _blanks(pack)


def _loans(pack: Pack) -> Iterator[Problem]:
    known, seen = {o.code for o in pack.organisations}, Counter(loan.code for loan in pack.loans.loans)
    for loan in pack.loans.loans:
        if loan.org not in known:
            message = _("机构 %(code)s 不在 organisations.csv 中。") % {"code": loan.org}
            yield Problem(file="loans.toml", place=loan.code, message=message)
    for code, count in seen.items():
        if count > 1:
            message = _("编码出现了 %(count)s 次，须唯一。") % {"count": count}
            yield Problem(file="loans.toml", place=code, message=message)


def _line(row: int, column: str) -> str:
    return _("第%(line)s行 %(column)s") % {"line": row, "column": column}


def _city(pack: Pack) -> Iterator[Problem]:
    city, codes = pack.city.city, {o.code: o for o in pack.organisations}
    for key, code, kind in (("bureau", city.bureau, Org.Kind.BUREAU), ("finance", city.finance, None)):
        org = codes.get(code)
        if org is None:
            yield Problem(
                file="city.toml",
                place=f"city {key}",
                message=_("机构 %(code)s 不在 organisations.csv 中。") % {"code": code},
                advice=_("请改为表中已有的编码，或补一行机构。"),
            )
        elif kind and org.kind != kind:
            yield Problem(
                file="city.toml",
                place=f"city {key}",
                message=_("机构 %(code)s 的类别应为 %(kind)s。") % {"code": code, "kind": kind.value},
                advice=_("请在 organisations.csv 第%(line)s行改正 kind。") % {"line": org.line},
            )


def _divisions(pack: Pack) -> Iterator[Problem]:
    city = pack.city.city.division_code
    yield from _unique("divisions.csv", "code", ((d.line, d.code) for d in pack.divisions))
    for division in pack.divisions:
        if division.code[:4] != city[:4] or division.code == city:
            yield Problem(
                file="divisions.csv",
                place=_line(division.line, "code"),
                message=_("%(code)s 不是 %(city)s 的下辖区划。") % {"code": division.code, "city": city},
                advice=_("GB/T 2260 中前四位与本市相同，请核对。"),
            )


def _unique(file: str, column: str, values: Iterable[tuple[int, str]]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for line, value in values:
        if value and first.setdefault(value, line) != line:
            yield Problem(
                file=file,
                place=_line(line, column),
                message=_("%(value)s 与第%(line)s行重复。") % {"value": value, "line": first[value]},
                advice=_("请改为不同的值，或删除其中一行。"),
            )


def _organisations(pack: Pack) -> Iterator[Problem]:
    file, rows = "organisations.csv", pack.organisations
    divisions = {d.code for d in pack.divisions} | {pack.city.city.division_code}
    for column in ("code", "name", "uscc"):
        yield from _unique(file, column, ((o.line, str(getattr(o, column))) for o in rows))
    seen: set[str] = set()
    for org in rows:
        if org.parent and org.parent not in seen:
            yield _parent(org, known=any(o.code == org.parent for o in rows))
        if org.division and org.division not in divisions:
            yield Problem(
                file=file,
                place=_line(org.line, "division"),
                message=_("区划 %(code)s 不在 divisions.csv 中。") % {"code": org.division},
                advice=_("请改正代码，或在 divisions.csv 补一行。"),
            )
        yield from _organisation(org)
        seen.add(org.code)
    if sum(not o.parent for o in rows) != 1:
        yield Problem(
            file=file,
            place="parent",
            message=_("应当恰有一个没有上级的机构（市）。"),
            advice=_("请给其余机构填写 parent。"),
        )


def _parent(org: Organisation, *, known: bool) -> Problem:
    if known:
        message, advice = _("上级机构 %(code)s 排在后面。"), _("请把上级机构的行移到前面。")
    else:
        message, advice = _("上级机构 %(code)s 不存在。"), _("请改正编码，或补一行上级机构。")
    return Problem(
        file="organisations.csv", place=_line(org.line, "parent"), message=message % {"code": org.parent}, advice=advice
    )


def _organisation(org: Organisation) -> Iterator[Problem]:
    file = "organisations.csv"
    if org.uscc and not uscc.check(org.uscc).ok:
        yield Problem(
            file=file,
            place=_line(org.line, "uscc"),
            message=_("统一社会信用代码 %(code)s 校验不通过。") % {"code": org.uscc},
            advice=_("请核对 18 位代码；没有查到就留空。"),
        )
    if org.is_sample != (org.confidence == "sample"):
        yield Problem(
            file=file,
            place=_line(org.line, "is_sample"),
            message=_("is_sample 与 confidence 不一致。"),
            advice=_("占位单位两列写 true 和 sample，真实单位写 false 和 confirmed 或 recalled。"),
        )
    if org.is_sample and (org.uscc or "示例" not in org.name):
        yield Problem(
            file=file,
            place=_line(org.line, "name"),
            message=_("示例单位的名称须含“示例”，且不填统一社会信用代码。"),
            advice=_("请写成“示例单位01”这样的名称。"),
        )
    if not org.is_sample and not org.source:
        yield Problem(
            file=file,
            place=_line(org.line, "source"),
            message=_("真实单位须写明出处。"),
            advice=_("请填写文件名、文号或网址。"),
        )


def _scopes(pack: Pack) -> Iterator[Problem]:
    known = {s.code for s in pack.city.scopes}
    counted = Counter(code for org in pack.organisations for code in org.scopes)
    for org in pack.organisations:
        for code in sorted(set(org.scopes) - known):
            yield Problem(
                file="organisations.csv",
                place=_line(org.line, "scopes"),
                message=_("范围 %(code)s 不在 city.toml 的 scopes 中。") % {"code": code},
                advice=_("请改正，或在 city.toml 补一项。"),
            )
    orgs = {org.code for org in pack.organisations}
    for campaign in pack.city.campaigns:
        if campaign.scope not in known:
            message = _("范围 %(code)s 不在 city.toml 的 scopes 中。") % {"code": campaign.scope}
            yield Problem(file="city.toml", place=f"campaigns {campaign.name}", message=message)
        if campaign.org not in orgs:
            message = _("机构 %(code)s 不在 organisations.csv 中。") % {"code": campaign.org}
            yield Problem(file="city.toml", place=f"campaigns {campaign.name}", message=message)
    for scope in pack.city.scopes:
        if counted[scope.code] != scope.units:
            yield Problem(
                file="organisations.csv",
                place="scopes",
                message=_("范围“%(name)s”应有 %(units)s 个单位，现有 %(count)s 个。")
                % {"name": scope.name, "units": scope.units, "count": counted[scope.code]},
                advice=_("请增减 scopes 列中的 %(code)s，名单未知的用示例单位补足。") % {"code": scope.code},
            )


def _roles(pack: Pack) -> Iterator[Problem]:
    autodiscover_modules("contracts")  # declares every domain's permissions
    known, file = permissions(), "roles.toml"
    yield from _duplicates(file, Counter(r.code for r in pack.roles.roles))
    for role in pack.roles.roles:
        for code in sorted(set(role.permissions) - set(known)):
            yield Problem(
                file=file,
                place=f"roles {role.code}",
                message=_("不存在的权限：%(code)s。") % {"code": code},
                advice=_("请从“谁可以做什么”页面抄写权限编码。"),
            )
    yield from _gathered(pack)
    codes = {r.code for r in pack.roles.roles}
    for number, separation in enumerate(pack.roles.separations, 1):
        for code in sorted(set(separation.roles) - codes):
            yield Problem(
                file=file,
                place=_("separations 第%(number)s项") % {"number": number},
                message=_("角色 %(code)s 不存在。") % {"code": code},
                advice=_("请改正编码。"),
            )
    held = {code for role in pack.roles.roles for code in role.permissions}
    for code in sorted(set(known) - held):
        yield Problem(
            file=file,
            place="",
            message=_("没有角色含有权限 %(code)s（%(name)s），无人可做。") % {"code": code, "name": known[code].name},
            weight=Weight.HINT,
        )


def _gathered(pack: Pack) -> Iterator[Problem]:
    """Yield the roles, and the people, that gather the duties of two administrators by what they may do."""
    held: dict[str, set[str]] = {}
    may = {role.code: role.permissions for role in pack.roles.roles}
    for row in pack.assignments:
        held.setdefault(row.person, set()).update(may.get(row.role, ()))
    places = [("roles.toml", f"roles {code}", codes) for code, codes in may.items()]
    for file, place, codes in [*places, *(("assignments.csv", person, codes) for person, codes in held.items())]:
        duties = duties_of(codes)
        if len(duties) > 1:
            names = "、".join(str(DUTY_NAMES[duty]) for duty in duties)
            yield Problem(
                file=file,
                place=place,
                message=_("兼有%(names)s的权限（GB/T 22239-2019 8.1.4.2 d、8.1.5）。") % {"names": names},
                advice=_("请分给不同的角色、不同的人。"),
            )


def _duplicates(file: str, counted: Mapping[str, int]) -> Iterator[Problem]:
    for code, count in counted.items():
        if count > 1:
            yield Problem(
                file=file,
                place=code,
                message=_("编码出现了 %(count)s 次。") % {"count": count},
                advice=_("请改为不同的编码。"),
            )


def _people(pack: Pack) -> Iterator[Problem]:
    file, codes = "people.csv", {o.code for o in pack.organisations}
    yield from _unique(file, "number", ((p.line, p.number) for p in pack.people))
    yield from _unique(file, "username", ((p.line, p.username) for p in pack.people))
    for person in pack.people:
        if person.org not in codes:
            yield _unknown(file, person.line, "org", person.org)
        if person.is_sample and "示例" not in person.name:
            yield Problem(
                file=file,
                place=_line(person.line, "name"),
                message=_("示例人员须以岗位命名并含“示例”。"),
                advice=_("请写成“填报岗（示例）”这样的名称。"),
            )


def _assignments(pack: Pack) -> Iterator[Problem]:
    file = "assignments.csv"
    tables = {
        "person": {p.number for p in pack.people},
        "role": {r.code for r in pack.roles.roles},
        "org": {o.code for o in pack.organisations},
    }
    yield from _unique(file, "person role org", ((a.line, f"{a.person} {a.role} {a.org}") for a in pack.assignments))
    for row in pack.assignments:
        for column, known in tables.items():
            if getattr(row, column) not in known:
                yield _unknown(file, row.line, column, getattr(row, column))
        if row.ends_on and row.ends_on < row.starts_on:
            yield Problem(
                file=file,
                place=_line(row.line, "ends_on"),
                message=_("失效日期早于生效日期。"),
                advice=_("请改正日期，长期有效则留空。"),
            )
    yield from _separated(pack)


def _unknown(file: str, line: int, column: str, value: str) -> Problem:
    return Problem(
        file=file,
        place=_line(line, column),
        message=_("%(value)s 不存在。") % {"value": value},
        advice=_("请改正编码，或先在对应文件中补上。"),
    )


def _separated(pack: Pack) -> Iterator[Problem]:
    held: dict[str, set[str]] = {}
    for row in pack.assignments:
        held.setdefault(row.person, set()).add(row.role)
    for separation in pack.roles.separations:
        for person, roles in held.items():
            both = sorted(roles & set(separation.roles))
            if len(both) > 1:
                yield Problem(
                    file="assignments.csv",
                    place=person,
                    message=_("同一人不得兼任 %(roles)s（%(source)s）。")
                    % {"roles": "、".join(both), "source": separation.source},
                    advice=_("请分给不同的人。"),
                )


def _blanks(pack: Pack) -> Iterator[Problem]:
    for section, model in (("contacts", pack.city.contacts), ("portal", pack.city.portal)):
        for key, value in model.model_dump().items():
            if value == "":
                yield Problem(file="city.toml", place=f"{section} {key}", message=_("待补。"), weight=Weight.HINT)
    for number, hours in enumerate(pack.city.work_hours, 1):
        if not hours.verified:
            place = _("work_hours 第%(number)s项") % {"number": number}
            yield Problem(file="city.toml", place=place, message=_("作息时间未核对。"), weight=Weight.HINT)
    for scope in pack.city.scopes:
        if not scope.verified:
            message = _("范围“%(name)s”的名单未核对。") % {"name": scope.name}
            yield Problem(file="city.toml", place=f"scopes {scope.code}", message=message, weight=Weight.HINT)
    if pack.city.ledger and not pack.city.ledger.verified:
        message = _("账本成员是演示用的组成，待各单位商定。")
        yield Problem(file="city.toml", place="ledger", message=message, weight=Weight.HINT)
    recalled = sum(o.confidence == "recalled" for o in pack.organisations)
    if recalled:
        message = _("有 %(count)s 个单位的名称未与机构名录核对（confidence = recalled）。") % {"count": recalled}
        yield Problem(file="organisations.csv", place="", message=message, weight=Weight.HINT)
