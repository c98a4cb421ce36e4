"""A payment and an acceptance as whoever reads the performance table may see them: to be read only, people masked."""

from django.utils.translation import gettext as _

from yunshu.domains.projects.contracts import PROOF_KIND
from yunshu.domains.projects.models import Acceptance, Payment
from yunshu.lib.kernel.measure import RecordSheet
from yunshu.lib.privacy import masked, scan


def payment_sheet(number: str) -> RecordSheet | None:
    """Return a payment by its number, None if there is none."""
    rows = Payment.objects.select_related("project", "contract", "instalment", "line", "reverses", "reversed_by")
    row = rows.filter(number=number).first()
    if row is None:
        return None
    part = f"{row.instalment.ordinal} · {row.instalment.milestone}" if row.instalment else _("直接支出")
    reversal = getattr(row, "reversed_by", None)
    facts = (
        (_("信息化项目"), row.project.name),
        (_("项目合同"), row.contract.name if row.contract else ""),
        (_("付款分期"), part),
        (_("付款日期"), row.on.isoformat()),
        (_("付款金额（元）"), f"{row.amount_yuan:,.2f}"),
        (_("预算年度"), str(row.line.year)),
        (_("凭证号"), row.voucher),
        (_("发票号码"), row.invoice),
        (_("用途"), plain(row.statement)),
        (_("冲销的付款"), row.reverses.number if row.reverses else ""),
        (_("冲销"), reversal.number if reversal else ""),
        (_("登记人"), masked_name(row.made_by)),
    )
    return RecordSheet(title=_("项目付款 %(n)s") % {"n": row.number}, facts=facts, proof=PROOF_KIND)


def acceptance_sheet(number: str) -> RecordSheet | None:
    """Return an acceptance by its number, None if there is none."""
    row = Acceptance.objects.select_related("project", "contract", "corrects").filter(number=number).first()
    if row is None:
        return None
    facts = (
        (_("信息化项目"), row.project.name),
        (_("项目合同"), row.contract.name if row.contract else _("整个项目")),
        (_("验收类别"), str(row.get_kind_display())),
        (_("验收事项"), plain(row.item)),
        (_("验收日期"), row.on.isoformat()),
        (_("结论"), _("通过") if row.passed else _("不通过")),
        (_("结论与依据"), plain(row.statement)),
        (_("更正的记录"), row.corrects.number if row.corrects else ""),
        (_("登记人"), masked_name(row.made_by)),
    )
    return RecordSheet(title=_("项目验收 %(n)s") % {"n": row.number}, facts=facts, proof=PROOF_KIND)


def plain(text: str) -> str:
    """Return a text with the personal data in it masked."""
    return masked(text, scan(text))


def masked_name(name: str) -> str:
    """Return a person's name with all but its first character masked."""
    return name[:1] + "*" * (len(name) - 1)
