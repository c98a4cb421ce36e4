"""What the commands share: who asks, which job is meant, how results are told."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.api import Account, viewer_for_account
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.taking import mapping as mappings
from yunshu.lib.taking import reading
from yunshu.lib.taking.contracts import TAKING_EDIT
from yunshu.lib.taking.kinds import kind_of
from yunshu.lib.taking.models import Row
from yunshu.lib.taking.running import Job

NAMES = dict(Row.Outcome.choices)
IN_TRIAL = NAMES | {Row.Outcome.CREATED: _l("可接管")}
"""How outcomes are called while nothing is written."""


def arguments(parser: ArgumentParser) -> None:
    """Declare what names a job."""
    parser.add_argument("file", type=Path, help="源文件（.xlsx 或 .csv）")
    parser.add_argument("--kind", required=True, help="类别，见 yunshu import kinds")
    parser.add_argument("--mapping", type=Path, help="映射文件（TOML）；不写则按列名猜")
    parser.add_argument("--report", type=Path, help="报告写到哪里（.xlsx 或 .csv）；不写则写在源文件旁边")


def job_of(file: Path, kind: str, mapping: Path | None) -> Job:
    """Return the job that the words name; without a mapping, columns are guessed by their headings."""
    wanted = kind_of(kind)
    if mapping is not None:
        read = mappings.read(mapping, kind, wanted.fields)
        return Job(wanted, reading.look_at(file, read.sheet), read)
    source = reading.look_at(file)
    return Job(wanted, source, mappings.guessed(kind, source.head, wanted.fields))


def person(username: str) -> str:
    """Return the name of who runs a command, who must be allowed to. Raises NotFound, NotPermitted."""
    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None:
        raise NotFound("account_not_found", _("没有用户：%(name)s") % {"name": username})
    viewer = viewer_for_account(account)
    viewer.require(TAKING_EDIT)
    return viewer.name


def beside(file: Path, what: str, asked: Path | None) -> Path:
    """Return where a report goes. Raises Refused (``report_in_the_way``) rather than write over a source."""
    found = asked or file.with_name(f"{file.stem}.{what}.xlsx")
    if found.resolve() == file.resolve():
        raise Refused("report_in_the_way", _("报告不能写在源文件上。"))
    return found


def told(counts: Counter[str] | dict[str, int], *, is_trial: bool = False) -> str:
    """Say counts by outcome."""
    names = IN_TRIAL if is_trial else NAMES
    said = "，".join(f"{name} {counts[code]}" for code, name in names.items() if counts.get(code))
    return said or _("没有行")


def sensible(job: Job) -> list[str]:
    """Return what an operator should know of a mapping: columns left out, columns guessed."""
    left = [column for column in job.source.head if column and not job.mapping.columns.get(column)]
    return [_("不接管的列：%(names)s") % {"names": "、".join(left)}] if left else []


def verdict_name(outcome: Any, *, is_trial: bool = False) -> str:
    """What an outcome is called."""
    return str((IN_TRIAL if is_trial else NAMES)[outcome])
