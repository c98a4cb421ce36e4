"""Do the targets of a pack hold together: kinds, organisations, what each needs."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from yunshu.config.city.pack import Pack
from yunshu.config.city.problems import Problem, Weight
from yunshu.config.city.schema import TargetRow
from yunshu.domains.operations import api

FILE = "targets.csv"
NEEDED = re.compile(r"(?:\d+@)?(.+)")


def check(pack: Pack) -> Iterator[Problem]:
    """Yield what is wrong with targets.csv, and how many addresses are still to be filled in."""
    codes, orgs = {t.code for t in pack.targets}, {o.code for o in pack.organisations}
    kinds = api.target_kinds()
    for row in pack.targets:
        if row.kind not in kinds:
            choices = "、".join(kinds)
            yield _wrong(row, "kind", _("不认识的类别“%(text)s”。") % {"text": row.kind}, choices)
        if row.org not in orgs:
            yield _wrong(row, "org", _("机构 %(code)s 不在 organisations.csv 中。") % {"code": row.org})
        for code in needed(row) - codes:
            yield _wrong(row, "needs", _("依赖的对象 %(code)s 不在本文件中。") % {"code": code})
    blank = sum(not row.address and not row.needs for row in pack.targets)
    if blank:
        message = _("有 %(count)s 个监测对象的探测地址待补。") % {"count": blank}
        yield Problem(file=FILE, place="address", message=message, weight=Weight.HINT)


def needed(row: TargetRow) -> set[str]:
    """Return the codes that a row's ``needs`` names."""
    words = (NEEDED.fullmatch(word) for word in row.needs.split())
    return {code for word in words if word for code in word[1].split("|")}


def _wrong(row: TargetRow, column: str, message: str, advice: str = "") -> Problem:
    place = _("第%(line)s行 %(column)s") % {"line": row.line, "column": column}
    return Problem(file=FILE, place=place, message=message, advice=advice)
