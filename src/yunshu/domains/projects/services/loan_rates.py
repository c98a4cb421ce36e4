"""Exchange rates: entered by the line with their source; a wrong one is replaced by a new row."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.ledger import api as ledger
from yunshu.domains.projects.contracts import LOAN_EDIT, PROOF_KIND, LoanProven
from yunshu.domains.projects.models import ExchangeRate
from yunshu.domains.projects.selectors import loans as selectors
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.kernel.ids import public_number

MOST_LINES = 5_000
LINE = re.compile(r"^\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[\s,，;；]+([0-9.]+)\s*$")


def read_lines(text: str) -> list[tuple[date, Decimal]]:
    """Return a day and a rate from each line that is not blank; raise Refused (``line_unreadable``) naming the line."""
    found: list[tuple[date, Decimal]] = []
    for n, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        match = LINE.match(line)
        try:
            if match is None:
                raise ValueError(line)
            year, month, day, rate = match.groups()
            found.append((date(int(year), int(month), int(day)), Decimal(rate)))
        except (ValueError, InvalidOperation) as error:
            words = {"n": n, "line": line.strip()[:40]}
            sentence = _("第 %(n)s 行“%(line)s”读不懂：每行写一个日期和一个汇率，例如 2022-06-30 4.9136。") % words
            raise Refused("line_unreadable", sentence, where="lines") from error
    return found


@transaction.atomic
def add_rates(
    *, actor: Viewer, kind: str, source: str, lines: Sequence[tuple[date, Decimal]], now: datetime
) -> tuple[int, int]:
    """Enter rates, all or none; return how many are new and how many stood already.

    Raises NotPermitted and Refused: ``rates_missing``, ``source_missing``, ``rate_invalid``, ``date_invalid``,
    ``rate_differs`` (another rate stands for a day: correct that one).
    """
    actor.require(LOAN_EDIT)
    if not source.strip():
        raise Refused("source_missing", _("请写明汇率来源：网址、文件或银行名称。"), where="source")
    if not lines or len(lines) > MOST_LINES:
        raise Refused("rates_missing", _("请填写 1 至 %(most)s 行。") % {"most": MOST_LINES}, where="lines")
    _demand_valid(lines, now)
    standing = _standing(kind, (on for on, _rate in lines))
    new: dict[date, Decimal] = {}
    for on, rate in lines:
        known = standing.get(on, new.get(on))
        if known is not None and known != rate:
            words = {"on": on, "known": known.normalize()}
            sentence = _("%(on)s 已登记 %(known)s，与本次不同；确有错误的，请在牌价页更正那一条。") % words
            raise Refused("rate_differs", sentence, where="lines")
        if known is None:
            new[on] = rate
    _create(new, kind, source.strip(), actor, now)
    return len(new), len({on for on, _rate in lines}) - len(new)


@transaction.atomic
def correct_rate(*, actor: Viewer, number: str, rate: Decimal, source: str, now: datetime) -> ExchangeRate:
    """Replace a rate by the right one; entries made with the old one stay as they are.

    Raises NotFound, NotPermitted and Refused (``rate_invalid``, ``source_missing``).
    """
    old = selectors.get_rate(actor, number)
    actor.require(LOAN_EDIT)
    ExchangeRate.objects.select_for_update().get(pk=old.pk)
    if not source.strip():
        raise Refused("source_missing", _("请写明汇率来源：网址、文件或银行名称。"), where="source")
    _demand_valid([(old.on, rate)], now)
    row = ExchangeRate.objects.create(
        number=public_number("HL", clock.city_date(now)),
        on=old.on,
        kind=old.kind,
        rate=rate,
        source=source.strip(),
        replaces=old,
        made_by=actor.name,
        made_at=now,
    )
    words = {
        "replaces": old.number,
        "kind": row.kind,
        "on": row.on.isoformat(),
        "rate": str(rate),
        "source": row.source,
    }
    ledger.record(kind=f"{PROOF_KIND}{LoanProven.RATE}", subject=row.number, payload=words, by=actor, now=now)
    return row


def _demand_valid(lines: Sequence[tuple[date, Decimal]], now: datetime) -> None:
    for on, rate in lines:
        if not rate.is_finite() or not 0 < rate < 1_000 or rate != round(rate, 6):
            sentence = _("%(on)s 的汇率不成立：写 100 日元合多少元，最多六位小数。") % {"on": on}
            raise Refused("rate_invalid", sentence, where="lines")
        if on > clock.city_date(now) or on.year < 1980:
            raise Refused("date_invalid", _("%(on)s 不是已经过去的日期。") % {"on": on}, where="lines")


def _standing(kind: str, days: Iterable[date]) -> dict[date, Decimal]:
    rows = ExchangeRate.objects.filter(kind=kind, on__in=set(days), replaced_by__isnull=True)
    return dict(rows.values_list("on", "rate"))


def _create(new: dict[date, Decimal], kind: str, source: str, actor: Viewer, now: datetime) -> None:
    if not new:
        return
    today = clock.city_date(now)
    rows = ExchangeRate.objects.bulk_create(
        ExchangeRate(
            number=public_number("HL", today),
            on=on,
            kind=kind,
            rate=rate,
            source=source,
            made_by=actor.name,
            made_at=now,
        )
        for on, rate in sorted(new.items())
    )
    words = {"kind": kind, "source": source, "rates": {r.on.isoformat(): str(r.rate) for r in rows}}
    ledger.record(kind=f"{PROOF_KIND}{LoanProven.RATE}", subject=rows[0].number, payload=words, by=actor, now=now)
