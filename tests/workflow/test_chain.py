"""A history that its owner rewrites past the trigger is found by its digests."""

import psycopg
import pytest
from django.core.management import CommandError, call_command
from tests.conftest import Database
from tests.workflow.flows import CHECK, DO, FLOW, MONDAY, hours, org_with, started

from yunshu.domains.workflow import selectors, services


def test_a_changed_line_breaks_the_chain_from_there_on(committed_db: Database) -> None:
    hours()
    org, doer = org_with(DO, CHECK)
    case = started(doer, org)
    for verb in ("submit", "pass"):
        services.act(actor=doer, flow=FLOW.code, number=case.number, verb=verb, reason="", now=MONDAY)
    with psycopg.connect(committed_db.superuser_url, dbname=committed_db.name) as owner:
        owner.execute("ALTER TABLE workflow_flowevent DISABLE TRIGGER ALL")
        owner.execute("UPDATE workflow_flowevent SET actor = '别人' WHERE seq = 2")

    assert selectors.chain_breaks_at(case) == 2
    with pytest.raises(CommandError, match="1 个的流转记录被改动"):
        call_command("workflow_verify")
