"""kill -9 of the process that takes over, in the middle of a batch: the same words go on, nothing is lost or doubled."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.factories.directory import staff
from tests.hotline.hotline_world import Hotline
from tests.taking.sheets import TICKETS, WORDS, past, sheet

from yunshu.domains.directory.models import Account
from yunshu.domains.hotline.models import Contact, Ticket, TicketStep
from yunshu.domains.ledger.models import Record
from yunshu.lib.taking import mapping
from yunshu.lib.taking.contracts import TAKING_EDIT
from yunshu.lib.taking.kinds import kind_of
from yunshu.lib.taking.models import Row, Run
from yunshu.lib.taking.reconciling import reconcile

ROWS = 1_300
RUN = (sys.executable, "-m", "yunshu.config.cli", "import", "run", "--kind", "tickets")


@pytest.mark.chaos
@pytest.mark.database
@pytest.mark.timeout(300)
def test_a_killed_import_goes_on_without_loss_or_double(committed_db: Any, tmp_path: Path) -> None:
    world = Hotline()
    viewer = staff((TAKING_EDIT,), org=world.city)
    source = sheet(tmp_path / "t.csv", TICKETS, *(past(f"T{n}", "市城管局") for n in range(ROWS)))
    fields = kind_of("tickets").fields
    words = tmp_path / "t.toml"
    words.write_text(mapping.to_toml(mapping.of(WORDS, "tickets", fields), fields), "utf-8")
    by = Account.objects.get(pk=viewer.account_id).username
    command = [*RUN, str(source), "--mapping", str(words), "--by", by]
    environment = os.environ | {"DATABASE_URL": committed_db.app_url, "YUNSHU_DATA": str(tmp_path)}

    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as first:
        assert any(line.startswith("…") for line in first.stdout or ())  # one batch is in, the next under way
        first.send_signal(signal.SIGKILL)
    kept = Row.objects.count()
    assert (kept % 500, Run.objects.get().state, Ticket.objects.count()) == (0, "running", kept)
    assert 0 < kept < ROWS
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)

    made = Run.objects.get()
    assert (made.state, made.counts) == ("done", {"created": ROWS}), done.stdout
    things = (Ticket, Contact, TicketStep, Row)
    assert [thing._base_manager.count() for thing in things] == [ROWS] * len(things)
    assert Record.objects.filter(kind="taking.run.finished", subject=made.number).count() == 1
    assert reconcile(made.number).is_equal
