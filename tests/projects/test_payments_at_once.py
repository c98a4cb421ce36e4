"""Two who pay at once: each sees the other, by services and by plain SQL; an older snapshot writes no money."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from django.db import connections
from tests.projects.world import World

from yunshu.domains.projects.models import Payment
from yunshu.lib.kernel.errors import Refused

PAY = """
INSERT INTO projects_payment (number, project_id, contract_id, instalment_id, line_id, voucher, invoice, statement,
    made_by, made_at, "on", amount_yuan)
SELECT %s, c.project_id, c.id, i.id, l.id, %s, '', '', 'sql', now(), date '2022-06-10', 300000
  FROM projects_contract c JOIN projects_instalment i ON i.contract_id = c.id AND i.ordinal = 2
  JOIN projects_budgetline l ON l.project_id = c.project_id
"""
AT_ONCE = 8


def test_of_payments_at_once_only_as_many_pass_as_were_accepted(committed_db: object) -> None:
    world = World()
    world.confirmed(500_000)
    start = Barrier(AT_ONCE)

    def pay(number: int) -> str:
        try:
            start.wait()
            world.paid(2, 100_000, voucher=f"V{number}")
        except Refused as error:
            return error.code
        else:
            return "paid"
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        said = sorted(pool.map(pay, range(AT_ONCE)))
    assert said == ["beyond_acceptance"] * 3 + ["paid"] * 5
    assert sum(p.amount_yuan for p in Payment.objects.all()) == 500_000


def test_two_open_transactions_of_plain_sql_cannot_both_commit(committed_db: object) -> None:
    world = World()
    world.confirmed(500_000)
    with psycopg.connect(committed_db.app_url) as one, psycopg.connect(committed_db.app_url) as other:
        one.execute(PAY, ["FK-1", "S1"])
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(other.execute, PAY, ["FK-2", "S2"])
            one.commit()
            with pytest.raises(psycopg.errors.CheckViolation) as caught:
                waiting.result()
        assert caught.value.diag.constraint_name == "projects_beyond_acceptance"
        other.rollback()


@pytest.mark.parametrize("level", [psycopg.IsolationLevel.REPEATABLE_READ, psycopg.IsolationLevel.SERIALIZABLE])
def test_an_older_snapshot_writes_no_money(committed_db: object, level: psycopg.IsolationLevel) -> None:
    World().confirmed(500_000)
    with psycopg.connect(committed_db.app_url) as connection:
        connection.isolation_level = level
        with pytest.raises(psycopg.errors.CheckViolation) as caught:
            connection.execute(PAY, ["FK-1", "S1"])
        assert caught.value.diag.constraint_name == "projects_isolation"
        connection.rollback()


def test_filing_waits_for_an_instalment_that_is_being_changed(committed_db: object) -> None:
    world = World()
    draft = world.drafted(amount_yuan=100_000)
    with psycopg.connect(committed_db.app_url) as one, psycopg.connect(committed_db.app_url) as other:
        one.execute(
            "UPDATE projects_instalment SET amount_yuan = amount_yuan + 1 WHERE contract_id = %s AND ordinal = 1",
            [draft.pk],
        )
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(
                other.execute, "UPDATE projects_contract SET state = 'filed' WHERE id = %s", [draft.pk]
            )
            one.commit()
            waiting.result()
            with pytest.raises(psycopg.errors.CheckViolation) as caught:
                other.commit()
        assert caught.value.diag.constraint_name == "projects_contract_sum"
