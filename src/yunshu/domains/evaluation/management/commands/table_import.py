"""``yunshu table import FILE``: read the official form, say what was understood, and save it if asked."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from yunshu.domains.directory.contracts import System
from yunshu.domains.evaluation import services
from yunshu.domains.evaluation.contracts import Reading, Severity, TableForm, TaskKind
from yunshu.domains.evaluation.sheets import read_any
from yunshu.domains.evaluation.standing import findings_of
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.money import wan_text


class Command(BaseCommand):
    """Reads a form; with ``--check`` nothing is saved."""

    help = "读取绩效目标表（文本、XLSX、DOCX）。--check 只检查不保存。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument("file", type=Path, help="绩效目标表文件")
        parser.add_argument("--check", action="store_true", help="只检查，不保存")
        parser.add_argument("--org", default="", help="保存到哪个部门（机构编码）")

    def handle(self, *, file: Path, check: bool, org: str, **_: object) -> None:
        """Read, report, save. Exit code 1 on a fault or a broken rule."""
        if not file.is_file():
            raise CommandError(f"找不到文件：{file}")
        content = file.read_bytes()
        reading = read_any(content, file.name)
        self._report(reading)
        if reading.form is None:
            raise CommandError(f"{len(reading.faults)} 处无法读取，未保存。")
        self._findings(reading.form)
        if check:
            return
        if not org:
            raise CommandError("请用 --org 指定保存到哪个部门，或用 --check 只检查。")
        actor, now = System(name="绩效目标表导入"), clock.now()
        draft = services.keep_import(actor=actor, org_code=org, source=file.name, content=content, now=now)
        table = services.finish_import(actor=actor, number=draft.number, reason="", now=now)
        self.stdout.write(f"已保存：{table.number} {table.title}")

    def _report(self, reading: Reading) -> None:
        for fault in reading.faults:
            self.stderr.write(self.style.ERROR(f"错误 {fault.place}：{fault.message}{fault.advice}"))
        for doubt in reading.doubts:
            self.stdout.write(self.style.WARNING(f"存疑 {doubt.place}：{doubt.message}"))
        form = reading.form
        if form is None:
            return
        self.stdout.write(f"{form.title}（{form.department}）")
        for task in form.tasks:
            part = "重点" if task.kind is TaskKind.KEY else "其他"
            self.stdout.write(f"  {part}任务 {task.ordinal:>2}  {wan_text(task.amount_yuan):>12} 万元  {task.name}")
        for indicator in form.indicators:
            promise = f"{indicator.comparator.value} {indicator.target}{indicator.unit}"
            self.stdout.write(f"  指标 {indicator.ordinal}  {indicator.level2} · {indicator.name}  {promise}")
        key = sum(t.kind is TaskKind.KEY for t in form.tasks)
        self.stdout.write(
            f"tasks: {len(form.tasks)} ({key} key, {len(form.tasks) - key} other)\n"
            f"goals: {len(form.goals)}\nindicators: {len(form.indicators)}\nsum: {wan_text(form.task_total).replace(',', '')}"
        )

    def _findings(self, form: TableForm) -> None:
        findings = findings_of(form)
        marks: dict[Severity, Callable[[str], str]] = {
            Severity.ERROR: self.style.ERROR,
            Severity.WARNING: self.style.WARNING,
            Severity.HINT: str,
        }
        for finding in findings:
            self.stdout.write(
                marks[finding.severity](f"{finding.severity} {finding.where}：{finding.message}{finding.advice}")
            )
        stated = form.project_expenditure
        if stated == form.task_total:
            self.stdout.write("project expenditure: equals project expenditure")
        else:
            apart = "未填写" if stated is None else f"{wan_text(form.task_total - stated, 6)} 万元"
            raise CommandError(f"任务金额合计与项目支出不相等，差额 {apart}。")
        errors = sum(f.severity is Severity.ERROR for f in findings)
        if errors:
            raise CommandError(f"{errors} 处不符合填报要求。")
