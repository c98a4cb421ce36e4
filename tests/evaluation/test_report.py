"""Files of a table: the official form in three formats, and the self-evaluation report, for whoever may read it."""

import io
from decimal import Decimal
from pathlib import Path

import docx
import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from tests.evaluation import lives
from tests.factories.directory import OrgFactory, signed_in_client, staff_person

from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation import scored, selectors, services
from yunshu.domains.evaluation.contracts import TABLE_VIEW, form_digest
from yunshu.domains.evaluation.models import PerformanceTable
from yunshu.domains.evaluation.reporting import report_of
from yunshu.domains.evaluation.sheets import read_any

pytestmark = pytest.mark.django_db
KINDS = ("xlsx", "docx", "txt")


@pytest.fixture
def org() -> Org:
    lives.hours()
    return OrgFactory()


@pytest.fixture
def table(org: Org) -> PerformanceTable:
    return lives.running(org)


@pytest.fixture
def reader(org: Org) -> Client:
    return signed_in_client(staff_person([TABLE_VIEW], org=org))


def body(client: Client, address: str) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_from_the_page_reads_back_to_the_same_digest(
    reader: Client, table: PerformanceTable, kind: str
) -> None:
    content = body(reader, reverse("evaluation:export_as", args=[table.number, 1, kind]))
    read = read_any(content, f"x.{kind}").form
    assert read is not None
    assert form_digest(read) == form_digest(selectors.form_of(selectors.newest_version(table)))


def test_an_unknown_format_or_a_stranger_finds_no_file(reader: Client, table: PerformanceTable) -> None:
    address = reverse("evaluation:export_as", args=[table.number, 1, "docx"])
    assert reader.get(address.replace(".docx", ".exe")).status_code == 404
    assert signed_in_client(staff_person([TABLE_VIEW])).get(address).status_code == 404
    assert signed_in_client(staff_person()).get(address).status_code == 403
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_writes_a_file_that_is_read_again(table: PerformanceTable, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"table.{kind}"
    call_command("table_export", "2024", "-o", str(out))
    read = read_any(out.read_bytes(), out.name).form
    assert read is not None
    assert form_digest(read) == form_digest(selectors.form_of(selectors.newest_version(table)))


@pytest.mark.parametrize(
    ("words", "message"), [(["1999"], "没有 1999 年"), (["2024", "--org", "none"], "没有 2024 年")]
)
def test_the_command_says_which_table_is_not_there(
    table: PerformanceTable, tmp_path: Path, words: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("table_export", *words, "-o", str(tmp_path / "x.txt"))


def word_text(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def move(table: PerformanceTable, verb: str) -> None:
    services.move_table(actor=lives.MACHINE, number=table.number, verb=verb, reason="", now=lives.NOW)
    table.refresh_from_db()


def test_the_report_carries_every_line_of_the_scorecard_and_every_loss(reader: Client, table: PerformanceTable) -> None:
    card = scored.scorecards(table, lives.NOW.date()).cards[0]
    report = report_of(table, lives.NOW.date())
    text = word_text(body(reader, reverse("evaluation:report_file", args=[table.number, "docx"])))

    assert [(line.name, line.weight, line.score) for line in report.lines] == [
        (line.name, line.weight, line.score) for line in card.lines
    ]
    assert len(report.losses) == sum(line.lost > 0 for line in card.lines) > 0
    assert all(line.sentence in text for line in card.lines if line.lost)
    assert str(card.total) in text


def test_the_spreadsheet_of_the_report_sums_what_was_scored(reader: Client, table: PerformanceTable) -> None:
    lives.complete(table)
    report = report_of(table, lives.NOW.date())
    book = openpyxl.load_workbook(
        io.BytesIO(body(reader, reverse("evaluation:report_file", args=[table.number, "xlsx"])))
    )
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    (head,) = [n for n, row in enumerate(rows) if row[0] == "一级指标"]
    lines = rows[head + 1 : head + 1 + len(report.lines)]

    assert sum(Decimal(str(row[6])) for row in lines) == report.total
    assert str(rows[head + 1 + len(lines)][6]).startswith("=SUM(G")


def test_a_report_is_a_draft_on_every_face_until_it_is_submitted(reader: Client, table: PerformanceTable) -> None:
    page, file = (reverse("evaluation:report", args=[table.number]), ["evaluation:report_file", table.number])
    address = reverse(file[0], args=[file[1], "docx"])
    move(table, "evaluate")
    assert "草稿" in word_text(body(reader, address))
    assert "草稿" in reader.get(page).content.decode()

    lives.complete(table)
    move(table, "submit_score")
    assert "草稿" not in word_text(body(reader, address))
    assert "草稿" not in reader.get(page).content.decode()


def test_reasons_and_summary_stand_in_the_report_as_people_wrote_them(reader: Client, table: PerformanceTable) -> None:
    services.save_self_evaluation(
        actor=lives.MACHINE,
        number=table.number,
        rule_set=table.rule_set,
        reasons={"execution": "资金下达较晚"},
        summary="总体完成较好",
        now=lives.NOW,
    )
    text = word_text(body(reader, reverse("evaluation:report_file", args=[table.number, "docx"])))
    assert "总体完成较好" in text
    assert "偏差原因及改进措施：资金下达较晚" in text


def test_the_command_writes_the_report(table: PerformanceTable, tmp_path: Path) -> None:
    out = tmp_path / "report.docx"
    call_command("table_report", "2024", "-o", str(out))
    assert str(report_of(table, lives.NOW.date()).conclusion) in word_text(out.read_bytes())


@pytest.mark.parametrize("name", ["report", "docx", "xlsx"])
def test_the_report_is_for_readers_of_the_table_only(reader: Client, table: PerformanceTable, name: str) -> None:
    address = reverse("evaluation:report", args=[table.number])
    address = address if name == "report" else reverse("evaluation:report_file", args=[table.number, name])
    assert reader.get(address).status_code == 200
    assert signed_in_client(staff_person([TABLE_VIEW])).get(address).status_code == 404
    assert signed_in_client(staff_person()).get(address).status_code == 403
    assert Client().get(address).status_code == 302
