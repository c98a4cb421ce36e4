"""A service matter (政务服务事项) of the provincial catalogue as an article: what of it can be said to a caller.

Field names are the catalogue's. ``handle_time`` is read as the statutory limit and ``handle_time_limit`` as the promised one: no document
says so, but in none of the 1,522 matters that state both is the promise longer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yunshu.lib.kernel.labels import label

ABSENT = frozenset({"", "无", "null", "None"})
_MARK = re.compile(r"([\\*_\[\]<>#|])")
_LONGEST_TITLE, _LONGEST_KEY = 120, 60


class Unfit(ValueError):
    """A row lacks something, or has too much of it: ``what``."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, kw_only=True)
class Matter:
    """One matter: its code, its department as the catalogue writes it, and the words of an article."""

    key: str
    title: str
    department: str
    area: str
    body: str
    link: str
    platform: str


def text_of(row: Mapping[str, Any], name: str) -> str:
    """Return a field as text, empty where the catalogue says 无."""
    value = row.get(name)
    text = "、".join(map(str, value)) if isinstance(value, list) else str(value or "")
    text = text.strip()
    return "" if text in ABSENT else text


def read(row: Mapping[str, Any]) -> Matter:
    """Return what a row says; raise Unfit where it lacks its code, its name or its department."""
    key, title, department = (text_of(row, name) for name in ("TASK_CODE", "TASK_NAME", "DEPT_NAME"))
    title = title or text_of(row, "matter_name")
    for what, value, longest in (
        (label("实施编码 TASK_CODE"), key, _LONGEST_KEY),
        (label("事项名称 TASK_NAME"), title, _LONGEST_TITLE),
        (label("部门 DEPT_NAME"), department, 200),
    ):
        if not value or len(value) > longest or "\x00" in value:
            raise Unfit(what)
    link = text_of(row, "URL")
    return Matter(
        key=key,
        title=title,
        department=department,
        area=text_of(row, "AREA_CODE_TEXT"),
        body=_body(row, department),
        link=link if link.startswith(("http://", "https://")) else "",
        platform=text_of(row, "bear_paltform"),
    )


def _body(row: Mapping[str, Any], department: str) -> str:
    place = text_of(row, "handle_location").removeprefix("办理地点：")
    facts = (
        ("办理机关", department),
        ("事项类型", text_of(row, "matter_type") or text_of(row, "TASK_TYPE_TEXT")),
        ("服务对象", text_of(row, "service_object_name")),
        ("办理地点", place),
        ("法定办结时限", text_of(row, "handle_time")),
        ("承诺办结时限", text_of(row, "handle_time_limit")),
        ("协同部门", text_of(row, "co_department")),
        ("咨询电话", text_of(row, "consult_phone")),
        ("投诉电话", text_of(row, "complain_phone")),
    )
    parts = ["\n".join(f"- {name}：{_plain(value)}" for name, value in facts if value)]
    standard = text_of(row, "accept_standard")
    if standard:
        parts.append("# 受理条件\n\n" + "\n\n".join(_plain(line) for line in standard.splitlines() if line.strip()))
    materials = row.get("material_intro")
    listed = [str(each).strip() for each in materials] if isinstance(materials, list) else []
    if any(listed):
        parts.append("# 申请材料\n\n" + "\n".join(f"- {_plain(each)}" for each in listed if each))
    return "\n\n".join(parts).replace("\x00", "")


def _plain(text: str) -> str:
    """Return a text in one line whose marks stand for themselves."""
    return _MARK.sub(r"\\\1", " ".join(text.split()))
