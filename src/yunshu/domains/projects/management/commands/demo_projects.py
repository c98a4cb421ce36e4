"""``yunshu demo projects``: an instalment is paid beyond acceptance by every path, and refused by each; leaves no trace."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from yunshu.domains.directory import api as directory
from yunshu.domains.directory.contracts import System
from yunshu.domains.directory.models import Account
from yunshu.domains.ledger import api as ledger
from yunshu.domains.projects import services
from yunshu.domains.projects.contracts import PAYMENT_EDIT, PROJECT_VIEW
from yunshu.domains.projects.models import Contract, Payment, Project
from yunshu.domains.projects.selectors import contracts as selectors
from yunshu.lib.kernel import clock

CODE = "DEMO-PROJECTS"
ACTOR = System(name="项目管理演示")
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
WHOLE, ACCEPTED = Decimal("1000000.00"), Decimal("400000.00")
BEYOND = Decimal("400000.01")
INSERT = """
INSERT INTO projects_payment (number, project_id, contract_id, instalment_id, line_id, "on", amount_yuan, voucher,
                              invoice, statement, made_by, made_at)
SELECT 'FK-DEMO', c.project_id, c.id, i.id, l.id, %s, %s, 'DEMO-SQL', '', '', current_user, now()
  FROM projects_contract c JOIN projects_instalment i ON i.contract_id = c.id AND i.ordinal = 2
  JOIN projects_budgetline l ON l.project_id = c.project_id WHERE c.id = %s
"""


class Command(BaseCommand):
    """Makes a department with a project of its own, tries every path, then rolls all back."""

    help = "演示项目付款：验收以外的一分钱，从页面、接口、导入、数据库都付不出去。结束后不留痕迹。"

    def handle(self, **_: object) -> None:
        """Walk, say what was seen, end with ``verified``; exit code 1 at the first station that is not as it must be."""
        with transaction.atomic():
            self._walk(clock.now())
            transaction.set_rollback(True)
        self._demand(not Project.objects.filter(org__code=CODE).exists(), "已全部撤回，数据库里没有留下痕迹")
        self.stdout.write("verified")

    def _walk(self, now: datetime) -> None:
        contract, account = self._prepared(now)
        today = clock.city_date(now)
        client = Client()
        client.force_login(account, backend=BACKEND)
        words = {"on": today.isoformat(), "amount_yuan": str(BEYOND), "voucher": "DEMO"}
        self._refused("页面", contract, lambda: self._by_page(client, contract, words))
        self._refused("接口", contract, lambda: self._by_api(client, contract, words))
        self._refused("导入", contract, lambda: self._by_import(client, contract, words))
        self._refused("应用角色的 SQL", contract, lambda: self._by_sql(contract, words))
        answer = client.post(reverse("projects:pay", args=[contract.number, 2]), words | {"amount_yuan": str(ACCEPTED)})
        paid = selectors.parts(contract.instalments.filter(ordinal=2))[0].paid_yuan
        self._demand(answer.status_code == 302 and paid == ACCEPTED, f"验收以内的 {ACCEPTED:,.2f} 元，页面照付")
        number = Payment.objects.get(contract=contract).number
        kinds = [row.kind for row in ledger.evidence_of("projects.", number, now)]
        self._demand(kinds == ["projects.payment"], "这笔付款在同一事务中写入待存证队列")

    def _prepared(self, now: datetime) -> tuple[Contract, Account]:
        """A department, its clerk, a filed contract of 1,000,000.00 of which 400,000.00 are accepted."""
        directory.save_org(
            actor=ACTOR, spec=directory.OrgSpec(code=CODE, name="演示部门（示例）", kind="bureau", is_sample=True)
        )
        account = self._clerk()
        today = clock.city_date(now)
        project = services.register_project(
            actor=ACTOR,
            org_code=CODE,
            spec=services.ProjectSpec(name="演示项目", kind="build", basis="演示", deliver_by=today),
            now=now,
        )
        services.move_project(actor=ACTOR, number=project.number, verb="stand_start", reason="演示：早已开工", now=now)
        spec = services.ApprovalSpec(item="演示项目", document="演示批复", amount_yuan=WHOLE, on=today)
        approval = services.approve_item(actor=ACTOR, number=project.number, spec=spec, now=now)
        move = services.MoveSpec(kind="granted", amount_yuan=WHOLE, on=today.replace(month=1, day=1), document="演示")
        services.move_budget(actor=ACTOR, project=project.number, spec=move, now=now)
        terms = services.ContractSpec(
            name="演示合同",
            amount_yuan=WHOLE,
            approval=approval.number,
            supplier="演示供应商",
            signed_on=today - timedelta(days=60),
        )
        row = services.create_contract(actor=ACTOR, project=project.number, spec=terms, now=now)
        parts = [
            services.PartSpec(milestone="初验", percent=Decimal(40)),
            services.PartSpec(milestone="终验", percent=Decimal(60)),
        ]
        services.replace_plan(actor=ACTOR, number=row.number, parts=parts)
        row = services.file_contract(actor=ACTOR, number=row.number, now=now)
        self._confirmed(row, now)
        self.stdout.write(
            f"  合同 {WHOLE:,.2f} 元已备案，第 2 期 600,000.00 元，其中 {ACCEPTED:,.2f} 元验收通过并确认可付"
        )
        return row, account

    def _confirmed(self, row: Contract, now: datetime) -> None:
        today = clock.city_date(now)
        seen = services.AcceptanceSpec(
            kind="final", item="终验", on=today, passed=True, statement="演示：验收单", contract=row.number
        )
        accepted = services.record_acceptance(actor=ACTOR, project=row.project.number, spec=seen, now=now)
        spec = services.ConfirmationSpec(
            kind="acceptance", amount_yuan=ACCEPTED, on=today, statement="演示", acceptance=accepted.number
        )
        services.confirm_payable(actor=ACTOR, contract=row.number, ordinal=2, spec=spec, now=now)

    def _clerk(self) -> Account:
        account = directory.open_account(
            actor=ACTOR, username="demo-projects", password=directory.first_password(), must_change=False
        )
        person = directory.PersonSpec(
            number=CODE, name="付款经办岗（示例）", org_code=CODE, username="demo-projects", is_sample=True
        )
        directory.save_person(actor=ACTOR, spec=person)
        rights = (PAYMENT_EDIT.code, PROJECT_VIEW.code)
        directory.save_role(actor=ACTOR, spec=directory.RoleSpec(code="demo-projects", name="演示", permissions=rights))
        grant = directory.GrantSpec(
            person_number=CODE,
            role_code="demo-projects",
            org_code=CODE,
            subtree=False,
            starts_on=clock.city_date(clock.now()) - timedelta(days=1),
            reason="演示",
        )
        directory.grant_role(actor=ACTOR, spec=grant)
        return account

    def _refused(self, path: str, contract: Contract, act: Callable[[], str]) -> None:
        said = act()
        paid = Payment.objects.filter(contract=contract).count()
        self._demand(bool(said) and not paid, f"{path}：{BEYOND:,.2f} 元被拒绝 — {said}")

    def _by_page(self, client: Client, contract: Contract, words: dict[str, str]) -> str:
        answer = client.post(reverse("projects:pay", args=[contract.number, 2]), words)
        return self._sentence(answer.status_code, answer.context["form"].errors.get("amount_yuan", [""])[0])

    def _by_api(self, client: Client, contract: Contract, words: dict[str, str]) -> str:
        address = f"/api/v1/projects/contracts/{contract.number}/instalments/2/payments"
        answer = client.post(address, json.dumps(words), content_type="application/json")
        return self._sentence(answer.status_code, answer.json().get("message", ""))

    def _by_import(self, client: Client, contract: Contract, words: dict[str, str]) -> str:
        text = f"合同编号,期次,付款日期,付款金额（元）,凭证号\n{contract.number},2,{words['on']},{BEYOND},DEMO\n"
        file = SimpleUploadedFile("payments.csv", text.encode())
        answer = client.post(reverse("projects:import_payments"), {"file": file})
        errors = answer.context["form"].errors
        return self._sentence(answer.status_code, next((str(e[0]) for e in errors.values()), ""))

    def _by_sql(self, contract: Contract, words: dict[str, str]) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            role = cursor.fetchone()[0]
        self._demand(role == "yunshu_app", f"数据库角色是 {role}")
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(INSERT, [words["on"], BEYOND, contract.pk])
        except IntegrityError as error:
            said = getattr(error.__cause__, "diag", None)
            return str(getattr(said, "constraint_name", ""))
        return ""

    def _sentence(self, status: int, text: str) -> str:
        return text if status == 422 else ""

    def _demand(self, holds: bool, words: str) -> None:  # noqa: FBT001
        if not holds:
            raise CommandError(f"不符：{words}")
        self.stdout.write(f"  {words}")
