"""Loans: what is due, the books in both currencies, reversals, closing; and what the database refuses by itself."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.projects.loan_world import NOW, LoanWorld

from yunshu.domains.ledger.models import Record
from yunshu.domains.projects.models import Loan, LoanEntry, LoanTerms
from yunshu.domains.projects.selectors import loans as selectors
from yunshu.domains.projects.services import loan_entries, loan_rates, loans
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.loans import schedule

pytestmark = pytest.mark.django_db
FIRST, SECOND = date(2003, 4, 20), date(2003, 10, 20)


@pytest.fixture
def world(db: None) -> LoanWorld:
    return LoanWorld()


def test_a_loan_of_which_nothing_is_known_stands_with_blanks(world: LoanWorld) -> None:
    sheet = selectors.sheet_of(world.loan(), date(2022, 1, 1))

    assert (sheet.terms, sheet.standing, sheet.position, sheet.tail) == (None, None, None, None)
    assert sheet.sums.difference == 0


def test_nothing_is_booked_before_the_terms_are_known(world: LoanWorld) -> None:
    loan = world.loan()
    world.rates({FIRST: "5"})

    with pytest.raises(Refused) as refused:
        loan_entries.open_account(actor=world.clerk, number=loan.number, on=FIRST, kind="parity", now=NOW)
    assert refused.value.code == "terms_missing"


def test_a_repayment_is_split_by_the_terms_and_measured_against_the_last_revalued_rate(world: LoanWorld) -> None:
    loan = world.opened(rate="5")
    first = world.revalue(loan, date(2003, 3, 31), "4.8")

    paid = world.repay(loan, FIRST, 3_686_575, "180642.18")  # 4.9 for 100

    assert first.unrealised_yuan == Decimal("200000.00")
    assert (paid.principal, paid.interest, paid.fee, paid.penalty) == (2_440_000, 1_246_575, 0, 0)
    assert paid.cost_principal_yuan == Decimal("119560.00")
    assert paid.realised_yuan == Decimal("-2440.00")  # 2,440,000 x (4.8 - 4.9) / 100, not x (5 - 4.9)
    assert (paid.balance_after, paid.carrying_after) == (97_560_000, Decimal("4682880.00"))
    assert selectors.sums_of(selectors.entries_of(loan)).difference == 0
    assert Record.objects.filter(kind="projects.loan_entry", subject=loan.number).count() == 3


def test_forty_one_periods_end_at_zero_yen_and_zero_fen_and_the_loan_is_closed(world: LoanWorld) -> None:
    loan = world.opened(rate="7.0213")
    lines = schedule(selectors.terms_of(world_terms(loan)))
    for n, line in enumerate(lines):
        rate = Decimal("7.0213") - Decimal(n).scaleb(-2)
        if n % 3 == 0:
            world.revalue(loan, line.due_on - timedelta(days=20), str(rate + Decimal("0.1")))
        cost = str(round(line.amount.minor * rate / 100, 2))
        paid = world.repay(loan, line.due_on, line.amount.minor, cost)
        assert (paid.principal, paid.interest) == (line.principal.minor, line.interest.minor)

    sums = selectors.sums_of(selectors.entries_of(loan))
    assert (sums.carrying, sums.difference) == (0, 0)
    assert sums.opened == sums.paid + sums.realised + sums.unrealised
    assert sum(e.interest for e in loan.entries.all()) == 26_267_187
    closed = loans.close_loan(
        actor=world.head, number=loan.number, on=date(2023, 5, 1), archive="Certificate 1, box 7", now=NOW
    )
    assert closed.closed_on == date(2023, 5, 1)
    with pytest.raises(Conflict, match="结清"):
        world.revalue(loan, date(2023, 6, 30), "5")
    with pytest.raises(DatabaseError, match="closed loan cannot change"), transaction.atomic():
        Loan.objects.filter(pk=loan.pk).update(name="Another")


def world_terms(loan: Loan) -> LoanTerms:
    terms = selectors.terms_in_force(loan)
    assert terms is not None
    return terms


def test_a_loan_with_something_left_is_not_closed_by_any_path(world: LoanWorld) -> None:
    loan = world.opened()

    with pytest.raises(Refused) as refused:
        loans.close_loan(actor=world.head, number=loan.number, on=date(2024, 1, 1), archive="x", now=NOW)
    assert refused.value.code == "not_settled"
    with pytest.raises(DatabaseError, match="with a balance cannot be closed"), transaction.atomic():
        Loan.objects.filter(pk=loan.pk).update(closed_on=date(2024, 1, 1), archive="x")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["revalue", "repay", "reverse"]),
        st.integers(0, 300),
        st.integers(30_000, 90_000),
        st.integers(1, 4_000_000),
    ),
    max_size=10,
)


@given(steps=STEPS)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_happens_the_identity_holds_to_the_fen(
    world: LoanWorld, steps: list[tuple[str, int, int, int]]
) -> None:
    with transaction.atomic():
        loan, on = world.opened(), date(2003, 1, 1)
        for what, days, rate, yen in steps:
            on = min(on + timedelta(days=days), date(2024, 5, 1))
            step(world, loan, what, on, Decimal(rate).scaleb(-4), yen)
            entries = selectors.entries_of(loan)
            assert selectors.sums_of(entries).difference == 0
            last, position = entries[-1], selectors.position_of(entries)
            assert position is None or exact(last) == position.carrying.minor
            assert position is None or selectors.account_of(world_terms(loan), entries).balance == position.balance
        transaction.set_rollback(True)


def step(world: LoanWorld, loan: Loan, what: str, on: date, rate: Decimal, yen: int) -> None:
    entries = selectors.entries_of(loan)
    standing = [e for e in entries if e.kind != "reverse" and not hasattr(e, "reversed_by")]
    try:
        if what == "revalue":
            world.revalue(loan, on, str(rate))
        elif what == "repay":
            world.repay(loan, on, yen, str(round(yen * Decimal("0.05") + Decimal("0.01"), 2)), may_prepay=True)
        elif len(standing) > 1:
            world.reverse(loan, standing[-1])
    except (Refused, Conflict) as refused:
        if refused.code not in {"overpaid", "rate_differs", "rate_implausible"}:
            raise


def exact(entry: LoanEntry) -> int:
    """The balance at the carrying rate, in fen, half up."""
    fen = Fraction(entry.carrying_rate) * entry.balance_after
    return (fen + Fraction(1, 2)).numerator // (fen + Fraction(1, 2)).denominator


def test_a_reversal_goes_back_step_by_step_and_leaves_its_trace(world: LoanWorld) -> None:
    loan = world.opened(rate="5")
    paid = world.repay(loan, FIRST, 3_686_575, "184328.75")
    valued = world.revalue(loan, date(2003, 6, 30), "5.2")

    with pytest.raises(Conflict, match="从后往前"):
        world.reverse(loan, paid)
    world.reverse(loan, valued)
    back = world.reverse(loan, paid)

    assert (back.balance_after, back.carrying_after, back.carrying_rate) == (100_000_000, Decimal("5000000.00"), 5)
    assert loan.entries.count() == 5
    again = world.repay(loan, FIRST, 3_686_575, "184328.75", voucher=paid.voucher)
    assert again.realised_yuan == 0


def test_an_opening_may_be_reversed_and_made_again(world: LoanWorld) -> None:
    loan = world.opened(rate="5")
    world.reverse(loan, loan.entries.get())
    world.rates({date(2003, 1, 2): "6"})

    again = loan_entries.open_account(
        actor=world.clerk, number=loan.number, on=date(2003, 1, 2), kind="parity", now=NOW
    )
    assert again.carrying_after == Decimal("6000000.00")
    with pytest.raises(Conflict, match="已建立"):
        loan_entries.open_account(actor=world.clerk, number=loan.number, on=FIRST, kind="parity", now=NOW)


def test_an_account_taken_over_in_its_tail_goes_on(world: LoanWorld) -> None:
    loan = world.opened(date(2022, 6, 30), "4.9", opening_on=date(2022, 6, 30), opening_balance=4_878_000)
    sheet = selectors.sheet_of(loan, date(2022, 7, 1))

    assert sheet.tail is not None
    assert (len(sheet.tail.items), sheet.tail.principal.minor) == (2, 4_878_000)
    assert sheet.position is not None
    assert sheet.position.carrying.amount == Decimal("239022.00")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": 0}, "amount_invalid"),
        ({"amount": 3_686_576}, "overpaid"),
        ({"cost": "0"}, "cost_invalid"),
        ({"cost": "184328.755"}, "cost_invalid"),
        ({"cost": "18432875"}, "rate_implausible"),
        ({"cost": "18.43"}, "rate_implausible"),
        ({"voucher": " "}, "voucher_missing"),
        ({"rate_source": ""}, "voucher_missing"),
        ({"on": date(2002, 12, 31)}, "out_of_order"),
        ({"on": date(2027, 1, 1)}, "date_invalid"),
    ],
)
def test_a_repayment_that_cannot_be_is_refused_and_leaves_nothing(
    world: LoanWorld, change: dict[str, Any], code: str
) -> None:
    loan = world.opened(rate="5")
    world.rates({date(2003, 4, 18): "5"}, kind="selling")
    words = {"on": FIRST, "amount": 3_686_575, "cost": "184328.75"} | change

    with pytest.raises(Refused) as refused:
        world.repay(loan, **words)
    assert refused.value.code == code
    assert loan.entries.count() == 1


def test_a_voucher_pays_once(world: LoanWorld) -> None:
    loan = world.opened()
    world.repay(loan, FIRST, 1_000_000, "50000", voucher="A1")

    with pytest.raises(Conflict, match="凭证号"):
        world.repay(loan, FIRST, 1_000_000, "50000", voucher="A1")


def test_terms_that_would_have_split_a_repayment_otherwise_are_refused(world: LoanWorld) -> None:
    loan = world.opened()
    world.repay(loan, FIRST, 3_686_575, "184328.75")

    with pytest.raises(Refused) as refused:
        world.terms(loan, day_count=360)
    assert refused.value.code == "terms_contradict"
    assert world.terms(loan, penalty_percent=Decimal("4.5")).ordinal == 2


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"rate_percent": Decimal(100)}, "terms_invalid", "rate_percent"),
        ({"instalments": 0}, "terms_invalid", "instalments"),
        ({"basis": ""}, "basis_missing", "basis"),
        ({"opening_on": FIRST}, "opening_invalid", "opening_balance"),
        ({"opening_on": FIRST, "opening_balance": 100_000_001}, "opening_invalid", "opening_balance"),
    ],
)
def test_terms_that_cannot_be_name_their_field(world: LoanWorld, change: dict[str, Any], code: str, where: str) -> None:
    with pytest.raises(Refused) as refused:
        world.terms(world.loan(), **change)
    assert (refused.value.code, refused.value.where) == (code, where)


def test_strangers_neither_see_nor_write_and_the_clerk_sets_no_terms(world: LoanWorld) -> None:
    loan = world.opened()

    with pytest.raises(NotFound):
        selectors.get_loan(world.stranger, loan.number)
    with pytest.raises(NotFound):
        loan_entries.revalue_loan(actor=world.stranger, number=loan.number, on=FIRST, kind="parity", now=NOW)
    with pytest.raises(NotPermitted):
        loans.close_loan(actor=world.clerk, number=loan.number, on=FIRST, archive="x", now=NOW)
    with pytest.raises(NotPermitted):
        loan_entries.revalue_loan(actor=world.head, number=loan.number, on=FIRST, kind="parity", now=NOW)


# rates ----------------------------------------------------------------------------------------------------------------


def test_rates_are_read_by_the_line_all_or_none_and_twice_is_once(world: LoanWorld) -> None:
    lines = loan_rates.read_lines("2022-06-30 4.9136\n2022/07/01\t4.9531\n\n2022年7月4日，4.95\n")
    words = {"actor": world.clerk, "kind": "parity", "source": "Bulletin", "now": NOW}

    assert loan_rates.add_rates(lines=lines, **words) == (3, 0)
    assert loan_rates.add_rates(lines=lines, **words) == (0, 3)
    with pytest.raises(Refused) as refused:
        loan_rates.add_rates(lines=[(date(2022, 7, 5), Decimal(5)), (date(2022, 6, 30), Decimal(4))], **words)
    assert refused.value.code == "rate_differs"
    assert selectors.visible_rates(world.clerk).count() == 3


@pytest.mark.parametrize("text", ["yesterday 4.9", "2022-02-30 4.9", "2022-06-30 4.9.1", "2022-06-30"])
def test_a_line_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(Refused, match="第 2 行"):
        loan_rates.read_lines(f"2022-06-29 4.9\n{text}")


def test_a_wrong_rate_is_replaced_and_the_entries_stay(world: LoanWorld) -> None:
    loan = world.opened(rate="5")
    old = selectors.visible_rates(world.clerk).get()

    loan_rates.correct_rate(actor=world.clerk, number=old.number, rate=Decimal("5.5"), source="Corrigendum", now=NOW)

    assert selectors.visible_rates(world.clerk).get().rate == Decimal("5.5")
    assert loan.entries.get().carrying_rate == 5
    with pytest.raises(NotFound):
        loan_rates.correct_rate(actor=world.clerk, number=old.number, rate=Decimal(6), source="x", now=NOW)


def test_a_rate_that_is_too_old_is_no_rate(world: LoanWorld) -> None:
    loan = world.opened(date(2003, 1, 1))

    with pytest.raises(Refused) as refused:
        loan_entries.revalue_loan(actor=world.clerk, number=loan.number, on=date(2003, 1, 12), kind="parity", now=NOW)
    assert refused.value.code == "rate_missing"


# the database ---------------------------------------------------------------------------------------------------------

VALUED = {
    "kind": "revalue",
    "ordinal": 2,
    "on": FIRST,
    "balance_before": 100_000_000,
    "balance_after": 100_000_000,
    "carrying_before": Decimal(5_000_000),
    "carrying_after": Decimal(4_900_000),
    "unrealised_yuan": Decimal(100_000),
}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"unrealised_yuan": Decimal("99999.99")}, "projects_loanentry_identity"),
        ({"balance_after": 99_999_999}, "projects_loanentry_yen"),
        ({"ordinal": 3}, "begin where the last one ended"),
        ({"carrying_before": Decimal(5_000_001), "carrying_after": Decimal(4_900_001)}, "begin where the last"),
        ({"on": date(2002, 12, 1)}, "must not lie before"),
        ({"kind": "open"}, "opened once"),
        ({"kind": "repay", "interest": -1, "unrealised_yuan": 0, "realised_yuan": 100_000}, "projects_loanentry_"),
        ({"interest": 1}, "projects_loanentry_kinds"),
        ({"kind": "reverse"}, "undo the last entry"),
    ],
)
def test_the_database_refuses_an_entry_that_breaks_the_account(
    world: LoanWorld, change: dict[str, Any], sentence: str
) -> None:
    loan = world.opened(rate="5")
    words = VALUED | {"loan": loan, "terms": world_terms(loan), "carrying_rate": Decimal("4.9"), "number": "DZ1"}

    with pytest.raises(DatabaseError, match=sentence), transaction.atomic():
        LoanEntry.objects.create(**(words | {"made_by": "x", "made_at": NOW} | change))
    LoanEntry.objects.create(**(words | {"made_by": "x", "made_at": NOW}))


def test_an_entry_under_another_loans_terms_is_refused(world: LoanWorld) -> None:
    loan, other = world.opened(rate="5"), world.loan()
    words = VALUED | {"loan": loan, "terms": world.terms(other), "carrying_rate": Decimal("4.9"), "number": "DZ1"}

    with pytest.raises(DatabaseError, match="another loan"), transaction.atomic():
        LoanEntry.objects.create(**(words | {"made_by": "x", "made_at": NOW}))


def test_no_fact_of_a_loan_can_be_changed_or_removed(world: LoanWorld) -> None:
    loan = world.opened()
    for table in ("loanentry", "loanterms", "exchangerate"):
        for act in ("UPDATE projects_{} SET made_by = 'x'", "DELETE FROM projects_{}"):
            with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
                connection.cursor().execute(act.format(table))
    with pytest.raises(DatabaseError), transaction.atomic():
        Loan.objects.filter(pk=loan.pk).delete()
