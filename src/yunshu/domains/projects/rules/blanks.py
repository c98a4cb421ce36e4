"""What is still 待补: what the system sees for itself, and what only a person can say was filled in since.

``blanks`` of a project or a contract holds what its source left open, in free words. A name that stands for a field
or for rows is not believed: it is judged anew from what is there, whether it was written down or not.
"""

from collections.abc import Iterable, Mapping

from yunshu.lib.kernel.labels import label

APPROVAL = label("立项批复")
CONTRACT = label("合同")
ITEM = label("批复事项")
SUPPLIER = label("供应商")
SIGNING = label("签订日期")
PLAN = label("付款分期")
WARRANTY = label("质保期止")
DELIVERY = label("交付期限")
BASIS = label("依据文件")

PLACES = {
    APPROVAL: label("项目页“登记批复”"),
    CONTRACT: label("项目页“登记合同”"),
    ITEM: label("合同页“修改”"),
    SUPPLIER: label("合同页“修改”"),
    SIGNING: label("合同页“修改”"),
    WARRANTY: label("合同页“修改”"),
    PLAN: label("合同页“付款分期”"),
    DELIVERY: label("项目页或合同页“修改”"),
    BASIS: label("项目页“修改”"),
}
"""Where each is filled in."""
FREE_PLACE = label("“修改”里的“待补事项”")
JUDGED = frozenset({APPROVAL, CONTRACT, ITEM, SUPPLIER, SIGNING, PLAN, WARRANTY, DELIVERY, BASIS})
"""The names that stand for a field or for rows."""


def free(stated: Iterable[str]) -> list[str]:
    """Return what only a person can judge of what is stated; a line that lists judged names is judged, too."""
    return [line for line in stated if line.strip() and not all(name.strip() in JUDGED for name in line.split("、"))]


def open_names(stated: Iterable[str], missing: Mapping[str, bool]) -> list[str]:
    """Return the names of what is missing, in their order, then what is stated and cannot be judged."""
    return [*(name for name, is_missing in missing.items() if is_missing), *free(stated)]


def by_place(names: Iterable[str]) -> dict[str, list[str]]:
    """Return names by the place where they are filled in, both in their order."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(PLACES.get(name, FREE_PLACE), []).append(name)
    return found
