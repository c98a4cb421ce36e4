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

JUDGED = frozenset({APPROVAL, CONTRACT, ITEM, SUPPLIER, SIGNING, PLAN, WARRANTY, DELIVERY, BASIS})
"""The names that stand for a field or for rows."""


def free(stated: Iterable[str]) -> list[str]:
    """Return what only a person can judge of what is stated; a line that lists judged names is judged, too."""
    return [line for line in stated if line.strip() and not all(name.strip() in JUDGED for name in line.split("、"))]


def open_names(stated: Iterable[str], missing: Mapping[str, bool]) -> list[str]:
    """Return the names of what is missing, in their order, then what is stated and cannot be judged."""
    return [*(name for name, is_missing in missing.items() if is_missing), *free(stated)]
