"""The life of an asset, its labels, and what a stock-taking finds.

The order 回收 → 清除数据 → 处置 (recover, erase, dispose) is the house's reading of 行政事业性国有资产管理条例 (国务院令第738号) and
of the rule that media are cleared before they leave (GB/T 22239-2019 8.1.10.4 介质管理); clauses recalled, not read again.
"""

import re

from yunshu.domains.operations.rules.steps import StateTable, Step
from yunshu.lib.kernel.labels import label

IN_STOCK, IN_USE, IDLE, REPAIR, MISSING = "in_stock", "in_use", "idle", "repair", "missing"
RECOVERED, ERASED, DISPOSED = "recovered", "erased", "disposed"
STATES = {
    IN_STOCK: label("在库"),
    IN_USE: label("在用"),
    IDLE: label("闲置"),
    REPAIR: label("维修中"),
    MISSING: label("盘亏"),
    RECOVERED: label("已回收"),
    ERASED: label("已清除数据"),
    DISPOSED: label("已处置"),
}
AT_HAND = (IN_STOCK, IN_USE, IDLE, REPAIR)
"""States in which a stock-taking must find it."""
KINDS = {
    "desktop": label("台式计算机"),
    "laptop": label("便携式计算机"),
    "thin": label("瘦客户机"),
    "printer": label("打印机"),
    "scanner": label("扫描仪"),
    "server": label("服务器"),
    "network": label("网络设备"),
    "power": label("供电设备"),
    "cooling": label("空调设备"),
    "other": label("其他"),
}
TERMINALS = ("desktop", "laptop", "thin")

LIFE = StateTable(
    (
        Step("register", label("登记入库"), ("",), IN_STOCK),
        Step("register_used", label("登记在用"), ("",), IN_USE),
        Step("issue", label("领用"), (IN_STOCK, IDLE), IN_USE),
        Step("give_back", label("退库"), (IN_USE, IDLE), IN_STOCK),
        Step("set_aside", label("转闲置"), (IN_USE, IN_STOCK), IDLE),
        Step("send_repair", label("送修"), (IN_USE, IN_STOCK, IDLE), REPAIR, needs_reason=True),
        Step("repaired", label("修复返回"), (REPAIR,), IN_STOCK),
        *(Step("transfer", label("调拨"), (state,), state, needs_reason=True) for state in (IN_STOCK, IN_USE, IDLE)),
        *(Step("relocate", label("变更地点"), (state,), state) for state in (IN_STOCK, IN_USE, IDLE)),
        Step("recover", label("回收"), AT_HAND, RECOVERED, needs_reason=True),
        Step("erase", label("清除数据"), (RECOVERED,), ERASED, needs_reason=True),
        Step("dispose", label("处置"), (ERASED,), DISPOSED, needs_reason=True),
        Step("write_off", label("登记盘亏"), (IN_STOCK, IN_USE, IDLE), MISSING, needs_reason=True),
        Step("found", label("找回"), (MISSING,), IN_STOCK, needs_reason=True),
    )
)
MOVING = frozenset({"transfer", "relocate"})
"""Verbs that change where it is, not what state it is in."""

_NUMBER = re.compile(r"ZC\d{8}-[2-9A-Z]{8}")
MOST_CODE = 200

FOUND, MISPLACED, SURPLUS = "found", "misplaced", "surplus"
OUTCOMES = {
    FOUND: label("账实相符"),
    MISPLACED: label("位置不符"),
    SURPLUS: label("盘盈"),
    MISSING: label("未找到"),
}


def number_in(code: str) -> str:
    """Return the asset number in what a scanner or a person entered: the number itself or the label's address; else empty."""
    found = _NUMBER.search(code.upper()[:MOST_CODE])
    return found.group() if found else ""


def outcome(*, expected: bool, same_place: bool) -> str:
    """Return what a scan means: listed and where the list says, listed elsewhere, or not on the list."""
    if not expected:
        return SURPLUS
    return FOUND if same_place else MISPLACED


def same_place(listed: str, seen: str) -> bool:
    """Say whether two notes of a place are the same; a blank one on either side contradicts nothing."""
    one, other = ("".join(text.split()).casefold() for text in (listed, seen))
    return not one or not other or one == other
