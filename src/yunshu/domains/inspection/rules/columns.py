"""How fresh a column must be, and where it stands in the tree.

Source: 国办秘函〔2019〕19号, the sheet's W4 [V]: 动态、要闻 within two weeks, 通知公告、政策文件 within six months. Six months are 183 days [I].
Other columns promise nothing until a person says so ("should update" is for a person to confirm).
"""

PROMISES_DAYS = {"工作动态": 14, "通知公告": 183, "政策文件": 183}
"""Days by kind of column."""
SEPARATOR = "/"


def promise_of(kind: str) -> int | None:
    """Return within how many days a column of a kind must be updated; None if nothing is promised."""
    return PROMISES_DAYS.get(kind)


def level_of(path: str) -> int:
    """Return how deep a path is: 1 for a first-level column."""
    return max(sum(bool(part.strip()) for part in path.split(SEPARATOR)), 1)
