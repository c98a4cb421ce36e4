"""What else must hold before a verb: facts of a ticket in, a refusal out. Numbers without a known source are marked as ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from yunshu.lib.kernel.labels import label

MOST_EXTENSIONS = 1
"""延期一次，且不超过原时限: common in cities' rules, not confirmed for Jieyang."""
MOST_REWORKS = 2
"""After this many the ticket goes to a meeting instead of round again; ours."""
REOPEN_WITHIN_DAYS = 30
"""Ours."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What guards look at. A part is a ticket that came of another (assisting, or split off)."""

    is_part: bool = False
    has_unit: bool = False
    parts: int = 0
    open_parts: int = 0
    extensions: int = 0
    reworks: int = 0
    is_late: bool = False
    objection_late: bool = False
    called_back: bool = False
    is_content: bool = True
    days_closed: int = 0
    last_reason: str = ""


Refusal = tuple[str, str]
Guard = Callable[[Facts], Refusal | None]


def _unless(holds: Callable[[Facts], bool], code: str, words: str) -> Guard:
    return lambda facts: None if holds(facts) else (code, words)


_PARTS_DONE = _unless(lambda f: f.open_parts == 0, "parts_open", label("还有子单没有办结，主单不能先办结。"))
_WHOLE = _unless(lambda f: not f.is_part, "is_part", label("子单由主单统一回访，请在审核时选“审核通过”。"))
_MAY_REWORK = _unless(
    lambda f: f.reworks < MOST_REWORKS, "reworks_used_up", label("重办次数已达上限，请转疑难会办或由管理人员认定。")
)
GUARDS: Mapping[str, tuple[Guard, ...]] = {
    "object": (
        _unless(lambda f: not f.objection_late, "objection_late", label("已过退单申请时限，请继续办理或申请会办。")),
    ),
    "ask_extension": (
        _unless(lambda f: f.extensions < MOST_EXTENSIONS, "extended_already", label("只能延期一次。")),
        _unless(lambda f: not f.is_late, "extension_late", label("须在办理期限届满前申请延期。")),
    ),
    "pass": (_PARTS_DONE, _WHOLE),
    "pass_part": (_PARTS_DONE, _unless(lambda f: f.is_part, "not_a_part", label("请选“审核通过，转回访”。"))),
    "gather": (
        _PARTS_DONE,
        _unless(lambda f: f.parts > 0, "no_parts", label("没有子单，不能汇总。")),
    ),
    "confirm": (
        _PARTS_DONE,
        _unless(lambda f: f.called_back, "not_called_back", label("请先登记回访结果。")),
        _unless(
            lambda f: f.is_content,
            "not_solved",
            label("诉求人认为没有解决或不满意：请重办，或认定为不纳入评价后办结。"),
        ),
    ),
    "rework": (
        _MAY_REWORK,
        _unless(lambda f: f.has_unit, "no_unit", label("没有承办单位，请选“重新派单”。")),
    ),
    "rework_desk": (_MAY_REWORK,),
    "meet_again": (
        _unless(lambda f: f.reworks >= MOST_REWORKS, "rework_first", label("重办次数未达上限，请先重办。")),
    ),
    "split": (_unless(lambda f: not f.is_part, "part_of_part", label("子单不能再拆分。")),),
    "upgrade": (_unless(lambda f: not f.is_part, "part_of_part", label("子单不能单独上报，请上报主单。")),),
    "merge": (_unless(lambda f: not f.is_part and f.parts == 0, "has_parts", label("子单和有子单的工单不能并案。")),),
    "reopen": (
        _unless(lambda f: not f.is_part, "is_part", label("请重新打开主单。")),
        _unless(
            lambda f: f.days_closed <= REOPEN_WITHIN_DAYS, "reopen_late", label("办结已超过 30 天，请登记新的工单。")
        ),
    ),
}


def refusal(verb: str, facts: Facts) -> Refusal | None:
    """Return the code and the sentence of the first rule that says no, None if none does."""
    for guard in GUARDS.get(verb, ()):
        if (said := guard(facts)) is not None:
            return said
    return None
