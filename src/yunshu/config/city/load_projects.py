"""The tasks of the pack's tables as projects, with the contracts, instalments and budgets that the form states.

What the form does not say stays blank and is named as such (待补); no contract is filed, for none is complete.
A project that exists is left as people left it.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.db import transaction

from yunshu.config.city.load import ACTOR, Tally
from yunshu.config.city.pack import Pack
from yunshu.config.city.schema import Part, ProjectFacts, TableFacts, TaskFacts
from yunshu.domains.evaluation import api as evaluation
from yunshu.domains.projects import api
from yunshu.lib.kernel import clock

PERCENT = Decimal(100)
NO_APPROVAL, NO_CONTRACT, NO_PLAN = "立项批复", "合同", "付款分期"
NO_SUPPLIER, NO_SIGNING, DERIVED = "供应商", "签订日期", "合同总额（由“40% = 4800万元”推出，原件待核）"


def load_projects(pack: Pack) -> Iterator[Tally]:
    """Load projects.toml with the tasks of the table of its year; then the numbers of rules."""
    tally = Tally(file="projects.toml")
    tables = {table.year: table for table in pack.tables.values()}
    table = tables.get(pack.projects.year) if pack.projects else None
    if pack.projects and table:
        tasks = {task.ref: task for task in table.tasks}
        for facts in pack.projects.projects:
            with transaction.atomic():
                _project(table, tasks[facts.task], facts, tally)
        if linked := _linked(table, [tasks[facts.task] for facts in pack.projects.projects]):
            tally.counts["linked"] = linked
    yield tally
    limits = Tally(file="project limits")
    limits.counts.update("created" if is_new else "same" for is_new in api.add_limits())
    yield limits
    documents = Tally(file="project documents")
    documents.counts.update("created" if is_new else "same" for is_new in api.add_document_rules())
    yield documents


def _project(table: TableFacts, task: TaskFacts, facts: ProjectFacts, tally: Tally) -> None:
    code = _code(table, task)
    if api.number_of(code):
        tally.counts["same"] += 1
        return
    now, payment = clock.now(), task.payment
    blanks = [] if facts.approval_document else [NO_APPROVAL]
    if payment.total_yuan is None and not facts.pays_directly and facts.kind != api.ProjectKind.LOAN:
        blanks.append(NO_CONTRACT)
    spec = api.ProjectSpec(
        name=task.name,
        kind=facts.kind,
        summary="\n".join(text for text in (task.content, payment.note, facts.note) if text),
        pays_directly=facts.pays_directly,
        deliver_by=payment.deliver_by,
        basis=payment.basis,
        blanks=blanks,
        source=table.title,
        code=code,
    )
    number = api.register_project(actor=ACTOR, org_code=table.org, spec=spec, now=now).number
    _budget(number, table, task)
    approval = _approval(number, task, facts)
    for name, amount, signed_on in _contracts(task):
        _contract(number, table, task, facts, (name, amount, signed_on, approval))
    lines = [_cost(part) for part in payment.parts if not part.contract and part.amount_yuan is not None]
    api.replace_costs(actor=ACTOR, number=number, lines=lines)
    tally.counts["created"] += 1


def _code(table: TableFacts, task: TaskFacts) -> str:
    return f"{table.year}/{task.ref}"


def _linked(table: TableFacts, tasks: list[TaskFacts]) -> int:
    """Let the table's tasks be paid from the books of their projects; return how many were linked now."""
    known = evaluation.table_of_org(table.org, table.year)
    if known is None:
        return 0
    projects_of = {(task.kind.value, task.ordinal): api.number_of(_code(table, task)) for task in tasks}
    return evaluation.link_untouched(actor=ACTOR, number=known.number, projects_of=projects_of, now=clock.now())


def _budget(number: str, table: TableFacts, task: TaskFacts) -> None:
    """Grant what the form plans for its year, and what it says was arranged the year before."""
    granted = [(table.year, task.amount_yuan, f"{table.title}：拟投入金额")]
    if task.payment.arranged_before_yuan is not None:
        words = f"{table.title}：{table.year - 1}年度已安排资金"
        granted.insert(0, (table.year - 1, task.payment.arranged_before_yuan, words))
    for year, amount, document in granted:
        spec = api.MoveSpec(kind=api.MoveKind.GRANTED, amount_yuan=amount, on=date(year, 1, 1), document=document)
        api.move_budget(actor=ACTOR, project=number, spec=spec, now=clock.now())


def _approval(number: str, task: TaskFacts, facts: ProjectFacts) -> str:
    if not facts.approval_document or facts.approval_yuan is None:
        return ""
    spec = api.ApprovalSpec(item=task.name, document=facts.approval_document, amount_yuan=facts.approval_yuan)
    return api.approve_item(actor=ACTOR, number=number, spec=spec, now=clock.now()).number


def _contracts(task: TaskFacts) -> list[tuple[str, Decimal, date | None]]:
    """Return the contracts that the form states: one for each part of its total, else one of the total."""
    payment = task.payment
    parts = [part for part in payment.parts if part.contract and part.amount_yuan is not None]
    if parts:  # the day of signing is stated for the first
        return [
            (part.name, part.amount_yuan or Decimal(0), payment.signed_on if n == 0 else None)
            for n, part in enumerate(parts)
        ]
    return [(task.name, payment.total_yuan, payment.signed_on)] if payment.total_yuan is not None else []


def _contract(
    number: str,
    table: TableFacts,
    task: TaskFacts,
    facts: ProjectFacts,
    stated: tuple[str, Decimal, date | None, str],
) -> None:
    name, amount, signed_on, approval = stated
    payment, advance = task.payment, facts.advance_percent or Decimal(0)
    plan = _plan(task, facts, name)
    blanks = [NO_SUPPLIER, *([] if signed_on else [NO_SIGNING]), *([] if plan else [NO_PLAN])]
    blanks += [DERIVED] if payment.total_derived else []
    spec = api.ContractSpec(
        name=name if name == task.name else f"{task.name}：{name}",
        amount_yuan=amount,
        approval=approval,
        signed_on=signed_on,
        starts_on=payment.starts_on,
        ends_on=payment.ends_on,
        deliver_by=payment.deliver_by,
        advance_limit_yuan=amount * advance / PERCENT,
        advance_basis=facts.advance_basis,
        blanks=blanks if approval else [NO_APPROVAL, *blanks],
        source=table.title,
    )
    row = api.create_contract(actor=ACTOR, project=number, spec=spec, now=clock.now())
    if plan:
        api.replace_plan(actor=ACTOR, number=row.number, parts=plan)


def _plan(task: TaskFacts, facts: ProjectFacts, contract: str) -> list[api.PartSpec]:
    """Return the instalments: those of the form where they make its total, else those that projects.toml derives."""
    payment, delivered = task.payment, task.payment.deliver_by
    if sum(i.amount_yuan for i in payment.instalments) == payment.total_yuan:
        return [
            api.PartSpec(
                milestone=f"第{n}期",
                amount_yuan=i.amount_yuan,
                percent=i.share_percent,
                kind=_kind(delivered, i.due_on),
                year=i.year,
                due_on=i.due_on,
            )
            for n, i in enumerate(payment.instalments, 1)
        ]
    return [
        api.PartSpec(milestone=i.milestone, amount_yuan=i.amount_yuan, year=i.year, due_on=i.due_on)
        for i in facts.instalments
        if i.contract in ("", contract)
        if not (i.contract == "" and len(_contracts(task)) > 1)
        for _ in range(i.times)
    ]


def _kind(delivered: date | None, due_on: date | None) -> str:
    """Return what an instalment waits for: one that is due before the delivery is an advance."""
    is_ahead = delivered is not None and due_on is not None and due_on < delivered
    return api.InstalmentKind.ADVANCE if is_ahead else api.InstalmentKind.PROGRESS


def _cost(part: Part) -> api.CostSpec:
    counted = part.quantity and part.months
    return api.CostSpec(
        item=part.name,
        amount_yuan=part.amount_yuan,
        quantity=Decimal(part.quantity * part.months) if part.quantity and part.months else None,
        unit="条·月" if counted else "",
        price_yuan=part.unit_price_yuan,
        basis_detail=part.period,
    )
