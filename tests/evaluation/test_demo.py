"""``yunshu demo table`` walks the main way and leaves nothing; it fails where a station is not as it must be."""

import io

import pytest
from django.core.management import CommandError, call_command
from tests.evaluation import lives
from tests.factories.directory import OrgFactory

from yunshu.domains.directory.models import Org
from yunshu.domains.evaluation.models import PerformanceTable
from yunshu.domains.ledger.models import Record

pytestmark = pytest.mark.django_db


def test_the_demo_ends_with_verified_and_leaves_no_trace() -> None:
    lives.hours()
    lives.drafted(OrgFactory())
    before = (Org.objects.count(), PerformanceTable.objects.count(), Record.objects.count())
    said = io.StringIO()
    call_command("demo_table", year=2024, stdout=said)
    assert said.getvalue().splitlines()[-1] == "verified"
    assert (Org.objects.count(), PerformanceTable.objects.count(), Record.objects.count()) == before


def test_without_a_table_it_says_so() -> None:
    with pytest.raises(CommandError, match="没有 2031 年"):
        call_command("demo_table", year=2031)
