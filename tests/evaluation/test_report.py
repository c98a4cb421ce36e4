"""Files of a table: the official form in three formats, and the self-evaluation report, for whoever may read it."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from tests.evaluation import lives
from tests.factories.directory import OrgFactory, signed_in_client, staff_person

from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation import selectors
from yunshu.domains.evaluation.contracts import TABLE_VIEW, form_digest
from yunshu.domains.evaluation.models import PerformanceTable
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
