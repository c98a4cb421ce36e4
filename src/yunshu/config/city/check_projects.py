"""Do the projects of a pack belong to a table of the pack, each task once, with sums that fit?"""

from collections import Counter
from collections.abc import Iterator

from django.utils.translation import gettext as _

from yunshu.config.city.pack import Pack
from yunshu.config.city.problems import Problem

FILE = "projects.toml"


def check(pack: Pack) -> Iterator[Problem]:
    """Yield what is wrong with projects.toml."""
    facts = pack.projects
    if facts is None:
        return
    table = next((t for t in pack.tables.values() if t.year == facts.year), None)
    if table is None:
        message = _("没有 %(year)s 年的绩效目标表。") % {"year": facts.year}
        yield Problem(file=FILE, place="year", message=message, advice=_("请改正年份，或补上 tables 中的表。"))
        return
    known = {task.ref for task in table.tasks}
    counted = Counter(project.task for project in facts.projects)
    for ref, count in counted.items():
        if ref not in known:
            yield Problem(
                file=FILE, place=ref, message=_("表中没有任务 %(ref)s。") % {"ref": ref}, advice=_("请改正任务编号。")
            )
        elif count > 1:
            yield Problem(
                file=FILE, place=ref, message=_("任务 %(ref)s 重复。") % {"ref": ref}, advice=_("请合并为一项。")
            )
    for project in facts.projects:
        if project.advance_percent and not project.advance_basis:
            yield Problem(
                file=FILE,
                place=project.task,
                message=_("有预付比例而没有依据。"),
                advice=_("请写明原表或合同的出处。"),
            )
