"""The page of runs and of one run; the commands; several operators at one moment."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, transaction
from tests.at_once import together
from tests.factories.directory import AssignmentFactory, OrgFactory, PersonFactory, RoleFactory, signed_in_client
from tests.hotline.hotline_world import Hotline
from tests.taking.sheets import ORGS, TICKETS, WORDS, past, sheet, taken

from yunshu.domains.directory.models import Account, Org
from yunshu.domains.hotline.models import Ticket
from yunshu.domains.hotline.selectors import counting
from yunshu.lib.kernel import clock
from yunshu.lib.taking.contracts import TAKING_EDIT, TAKING_VIEW
from yunshu.lib.taking.models import Row, Run
from yunshu.lib.taking.undoing import undo_wished


def operator(*permissions: Any) -> Any:
    """Return a person who may see and take over."""
    person = PersonFactory()
    codes = [permission.code for permission in permissions or (TAKING_VIEW, TAKING_EDIT)]
    AssignmentFactory(person=person, role=RoleFactory(permissions=codes), subtree=True)
    return person


@pytest.mark.django_db
def test_the_page_tells_of_a_run_its_faulty_rows_and_takes_it_back(tmp_path: Path) -> None:
    rows = (["A1", "某局", "主管部门", "", ""], ["A2", "乙", "王国", "", ""])
    made = taken(sheet(tmp_path / "o.csv", ORGS, *rows), "organisations")
    client = signed_in_client(operator())
    assert made.number in client.get("/console/taking/").content.decode()
    page = client.get(f"/console/taking/{made.number}/?outcome=bad").content.decode()
    assert ("不在选项中" in page, ">A1<" in page) == (True, False)
    assert "不在选项中" in b"".join(client.get(f"/console/taking/{made.number}/?format=csv").streaming_content).decode()

    client.post(f"/console/taking/{made.number}/undo/")
    assert Run.objects.get().state == "undoing"
    undo_wished(made.number, clock.now())

    assert (Run.objects.get().state, Org.objects.filter(code="A1").exists()) == ("undone", False)


@pytest.mark.django_db
def test_an_undo_that_cannot_be_says_why_on_the_page(tmp_path: Path) -> None:
    made = taken(sheet(tmp_path / "o.csv", ORGS, ["A1", "某局", "主管部门", "", ""]), "organisations")
    OrgFactory(parent=Org.objects.get(code="A1"))
    client = signed_in_client(operator())
    client.post(f"/console/taking/{made.number}/undo/")
    assert client.post(f"/console/taking/{made.number}/undo/").status_code == 422  # twice
    undo_wished(made.number, clock.now())
    assert "组织机构 1 条" in client.get(f"/console/taking/{made.number}/").content.decode()


@pytest.mark.django_db
def test_who_may_only_look_cannot_take_back(tmp_path: Path) -> None:
    made = taken(sheet(tmp_path / "o.csv", ORGS, ["A1", "某局", "主管部门", "", ""]), "organisations")
    client = signed_in_client(operator(TAKING_VIEW))
    assert client.get(f"/console/taking/{made.number}/").status_code == 200
    assert client.post(f"/console/taking/{made.number}/undo/").status_code == 403
    assert signed_in_client(PersonFactory()).get("/console/taking/").status_code == 403


@pytest.mark.django_db
def test_the_commands_go_from_the_template_to_the_undo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    username = Account.objects.get(person=operator()).username
    call_command("import_template", "organisations", "--out", str(tmp_path))
    source = sheet(tmp_path / "o.xlsx", [*ORGS, "备注"], ["A1", "某局", "主管部门", "", "", "x"])
    call_command("import_template", "organisations", "--from", str(source), "--out", str(tmp_path / "own"))
    words = ["--kind", "organisations", "--mapping", str(tmp_path / "own/organisations.toml")]
    call_command("import_check", str(source), *words)
    call_command("import_run", str(source), *words, "--by", username)
    number = Run.objects.get().number
    call_command("import_reconcile", number)
    call_command("import_undo", number, "--by", username)
    call_command("import_runs")
    call_command("import_kinds")
    said = capsys.readouterr().out
    wanted = ("不接管的列：备注", "已接管 1", "一致。", "已撤销：1 条", "公文：", "试接管（未写入）：共 1 行：可接管 1")
    assert [words for words in wanted if words not in said] == []
    assert (tmp_path / "o.接管结果.xlsx").is_file()


@pytest.mark.django_db
def test_a_check_with_faulty_rows_fails_and_writes_where_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, report = sheet(tmp_path / "o.csv", ORGS, ["=A1", "", "市", "", ""]), tmp_path / "r.csv"
    with pytest.raises(CommandError, match="1 行有误"):
        call_command("import_check", str(source), "--kind", "organisations", "--report", str(report))
    assert report.read_text("utf-8-sig").count("'=A1") == 1  # disarmed
    assert "1 处  机构名称：没有填写" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_blank_of_history_counts_as_nothing_and_not_as_an_omission(tmp_path: Path) -> None:
    Hotline()
    taken(
        sheet(tmp_path / "t.csv", TICKETS, past("T1", "市城管局"), past("T2", "市城管局", 派单时间="")),
        "tickets",
        WORDS,
    )
    counts = ("received", "accepted", "answered_direct", "closed", "to_call", "called", "due")
    found = {name: _count(name) for name in counts}
    assert found == {
        "received": 2, "accepted": 2, "answered_direct": 0, "closed": 2, "to_call": 0, "called": 0, "due": 0,
    }  # fmt: skip


def _count(name: str) -> int:
    count = counting.COUNTS[name]
    return counting.SOURCES[count.source].rows().filter(count.where(clock.now())).count()


def test_two_operators_at_one_moment_take_each_row_over_once(committed_db: Any, tmp_path: Path) -> None:
    Hotline()
    sources = [sheet(tmp_path / f"{n}.csv", TICKETS, past("T1", ""), past(f"O{n}", "")) for n in range(4)]
    ended = together([lambda s=s: taken(s, "tickets", WORDS) for s in sources])
    assert set(ended) <= {"done", "taking_busy"}
    assert Ticket.objects.filter(source_number="T1").count() == 1
    assert Row.objects.filter(key="T1", outcome="created").count() == 1


@pytest.mark.django_db
def test_the_journal_cannot_be_rewritten(tmp_path: Path) -> None:
    taken(sheet(tmp_path / "o.csv", ORGS, ["A1", "某局", "主管部门", "", ""]), "organisations")
    for act in (
        lambda: Row.objects.update(digest="0"),
        lambda: Row.objects.all().delete(),
        lambda: Row.objects.update(outcome="undone"),
        lambda: Run.objects.update(sha256="0"),
        lambda: Run.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
