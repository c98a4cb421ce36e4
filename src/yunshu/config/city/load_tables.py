"""Performance tables of the pack: loaded once, taken to monitoring; what people did with them since is left alone."""

from calendar import monthrange
from datetime import date

from django.db import transaction

from yunshu.config.city.load import ACTOR, Tally
from yunshu.config.city.pack import Pack
from yunshu.config.city.schema import Instalment, TableFacts, TaskFacts
from yunshu.config.city.tables import form_of
from yunshu.domains.evaluation import api
from yunshu.lib.kernel import clock

AS_PUBLISHED = "按已公开发布的原表载入，原表如此。"
REASON = "城市包载入：该表已公开发布，视为已批复。"


def load_tables(pack: Pack) -> Tally:
    """Load tables/*.toml with their payment plans; a table that exists is kept, but what nobody has bound yet is bound."""
    tally = Tally(file="tables")
    for facts in pack.tables.values():
        with transaction.atomic():
            _table(facts, tally)
    return tally


def _table(facts: TableFacts, tally: Tally) -> None:
    known = api.table_of_org(facts.org, facts.year)
    if known:
        tally.counts["updated" if _bind(known.number, facts) else "same"] += 1
        return
    now = clock.now()
    table = api.create_table(actor=ACTOR, org_code=facts.org, form=form_of(facts), source=facts.source, now=now)
    for task in facts.tasks:
        _plan(table.number, facts.year, task)
    # a published table has been approved: the loader walks the same steps as people do, in its own name
    api.take_to_monitoring(actor=ACTOR, number=table.number, explanation=AS_PUBLISHED, reason=REASON, now=now)
    _bind(table.number, facts)
    tally.counts["created"] += 1


def _bind(number: str, facts: TableFacts) -> int:
    wanted = {i.ordinal: i.metric for i in facts.indicators}
    return api.bind_untouched(actor=ACTOR, number=number, metrics_of=wanted, now=clock.now())


def _plan(number: str, year: int, task: TaskFacts) -> None:
    """Write what the form says is due in the table's year: its instalments, else the sum it states."""
    payment = task.payment
    rows = [
        api.PlanSpec(amount_yuan=i.amount_yuan, due_on=_due_on(i), basis=_basis(i))
        for i in payment.instalments
        if i.year == year
    ]
    if not rows and payment.due_yuan is not None:
        rows = [api.PlanSpec(amount_yuan=payment.due_yuan, basis=payment.basis)]
    if rows:
        api.replace_plan(actor=ACTOR, number=number, task_kind=task.kind.value, task_ordinal=task.ordinal, plan=rows)


def _due_on(instalment: Instalment) -> date | None:
    """Return the day, or the last day of the month where the form names only that."""
    if instalment.due_on or instalment.due_month is None:
        return instalment.due_on
    return date(instalment.year, instalment.due_month, monthrange(instalment.year, instalment.due_month)[1])


def _basis(instalment: Instalment) -> str:
    parts = [f"第{instalment.ordinal}期" if instalment.ordinal else ""]
    if instalment.share_percent:
        parts.append(f"合同总额的{instalment.share_percent.normalize():f}%")
    if instalment.due_month and not instalment.due_on:
        parts.append(f"{instalment.due_month}月份支付，按月末计")
    return "，".join(p for p in parts if p)
