"""``yunshu demo table``: the performance table's main way from end to end, on the running database, leaving no trace."""

from argparse import ArgumentParser
from datetime import date, datetime
from decimal import Decimal

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from yunshu.domains.directory import api as directory
from yunshu.domains.directory.contracts import System
from yunshu.domains.evaluation import selectors, services
from yunshu.domains.evaluation.contracts import TableForm, form_digest
from yunshu.domains.evaluation.management.commands.table_export import the_table
from yunshu.domains.evaluation.models import PerformanceTable
from yunshu.domains.evaluation.publishing import promise
from yunshu.domains.evaluation.sheets import WRITERS, read_any
from yunshu.domains.ledger import api as ledger
from yunshu.lib.kernel import clock

ORG = "DEMO-TABLE"
ACTOR = System(name="绩效目标表演示")


class Command(BaseCommand):
    """Takes a year's table through its life in a department of its own, checks every station, then rolls all back."""

    help = "演示绩效目标表的主要流程：导入、检查、批复、佐证、测量、付款、导出。结束后不留痕迹。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument("--year", type=int, default=2022, help="用哪一年的表（默认 2022）")

    def handle(self, *, year: int, **_: object) -> None:
        """Walk, say what was seen, end with ``verified``; exit code 1 at the first station that is not as it must be."""
        form = selectors.form_of(selectors.newest_version(the_table(year, "")))
        with transaction.atomic():
            self._walk(form, clock.now())
            transaction.set_rollback(True)
        self._demand(not PerformanceTable.objects.filter(org__code=ORG).exists(), "已全部撤回，数据库里没有留下痕迹")
        self.stdout.write("verified")

    def _walk(self, form: TableForm, now: datetime) -> None:
        spec = directory.OrgSpec(code=ORG, name="演示部门", kind="bureau")
        directory.save_org(actor=ACTOR, spec=spec)
        number = self._imported(form, now)
        self._approved(number, now)
        self._proven(number, form, now)
        self._exported(number, form)

    def _imported(self, form: TableForm, now: datetime) -> str:
        content = WRITERS["xlsx"](form)
        draft = services.keep_import(actor=ACTOR, org_code=ORG, source="demo.xlsx", content=content, now=now)
        table = services.finish_import(actor=ACTOR, number=draft.number, reason="", now=now)
        same = form_digest(selectors.form_of(selectors.newest_version(table))) == form_digest(form)
        self._demand(
            same, f"导入官方格式的 XLSX（{len(content)} 字节）：{len(form.tasks)} 项任务、{len(form.indicators)} 项指标"
        )
        return table.number

    def _approved(self, number: str, now: datetime) -> None:
        count = services.take_to_monitoring(actor=ACTOR, number=number, explanation="演示：已核实", reason="", now=now)
        table = PerformanceTable.objects.get(number=number)
        self._demand(table.stage == "monitoring", f"写明 {count} 条核实说明，经三级审核批复，进入执行监控")
        self._demand(promise(number, clock.city_date(now)).number == number, "批复后在门户公开")

    def _proven(self, number: str, form: TableForm, now: datetime) -> None:
        table = PerformanceTable.objects.get(number=number)
        today = min(clock.city_date(now), date(form.year, 12, 31))
        lines = selectors.scoreboard(table, today)
        open_line = next(line for line in lines if not (line.binding and line.binding.metric))
        ordinal, target = open_line.indicator.ordinal, open_line.indicator.target
        self._demand(open_line.verdict.value is None, f"指标“{open_line.indicator.name}”尚无测量，不编数字")
        spec = services.EvidenceSpec(on=date(form.year, 6, 30), value=target, statement="演示：验收单")
        services.record_evidence(actor=ACTOR, number=number, indicator=ordinal, spec=spec, now=now)
        after = selectors.scoreboard(table, today)[ordinal - 1].verdict
        self._demand(after.light.value == "green", f"登记佐证 {target} 以后，灯号变绿")
        task = form.tasks[0]
        payment = services.PaymentSpec(
            task_kind=task.kind.value,
            task_ordinal=task.ordinal,
            on=date(form.year, 6, 30),
            amount_yuan=Decimal("100.00"),
            voucher="DEMO-1",
            statement="演示",
        )
        services.record_payment(actor=ACTOR, number=number, spec=payment, now=now)
        kinds = [row.kind for row in ledger.evidence_of("evaluation.", number, now)]
        self._demand(
            {"evaluation.evidence", "evaluation.measurement", "evaluation.payment"} <= set(kinds),
            f"付款 100.00 元；这张表的 {len(kinds)} 条记录已在同一事务中写入待存证队列",
        )

    def _exported(self, number: str, form: TableForm) -> None:
        table = PerformanceTable.objects.get(number=number)
        kept = selectors.form_of(selectors.newest_version(table))
        for kind, write in WRITERS.items():
            again = read_any(write(kept), f"demo.{kind}").form
            self._demand(again is not None and form_digest(again) == form_digest(form), f"导出 {kind} 再读入，逐格相同")

    def _demand(self, holds: bool, words: str) -> None:  # noqa: FBT001
        if not holds:
            raise CommandError(f"不符：{words}")
        self.stdout.write(f"  {words}")
