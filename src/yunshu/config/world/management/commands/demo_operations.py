"""``yunshu demo operations``: a fault, answered late, turns a promise of the performance table, and a stranger checks the evidence."""

import secrets
import socket
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from yunshu.config.world.walking import Walker
from yunshu.domains.directory import api as directory
from yunshu.domains.directory.contracts import System, Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.directory.services.accounts import set_account_active
from yunshu.domains.evaluation import selectors as tables
from yunshu.domains.evaluation import services as evaluation
from yunshu.domains.evaluation.contracts import Comparator, Indicator
from yunshu.domains.evaluation.management.commands.table_export import the_table
from yunshu.domains.evaluation.models import PerformanceTable
from yunshu.domains.evaluation.rules.measuring import Light
from yunshu.domains.ledger import api as ledger
from yunshu.domains.ledger import offline
from yunshu.domains.operations import checks
from yunshu.domains.operations.choices import Condition, TargetKind, TargetState
from yunshu.domains.operations.contracts import INCIDENT_HANDLE, TARGET_VIEW
from yunshu.domains.operations.incident_choices import CauseKind
from yunshu.domains.operations.models import Incident, Status, Target, Vantage
from yunshu.domains.operations.rules import incidents as life
from yunshu.domains.operations.selectors.vantages import is_heard
from yunshu.domains.operations.services import incidents
from yunshu.domains.operations.services.targets import TargetSpec, add_target, retire_target
from yunshu.lib.kernel import clock
from yunshu.lib.probe import Http

ACTOR = System(name="运行保障演示")
HOUR_S = 3600
PROMISED_H = Decimal("0.01")
"""The promise of the demonstration: 36 seconds in place of the table's 2 hours, by the same measurement."""
METRIC = "operations.response_hours"


class Command(BaseCommand):
    """Makes a department with a table, a person and a target of its own; they are put out of use at the end, the ledger keeps them."""

    help = (
        "演示运维的主要流程：故障、监测、故障单、超时响应、指标变红、恢复、离线核验（约两分钟）。账本会留下演示存证。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's words."""
        parser.add_argument("--year", type=int, default=2022, help="照哪一年的绩效目标表（默认 2022）")

    def handle(self, *, year: int, **_: object) -> None:
        """Walk, say what was seen, end with ``verified``; exit code 1 at the first station that is not as it must be."""
        if not settings.LEDGER_PEERS:
            raise CommandError("没有配置账本：先执行 make up，再执行 yunshu demo operations。")
        here = Vantage.objects.filter(name=settings.VANTAGE).first()
        if here is None or not is_heard(here, clock.now()):
            raise CommandError("监测进程没有在运行：先执行 make up，并看 yunshu status。")
        with ExitStack() as undo:
            Walk(self._say, undo).run(year)
        self.stdout.write("verified")

    def _say(self, said: str) -> None:
        self.stdout.write(f"  {said}")
        self.stdout.flush()


class Walk(Walker):
    """One walk from a promise to its proof."""

    patience_s = 120
    log = "probe"
    pause_s = 0.5

    def __init__(self, say: Callable[[str], None], undo: ExitStack) -> None:
        super().__init__(say)
        self.undo = undo
        self.mark = secrets.token_hex(3)
        self.org = f"DEMO-OPS-{self.mark.upper()}"

    def run(self, year: int) -> None:
        """Walk; whatever happens, nothing of the demonstration stays in use."""
        directory.save_org(actor=ACTOR, spec=self._org(active=True))
        self.undo.callback(lambda: directory.save_org(actor=ACTOR, spec=self._org(active=False)))
        table, ordinal = self._promised(year)
        person = self._person()
        with tempfile.TemporaryDirectory(prefix="yunshu-demo-") as folder:
            system = Service(Path(folder))
            self.undo.callback(system.stop)
            system.start()
            target = self._watched(system)
            incident = self._failed(system, target)
            self._late(table, ordinal, incident)
            self._answered(table, ordinal, incident, person)
            self._mended(system, incident)
            self._proven(Path(folder), table, ordinal, incident)

    def _org(self, *, active: bool) -> directory.OrgSpec:
        """Return the department, below the city: a root of its own would be a part of the city that no auditor holds."""
        city = Org.objects.get(parent=None, kind=Org.Kind.CITY)
        return directory.OrgSpec(
            code=self.org,
            name=f"演示部门（示例 {self.mark}）",
            kind=Org.Kind.DEPARTMENT,
            parent_code=city.code,
            is_sample=True,
            is_active=active,
        )

    def _promised(self, year: int) -> tuple[PerformanceTable, int]:
        """Return a running table of this year with the promise about faults, and the promise's number."""
        now = clock.now()
        form = tables.form_of(tables.newest_version(the_table(year, "")))
        promise = next((i for i in form.indicators if _is_about_faults(i)), None)
        if promise is None:
            raise CommandError(f"{year} 年的绩效目标表里没有以小时计的上限指标，无法演示。")
        scaled = tuple(replace(i, target=PROMISED_H) if i is promise else i for i in form.indicators)
        this_year = clock.city_date(now).year
        form = replace(form, year=this_year, title=f"演示部门{this_year}年绩效目标表（演示）", indicators=scaled)
        table = evaluation.create_table(actor=ACTOR, org_code=self.org, form=form, source="演示", now=now)
        evaluation.take_to_monitoring(actor=ACTOR, number=table.number, explanation="演示", reason="演示", now=now)
        evaluation.bind_untouched(actor=ACTOR, number=table.number, metrics_of={promise.ordinal: METRIC}, now=now)
        table.refresh_from_db()
        self.demand(
            self._line(table, promise.ordinal).verdict.value is None,
            f"指标“{promise.name}”由故障单自动测量，承诺 ≤ {PROMISED_H} 小时（演示用 36 秒，原表 {promise.target} 小时）；"
            "还没有故障，不编数字",
        )
        return table, promise.ordinal

    def _person(self) -> Viewer:
        """Return who is on duty: a sample person of the department with the right to mend."""
        name = f"demo-ops-{self.mark}"
        account = directory.open_account(
            actor=ACTOR, username=name, password=directory.first_password(), must_change=False
        )
        self.undo.callback(lambda: set_account_active(actor=ACTOR, username=name, active=False))
        spec = directory.PersonSpec(
            number=self.org, name="运维演示岗（示例）", org_code=self.org, username=name, is_sample=True
        )
        directory.save_person(actor=ACTOR, spec=spec)
        self.undo.callback(lambda: directory.save_person(actor=ACTOR, spec=replace(spec, is_active=False)))
        rights = (INCIDENT_HANDLE.code, TARGET_VIEW.code)
        role = directory.RoleSpec(code="demo-operations", name="运维演示", permissions=rights)
        directory.save_role(actor=ACTOR, spec=role)
        self.undo.callback(lambda: directory.save_role(actor=ACTOR, spec=replace(role, is_active=False)))
        grant = directory.GrantSpec(
            person_number=self.org,
            role_code=role.code,
            org_code=self.org,
            subtree=False,
            starts_on=clock.city_date(clock.now()) - timedelta(days=1),
            reason="演示",
        )
        directory.grant_role(actor=ACTOR, spec=grant)
        return directory.viewer_for_account(account)

    def _watched(self, system: "Service") -> Target:
        now = clock.now()
        spec = TargetSpec(
            org=self.org,
            name=f"演示系统 {self.mark}",
            kind=TargetKind.SYSTEM,
            code=f"demo-{self.mark}",
            check_form=checks.stored(Http(url=system.url)),
            interval_s=5,
            timeout_s=2,
            in_service_on=clock.city_date(now),
            source="演示",
        )
        target = add_target(actor=ACTOR, spec=spec, now=now)
        self.undo.callback(self._retire, target.number)
        self.wait(lambda: self._condition(target) == Condition.UP, "监测到演示系统正常")
        self.say(f"演示系统在 {system.url} 启动，登记为监测对象 {target.number}，每 5 秒探测一次：正常")
        return target

    def _failed(self, system: "Service", target: Target) -> Incident:
        system.stop()
        self.say("终止演示系统的进程（注入故障）")
        self.wait(lambda: self._condition(target) == Condition.DOWN, "监测到中断")
        self.wait(lambda: Incident.objects.filter(target=target).exists(), "故障单")
        found = Incident.objects.get(target=target)
        self.undo.callback(self._end, found.number)
        self.say(
            f"监测判定中断，自动开出故障单 {found.number}：{found.title}，{_time(found.opened_at)} 受理，响应时钟开始"
        )
        return found

    def _late(self, table: PerformanceTable, ordinal: int, incident: Incident) -> None:
        self.wait(lambda: self._line(table, ordinal).verdict.light is Light.RED, "指标变红")
        line = self._line(table, ordinal)
        waited = (clock.now() - incident.opened_at).total_seconds()
        self.demand(
            line.verdict.value is not None and waited > PROMISED_H * HOUR_S,
            f"{waited:.0f} 秒无人响应：还没有人动手，指标已是 {line.verdict.value} 小时，红灯",
        )

    def _answered(self, table: PerformanceTable, ordinal: int, incident: Incident, person: Viewer) -> None:
        now = clock.now()
        incidents.move_incident(
            actor=person, number=incident.number, verb="respond", reason="演示：检查进程并重新启动", now=now
        )
        incident.refresh_from_db()
        evaluation.measure_table(actor=ACTOR, number=table.number, now=clock.now())
        line = self._line(table, ordinal)
        records = line.measurement.records if line.measurement else ()
        self.demand(
            [r.number for r in records] == [incident.number] and line.verdict.light is Light.RED,
            f"{person.name}于 {_time(now)} 响应，迟了；指标定格在 {line.verdict.value} 小时，可点到故障单 {incident.number}",
        )

    def _mended(self, system: "Service", incident: Incident) -> None:
        system.start()

        def recovered() -> bool:
            incident.refresh_from_db()
            return incident.recovered_at is not None

        self.wait(recovered, "监测到恢复")
        outage = incident.members.get()
        seconds = (outage.until - outage.since).total_seconds() if outage.until else 0
        self._end(incident.number)
        incident.refresh_from_db()
        self.demand(
            incident.stage == life.CLOSED,
            f"重新启动，监测判定恢复（中断 {seconds:.0f} 秒），写明原因与措施，使用单位确认，故障单关闭",
        )

    def _proven(self, folder: Path, table: PerformanceTable, ordinal: int, incident: Incident) -> None:
        """Have the incident's opening, its late answer and the measurement checked by the offline verifier."""
        steps = {step.verb: step.record for step in incident.steps.filter(verb__in=("open", "respond"))}
        measured = [
            row.number
            for row in ledger.evidence_of("evaluation.measurement", table.number, clock.now())
            if row.payload and row.payload["indicator"] == ordinal and row.payload["light"] == Light.RED.value
        ]
        self.demand(len(steps) == 2 and bool(measured), "开单、响应、测量三条记录均已写入账本")
        numbers = {"开单": steps["open"], "响应": steps["respond"], "测量": measured[0]}
        for name, number in numbers.items():
            place = folder / number
            place.mkdir()
            receipt = offline.evidence(place, number, actor=ACTOR, reason="演示")
            code, said = offline.verify(receipt)
            self.demand(code == offline.PROVEN, f"{name} {number}：离线核验属实", said)
        code, said = offline.verify(offline.forged(receipt))
        self.demand(code == offline.WRONG, "改动回执一处，离线核验不予认可", said)

    def _end(self, number: str) -> None:
        """Close an incident of the demonstration, from wherever it stands."""
        row, now = Incident.objects.get(number=number), clock.now()
        if row.stage == life.REPORTED:
            incidents.move_incident(actor=ACTOR, number=number, verb="void", reason="演示中止", now=now)
            return
        if row.stage == life.HANDLING:
            spec = incidents.Mended(cause_kind=CauseKind.SOFTWARE, cause="演示：进程被终止", action="演示：重新启动")
            row = incidents.restore_incident(actor=ACTOR, number=number, spec=spec, now=now)
        if row.stage == life.RESTORED:
            row = incidents.move_incident(actor=ACTOR, number=number, verb="confirm", reason="演示", now=now)
        if row.stage == life.REVIEWING:
            review = incidents.Review(course="演示", root_cause="演示：进程被终止", measures="演示结束，无需改进")
            incidents.review_incident(actor=ACTOR, number=number, spec=review, now=now)

    def _retire(self, number: str) -> None:
        today = clock.city_date(clock.now())
        retire_target(actor=ACTOR, number=number, on=today, reason="演示结束", now=clock.now())

    def _condition(self, target: Target) -> str:
        known = Status.objects.filter(target=target, target__state=TargetState.ACTIVE).first()
        return known.condition if known else ""

    def _line(self, table: PerformanceTable, ordinal: int) -> tables.Line:
        board = tables.scoreboard(table, clock.city_date(clock.now()))
        return next(line for line in board if line.indicator.ordinal == ordinal)


class Service:
    """A small web server in a process of its own: the system that fails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}/"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve an empty folder."""
        root = self._folder / "www"
        root.mkdir(exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "http.server",
            str(self._port),
            "--bind",
            "127.0.0.1",
            "--directory",
            str(root),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - ours

    def stop(self) -> None:
        """Kill it, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _is_about_faults(indicator: Indicator) -> bool:
    return indicator.unit == "小时" and indicator.comparator == Comparator.LE


def _time(at: datetime) -> str:
    return at.astimezone(clock.CITY_ZONE).strftime("%H:%M:%S")
