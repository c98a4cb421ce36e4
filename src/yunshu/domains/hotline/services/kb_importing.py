"""Bringing in service matters as articles: row by row, each in its own transaction, the same file as often as one likes.

What people have written is never overwritten; a department that is none of the city's must be mapped by an official.
"""

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline.choices import ArticleState, Origin, VersionState
from yunshu.domains.hotline.contracts import KB_APPROVE
from yunshu.domains.hotline.models import Article, ArticleVersion
from yunshu.domains.hotline.rules import kb, matters
from yunshu.domains.hotline.services import kb_demands, kb_reviewing, kb_writing
from yunshu.domains.hotline.services.registering import desk_org
from yunshu.lib.crypto.digests import sm3
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused, YunshuError

SPREAD_DAYS = 90
"""Reviews of what was brought in at once are spread over so many days."""
LONGEST_LINE = 1_000_000


class Result(StrEnum):
    """What became of a row."""

    NEW = "new"
    UPDATED = "updated"
    PUBLISHED = "published"
    SAME = "same"
    SKIPPED = "skipped"
    FAULTY = "faulty"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of the file and what became of it; ``reason`` says why it was not taken."""

    line: int
    key: str = ""
    title: str = ""
    department: str = ""
    result: Result
    reason: str = ""
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the official chooses: publish or leave as drafts, dry run, public or internal, whose departments they are."""

    publish: bool = False
    check: bool = False
    is_public: bool = True
    mapping: Mapping[str, str]
    otherwise: str = ""


def read_mapping(path: Path) -> dict[str, str]:
    """Return department name → organisation code from a CSV (部门名称,单位代码). Raises Refused (``mapping_unfit``)."""
    found: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as source:
        for n, row in enumerate(csv.reader(source), 1):
            if not any(row) or (n == 1 and row[0].strip() == "部门名称"):
                continue
            if len(row) < 2:
                raise Refused("mapping_unfit", _("对照表第 %(n)s 行：须有部门名称和单位代码两列。") % {"n": n})
            if row[1].strip():
                found[row[0].strip()] = row[1].strip()
    known = set(Org.objects.filter(code__in=found.values(), is_active=True).values_list("code", flat=True))
    for name, code in found.items():
        if code not in known:
            raise Refused(
                "mapping_unfit", _("对照表：没有代码为 %(code)s 的单位（%(name)s）。") % {"code": code, "name": name}
            )
    return found


def bring_in(*, actor: Viewer, path: Path, chosen: Choices, now: datetime) -> Iterator[Row]:
    """Take in a file of matters (JSON lines, also gzipped), and tell of each row. Raises NotPermitted."""
    actor.require(KB_APPROVE, desk_org().path)
    places = _Places(chosen)
    for line, text in _lines(path):
        row: dict[str, Any] = {}
        try:
            row = _parsed(text)
            matter = _read(row)
            org = places.org_of(matter.department)
            yield _take(actor, line, matter, org, chosen, now)
        except YunshuError as error:
            wrong = Result.SKIPPED if error.code == "department_unmapped" else Result.FAULTY
            said = {name: matters.text_of(row, field) for name, field in _SAID.items()}
            yield Row(line=line, result=wrong, reason=error.message, **said)


_SAID = {"key": "TASK_CODE", "title": "TASK_NAME", "department": "DEPT_NAME"}


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as raw, gzip.open(raw) if path.suffix == ".gz" else raw as source:
        for n, data in enumerate(source, 1):
            line = data.decode("utf-8", "replace")
            if line.strip():
                yield n, line


def _read(row: Mapping[str, Any]) -> matters.Matter:
    try:
        return matters.read(row)
    except matters.Unfit as unfit:
        raise Refused("matter_unfit", _("%(what)s 缺失或过长。") % {"what": _(unfit.what)}) from unfit


def _parsed(text: str) -> dict[str, Any]:
    try:
        row = json.loads(text) if len(text) <= LONGEST_LINE else None
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise Refused("matter_unfit", _("不是一行 JSON 对象。"))
    return row


class _Places:
    """Whose a department's matters are: the organisation of the same name, the mapped one, or the one for the rest."""

    def __init__(self, chosen: Choices) -> None:
        rows = Org.objects.filter(is_active=True).exclude(kind__in=(Org.Kind.CITY, Org.Kind.VENDOR))
        self._by_code = {org.code: org for org in rows}
        self._by_name = {org.name: org for org in rows}
        self._chosen = chosen

    def org_of(self, department: str) -> Org:
        """Return the organisation; raise Refused (``department_unmapped``)."""
        code = self._chosen.mapping.get(department, "")
        org = self._by_code.get(code) or self._by_name.get(department) or self._by_code.get(self._chosen.otherwise)
        if org is None:
            raise Refused("department_unmapped", _("部门未对应：%(name)s") % {"name": department})
        return org


def _spec(matter: matters.Matter, chosen: Choices, line: int, now: datetime) -> kb_writing.ArticleSpec:
    first = clock.city_date(now) + kb.REVIEW_AFTER
    source = kb_writing.Source(name=matter.platform or _("政务服务事项"), number=matter.key, link=matter.link)
    said = _("导入自政务服务事项目录（%(area)s，%(dept)s）。目录可能已调整，答复前请核对；本市另有规定的以本市为准。")
    return kb_writing.ArticleSpec(
        title=matter.title,
        body=matter.body,
        internal=said % {"area": matter.area, "dept": matter.department},
        sources=(source,),
        is_public=chosen.is_public,
        review_on=first + timedelta(days=line % SPREAD_DAYS),
        change=_("导入"),
    )


def _take(actor: Viewer, line: int, matter: matters.Matter, org: Org, chosen: Choices, now: datetime) -> Row:
    """Take in one row, or find out what taking it in would do."""
    with transaction.atomic():
        rows = Article.objects.select_for_update(of=("self",)).select_related("face", "draft", "owner", "desk")
        known = rows.filter(source_key=matter.key).first()
        spec = _spec(matter, chosen, line, now)
        row, result, reason = _brought(known, actor, matter, org, spec, now)
        has_changed = (
            known is not None and _reads_otherwise(known, spec) and (result == Result.SKIPPED or not chosen.publish)
        )
        if has_changed and kb_demands.source_changed(row, matter.title, _digest(spec), now):
            reason += _("来源有变化，已请责任单位修订。")
        if chosen.publish and row.draft is not None and result != Result.SKIPPED:
            row.draft.article = row
            kb_reviewing.put_in_force(row, row.draft, actor, now)
            result = Result.PUBLISHED if result in (Result.SAME, Result.NEW) else result
        if chosen.check:
            transaction.set_rollback(True)
        return Row(
            line=line,
            key=matter.key,
            title=matter.title,
            department=matter.department,
            result=result,
            number="" if chosen.check else row.number,
            reason=reason,
        )


def _brought(
    known: Article | None, actor: Viewer, matter: matters.Matter, org: Org, spec: kb_writing.ArticleSpec, now: datetime
) -> tuple[Article, Result, str]:
    """Begin an article or bring it up to the file; one that people keep is left as it is, and it is said why."""
    if known is None:
        return _begun(actor, matter, org, spec, now), Result.NEW, ""
    try:
        return (*_renewed(known, actor, spec, now), "")
    except Refused as kept:
        return known, Result.SKIPPED, kept.message


def _reads_otherwise(row: Article, spec: kb_writing.ArticleSpec) -> bool:
    """Say whether the file reads otherwise than what is in force, or was last taken from it; unknown where nothing of the file is left."""
    last = (
        row.face if row.face and row.face.is_imported else row.versions.filter(is_imported=True).order_by("-pk").first()
    )
    return last is not None and (last.title, last.body) != (spec.title, spec.body)


def _digest(spec: kb_writing.ArticleSpec) -> str:
    return sm3(f"{spec.title}\n{spec.body}".encode()).hex()


def _begun(actor: Viewer, matter: matters.Matter, org: Org, spec: kb_writing.ArticleSpec, now: datetime) -> Article:
    row = kb_writing.new_article(spec, org, now, {}, origin=Origin.IMPORTED, source_key=matter.key)
    row.draft = _imported(row, actor, spec, now)
    row.save(update_fields=["draft"])
    return row


def _imported(row: Article, actor: Viewer, spec: kb_writing.ArticleSpec, now: datetime) -> ArticleVersion:
    made = kb_writing.first_version(row, row.owner, spec, actor, now, is_imported=True)
    made.hands = []
    made.save(update_fields=["hands"])
    return made


def _renewed(row: Article, actor: Viewer, spec: kb_writing.ArticleSpec, now: datetime) -> tuple[Article, Result]:
    """Bring a known article up to the file; raise Refused (``kept_by_people``) where people have taken it over."""
    last = row.draft or row.face
    if row.state in (ArticleState.WITHDRAWN, ArticleState.ARCHIVED):
        raise Refused("kept_by_people", _("条目 %(n)s 已下架或归档，不再导入。") % {"n": row.number})
    if last is None or not last.is_imported or (row.draft and row.draft.state != VersionState.DRAFT):
        raise Refused("kept_by_people", _("条目 %(n)s 已由人修改，不覆盖。") % {"n": row.number})
    words = {name: value for name, value in spec.words().items() if name != "review_on"}
    if all(getattr(last, name) == value for name, value in words.items()):
        return row, Result.SAME
    if row.draft is None:
        row.draft = _imported(row, actor, spec, now)
        row.save(update_fields=["draft"])
        return row, Result.UPDATED
    for name, value in words.items():
        setattr(row.draft, name, value)
    row.draft.revision += 1
    row.draft.save()
    return row, Result.UPDATED
